"""Room for content that may be higher than it: scrolls when it must, fills the room when not."""

import tkinter
from tkinter import ttk
from typing import cast

import ttkbootstrap as tb

from desktop.ui.theme import px

# What stays free above and below what gets the keyboard, in logical pixels.
_EDGE = 12
# Tk 8.6 does not lay a grid out again that asks for a single pixel.
_LEAST = 2
_WHEEL = ("<MouseWheel>", "<Button-4>", "<Button-5>")


class ScrollArea(tb.ScrolledFrame):
    """Fill `.body`; it is never narrower or lower than the room there is.

    The bar is there only while there is something to scroll. What gets the keyboard comes into
    sight. The wheel over a drop-down scrolls the page, and does not choose something else unseen.

    Args:
        parent: Where it goes; what is packed there is `.outer`.
        style: The frame style that gives the ground.
        width: What it asks for, in logical pixels.
    """

    def __init__(
        self, parent: tkinter.Misc, *, style: str = "Plain.TFrame", width: int = 0
    ) -> None:
        super().__init__(parent, padding=0, width=max(_LEAST, px(parent, width)), height=_LEAST)
        self.outer = cast("ttk.Frame", self.container)
        self._watched: set[str] = set()
        self._view = cast("tkinter.Canvas", self.master)
        self.configure(style=style)
        self.body = ttk.Frame(self, style=style)
        self.body.grid(row=0, column=0, sticky="nsew")
        self.columnconfigure(0, weight=1)
        # Room for the bar is taken only while it is there: other pages have none.
        self.outer.columnconfigure(1, minsize=0)
        self.hide_scrollbars()
        self._view.configure(yscrollcommand=self._seen)
        self._view.bind("<Configure>", self._fit, add="+")
        # Content that became so low that nothing of it is in sight is taken off the screen by Tk,
        # and its size is told to nobody.
        self.bind("<Unmap>", self._shrunk, add="+")
        self.outer.bind("<Map>", lambda _event: self._watch(self.body), add="+")
        # Never shown. What it hears of the content is bound to it and not to the content itself:
        # Tk takes everything that has a binding of the focus for a stop of the Tab key, labels too.
        self._ear = ttk.Frame(self)
        self._ear.bind("<FocusIn>", lambda event: self.see(event.widget))

    @property
    def scrolls(self) -> bool:
        """Whether there is more than can be seen."""
        return bool(self.vbar.winfo_manager())

    def see(self, widget: tkinter.Misc) -> None:
        """Scrolls as far as is needed to have a widget of the content in sight."""
        edge, room, whole = px(self, _EDGE), self._view.winfo_height(), self.winfo_height()
        top = widget.winfo_rooty() - self.winfo_rooty()
        bottom = top + widget.winfo_height() + edge
        above = -self.winfo_y()
        if top - edge < above:
            self._view.yview_moveto(max(0, top - edge) / max(1, whole))
        elif bottom > above + room:
            self._view.yview_moveto((bottom - room) / max(1, whole))

    def _seen(self, first: float, last: float) -> None:
        """As Tk tells it: the part of the content that is in sight, 0 to 1."""
        self.vbar.set(first, last)
        needed = float(first) > 0 or float(last) < 1
        if needed and not self.scrolls:
            self.show_scrollbars()
        elif self.scrolls and not needed:
            self.hide_scrollbars()

    def _fit(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        self.rowconfigure(0, weight=1, minsize=event.height)

    def _shrunk(self, _event: "tkinter.Event[tkinter.Misc]") -> None:
        self._view.configure(scrollregion=self._view.bbox("all"))

    def _watch(self, widget: tkinter.Misc) -> None:
        """Follows the keyboard into everything there is by the time the area is shown."""
        for child in widget.winfo_children():
            if str(child) not in self._watched:
                self._watched.add(str(child))
                child.bindtags((*child.bindtags(), str(self._ear)))
                if child.winfo_class() == "TCombobox":
                    for turn in _WHEEL:
                        child.bind(turn, self._turned)
            self._watch(child)

    def _turned(self, event: "tkinter.Event[tkinter.Misc]") -> str:
        if self.scrolls:
            up = event.num == 4 or event.delta > 0
            self._view.yview_scroll(-1 if up else 1, "units")
        return "break"
