"""One short message over the corner of a window, gone by itself."""

import tkinter
from tkinter import ttk

from desktop.ui.palette import Palette, Tone
from desktop.ui.theme import icon, on_change, palette, px
from desktop.ui.widgets import TONE_ICONS


class Toast:
    """One short message at a time over the lower right corner of a window, gone by itself.

    Args:
        window: Over which.
        above: Logical pixels at the bottom of the window that stay free, as for a status bar.
    """

    def __init__(self, window: tkinter.Misc, *, above: int = 18) -> None:
        self._window = window
        self._above = above
        self._timer: str | None = None
        self._frame = ttk.Frame(window, padding=1, style="Line.TFrame")
        self._inside = ttk.Frame(self._frame, padding=(px(window, 14), px(window, 10)))
        self._inside.pack(fill="both", expand=True)
        self._icon = ttk.Label(self._inside)
        self._icon.pack(side="left", padx=(0, px(window, 10)))
        self._text = ttk.Label(self._inside, wraplength=px(window, 380), justify="left")
        self._text.pack(side="left")
        self._tone: Tone = "info"
        on_change(self._frame, self._paint)

    def show(self, text: str, *, tone: Tone = "info", for_ms: int = 5000) -> None:
        """Shows `text` and takes it away after `for_ms`; a later message replaces it."""
        self.hide()
        self._tone = tone
        self._text.configure(text=text)
        self._paint(palette(self._window))
        edge, above = px(self._window, 18), px(self._window, self._above)
        self._frame.place(relx=1.0, rely=1.0, x=-edge, y=-above, anchor="se")
        self._frame.lift()
        self._timer = self._window.after(for_ms, self.hide)

    def hide(self) -> None:
        """Takes the message away now."""
        if self._timer is not None:
            self._window.after_cancel(self._timer)
            self._timer = None
        self._frame.place_forget()

    def lift(self) -> None:
        """Puts it above what was made after it."""
        self._frame.lift()

    @property
    def text(self) -> str:
        """What is on the screen now, empty when nothing is."""
        return str(self._text.cget("text")) if self._frame.winfo_manager() else ""

    def _paint(self, colours: Palette) -> None:
        style = f"{self._tone.title()}Soft"
        self._inside.configure(style=f"{style}.TFrame")
        self._text.configure(style=f"{style}Plain.TLabel")
        name = TONE_ICONS[self._tone]
        self._icon.configure(
            style=f"{style}.TLabel", image=icon(name, colours.as_text(self._tone), size=18)
        )
