"""The status bar: camera, encoding time and queue, one line of small type."""

import tkinter
from tkinter import ttk

from client.view_model import StatusBar
from desktop.ui.palette import Palette
from desktop.ui.theme import icon, on_change, palette, px

ICON_SIZE = 12


class StatusLine(ttk.Frame):
    """Three short texts, each behind its icon."""

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._shown = StatusBar("", "", "")
        self._labels = {
            name: ttk.Label(self, style="Small.TLabel", compound="left")
            for name in ("camera", "encode", "queue")
        }
        for label in self._labels.values():
            label.pack(side="left", padx=(0, px(self, 22)))
        on_change(self, self._paint)

    @property
    def text(self) -> str:
        """The whole line as it stands on the screen."""
        return "   ".join(str(label.cget("text")).strip() for label in self._labels.values())

    def show(self, status: StatusBar) -> None:
        """Changes the texts."""
        self._shown = status
        self._labels["camera"].configure(text=f" {status.camera}")
        self._labels["encode"].configure(text=f" {status.encode}")
        self._labels["queue"].configure(text=f" {status.queue}")
        self._paint(palette(self))

    def _paint(self, colours: Palette) -> None:
        names = {"camera": "camera-video", "encode": "cpu", "queue": "inbox"}
        for name, label in self._labels.items():
            warned = name == "queue" and self._shown.queue_tone != "neutral"
            colour = colours.as_text(self._shown.queue_tone) if warned else colours.muted
            label.configure(image=icon(names[name], colour, size=ICON_SIZE), foreground=colour)
