"""The text that people agree to and the box to tick: at a checkpoint, and in its preview."""

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Any

import ttkbootstrap as tb

from desktop.ui.palette import Palette
from desktop.ui.theme import on_change, palette, px

AGREES = "The person has read this and agrees"
MOST_LINES = 7
"""A longer text scrolls: below it the pictures have to stay on a screen 640 pixels high."""
FEW_LINES = 4
"""As many while something else stands below it, too."""


class ConsentView(ttk.Frame):
    """The text as lines that wrap, at most `MOST_LINES` at once, and the box under it.

    Args:
        parent: Where it goes.
        text: What people agree to.
        agreed: What the box changes.
        changed: Called when the box was ticked or not.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        text: str,
        agreed: tkinter.BooleanVar,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        row = ttk.Frame(self, style="Plain.TFrame")
        row.pack(fill="x")
        self._words = tkinter.Text(
            row,
            width=1,
            height=1,
            wrap="word",
            font="GridSmall",
            borderwidth=0,
            highlightthickness=px(self, 1),
            padx=0,
            pady=0,
            cursor="",
            takefocus=False,
            state="disabled",
        )
        self._bar: ttk.Scrollbar = tb.Scrollbar(row, orient="vertical", command=self._words.yview)
        self._words.configure(yscrollcommand=self._bar.set)
        self._words.pack(side="left", fill="x", expand=True)
        box: Any = tb.Checkbutton(
            self, text=AGREES, variable=agreed, command=changed, bootstyle="primary"
        )
        self.box: ttk.Checkbutton = box
        self.box.pack(anchor="w", pady=(px(self, 8), 0))
        self._words.bind("<Configure>", lambda _event: self._fit())
        self.box.bind("<Prior>", lambda _event: self._turn(-1))
        self.box.bind("<Next>", lambda _event: self._turn(1))
        on_change(self, self._paint)
        self._paint(palette(self))
        self.text, self._most = "", MOST_LINES
        self.show(text)

    @property
    def scrolls(self) -> bool:
        """Whether there is more than can be seen at once."""
        return bool(self._bar.winfo_manager())

    def show(self, text: str) -> None:
        """Another text, from its beginning."""
        self.text = text
        self._words.configure(state="normal")
        self._words.delete("1.0", "end")
        self._words.insert("1.0", text)
        self._words.configure(state="disabled")
        self._words.yview_moveto(0)
        self._fit()

    def make_room(self, *, on: bool) -> None:
        """Something else stands on the page: a long text takes less of it."""
        self._most = FEW_LINES if on else MOST_LINES
        self._fit()

    def _turn(self, pages: int) -> None:
        self._words.yview("scroll", pages, "pages")

    def _fit(self) -> None:
        """As high as the text is, at its width now."""
        if self._words.winfo_width() <= 1:
            return  # not laid out yet: `<Configure>` comes
        # The command itself: what tkinter makes of it differs between versions of Python.
        count = (str(self._words), "count", "-update", "-displaylines", "1.0", "end")
        lines = int(self._words.tk.call(*count))
        height = min(max(1, lines), self._most)
        if int(str(self._words.cget("height"))) != height:
            self._words.configure(height=height)
        if lines > self._most and not self.scrolls:
            self._bar.pack(side="right", fill="y", padx=(px(self, 6), 0), before=self._words)
            self._words.configure(takefocus=True)
        elif lines < self._most and self.scrolls:
            # One line less than would fit: without the bar's width the text may need it.
            self._bar.pack_forget()
            self._words.configure(takefocus=False)

    def _paint(self, colours: Palette) -> None:
        self._words.configure(
            background=colours.ground,
            foreground=colours.muted,
            highlightbackground=colours.ground,
            highlightcolor=colours.accent,
            selectbackground=colours.select,
            selectforeground=colours.text,
            inactiveselectbackground=colours.select,
        )
