"""The status bar: camera, pace, engine, events kept, one line of small type."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

import ttkbootstrap

from client.ui.controls import button
from client.view_model import StatusBar
from desktop.ui.palette import Palette, Tone
from desktop.ui.theme import icon, on_change, palette, px

ICON_SIZE = 12
ICONS = {"camera": "camera-video", "pace": "speedometer2", "engine": "cpu", "queue": "inbox"}
_TIP_WIDTH = 420


class StatusLine(ttk.Frame):
    """Four short texts, each behind its icon; the queue, which matters most, at the right end.

    Args:
        parent: Where it goes.
        on_undelivered: Shows the events that the server will never take; its button is there while
            there are some.
    """

    def __init__(self, parent: tkinter.Misc, *, on_undelivered: Callable[[], object]) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._shown = StatusBar("", "", "", "")
        self._labels = {
            name: ttk.Label(self, style="Small.TLabel", compound="left") for name in ICONS
        }
        gap = px(self, 12)
        # Where there is no room for all, the last one packed is cut.
        self._labels["queue"].pack(side="right")
        self.undelivered = button(self, "", on_undelivered)
        self._labels["engine"].pack(side="right", padx=gap)
        self._labels["camera"].pack(side="left", padx=(0, gap))
        self._labels["pace"].pack(side="left")
        self._tip: ttkbootstrap.ToolTip | None = None
        on_change(self, self._paint)

    @property
    def text(self) -> str:
        """The whole line as it stands on the screen."""
        words = [str(label.cget("text")).strip() for label in self._labels.values()]
        if self._shown.undelivered:
            words.append(str(self.undelivered.cget("text")).strip())
        return "   ".join(words)

    @property
    def tip(self) -> str:
        """What the pointer over the engine is told, "" for nothing."""
        return "" if self._tip is None else self._shown.engine_note

    def show(self, status: StatusBar) -> None:
        """Changes the texts."""
        noted = status.engine_note != self._shown.engine_note
        self._shown = status
        for name, label in self._labels.items():
            label.configure(text=f" {getattr(status, name)}")
        if status.undelivered:
            self.undelivered.configure(text=f"{status.undelivered}   F7")
            self.undelivered.pack(side="right", padx=(px(self, 8), 0), before=self._labels["queue"])
        else:
            self.undelivered.pack_forget()
        if noted:
            self._explain(status.engine_note)
        self._paint(palette(self))

    def _explain(self, note: str) -> None:
        if self._tip is not None:
            self._tip.destroy()
            self._tip = None
        if note:
            width = px(self, _TIP_WIDTH)
            self._tip = ttkbootstrap.ToolTip(self._labels["engine"], text=note, wraplength=width)

    def _paint(self, colours: Palette) -> None:
        tones: dict[str, Tone] = {
            "queue": self._shown.queue_tone,
            "engine": "warn" if self._shown.engine_note else "neutral",
        }
        for name, label in self._labels.items():
            tone = tones.get(name, "neutral")
            colour = colours.muted if tone == "neutral" else colours.as_text(tone)
            mark = "exclamation-triangle-fill" if name == "engine" and tone == "warn" else ""
            label.configure(image=icon(mark or ICONS[name], colour, size=ICON_SIZE))
            label.configure(foreground=colour)
