"""Small controls of this window: a search field, a choice, a heading, one row of a form."""

import tkinter
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import Any

import ttkbootstrap as tb

from desktop.ui.palette import Palette
from desktop.ui.theme import icon, on_change, palette, px
from desktop.ui.widgets import set_icon

# Typing is answered after a pause of this length.
_PAUSE_MS = 200


class SearchField(ttk.Frame):
    """A line to type into, with a hint while it is empty.

    Args:
        parent: Where it goes.
        hint: What can be searched for.
        changed: Called with the text after a pause in typing, and at once on Return.
        style: The frame style that gives the ground.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        hint: str,
        changed: Callable[[str], None],
        width: int = 36,
        style: str = "Card.TFrame",
    ) -> None:
        super().__init__(parent, style=style)
        self._changed = changed
        self._timer: str | None = None
        self._told = ""
        self.entry = entry(self, width=width)
        self.entry.pack(fill="x", expand=True)
        self._hint = ttk.Label(self, text=f" {hint}", compound="left", style="CardMuted.TLabel")
        self._hint.bind("<Button-1>", lambda _event: self.entry.focus_set())
        self._hint.place(x=px(self, 8), rely=0.5, anchor="w")
        self.entry.bind("<KeyRelease>", lambda _event: self._typed())
        self.entry.bind("<Return>", lambda _event: self._tell())
        self.entry.bind("<Escape>", lambda _event: self.set(""))
        self._paint()
        on_change(self, lambda _colours: self._paint())

    @property
    def text(self) -> str:
        """What is typed now."""
        return self.entry.get()

    def set(self, text: str) -> None:
        """Replaces the text and searches for it."""
        self.entry.delete(0, "end")
        self.entry.insert(0, text)
        self._show_hint()
        self._tell()

    def empty(self) -> None:
        """Takes the text away, and tells nobody."""
        self._told = ""
        self.set("")

    def focus_on(self) -> None:
        """Puts the keyboard here, with the text selected."""
        self.entry.focus_set()
        self.entry.selection_range(0, "end")

    def _typed(self) -> None:
        self._show_hint()
        if self._timer is not None:
            self.after_cancel(self._timer)
        self._timer = self.after(_PAUSE_MS, self._tell)

    def _tell(self) -> None:
        if self._timer is not None:
            self.after_cancel(self._timer)
            self._timer = None
        if self.text != self._told:
            self._told = self.text
            self._changed(self.text)

    def _show_hint(self) -> None:
        if self.text:
            self._hint.place_forget()
        else:
            self._hint.place(x=px(self, 8), rely=0.5, anchor="w")

    def _paint(self) -> None:
        self._hint.configure(image=icon("search", palette(self).muted, size=13))


class Choice:
    """A drop-down of words, each standing for a value.

    Args:
        parent: Where it goes.
        changed: Called after another word was chosen.
        width: In characters.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        options: Sequence[tuple[str, object]],
        *,
        changed: Callable[[], None],
        width: int = 16,
    ) -> None:
        self.widget = _combobox(parent, width)
        self._options: list[tuple[str, object]] = []
        self.offer(options)
        self.widget.bind("<<ComboboxSelected>>", lambda _event: self._chosen(changed))

    def offer(self, options: Sequence[tuple[str, object]]) -> None:
        """Replaces the options; the chosen value stays chosen when it is still there."""
        value = self.value if self._options else None
        if list(options) == self._options:
            return
        self._options = list(options)
        # As a Tcl list made by tkinter itself: names may hold braces and brackets.
        self.widget.tk.call(
            str(self.widget), "configure", "-values", tuple(word for word, _ in self._options)
        )
        values = [option for _, option in self._options]
        self.widget.current(values.index(value) if value in values else 0)

    @property
    def options(self) -> list[tuple[str, object]]:
        """Every word with what it stands for."""
        return list(self._options)

    @property
    def value(self) -> object:
        """What the chosen word stands for."""
        return self._options[max(0, self.widget.current())][1]

    def choose(self, value: object) -> None:
        """Chooses a value that is offered."""
        self.widget.current([option for _, option in self._options].index(value))

    def _chosen(self, changed: Callable[[], None]) -> None:
        self.widget.selection_clear()
        changed()


class PageTitle(ttk.Frame):
    """The heading of a page, one line under it, and room for buttons on the right (`.right`)."""

    def __init__(self, parent: tkinter.Misc, *, title: str, note: str = "") -> None:
        super().__init__(parent, style="Plain.TFrame")
        self.right = ttk.Frame(self, style="Plain.TFrame")
        self.right.pack(side="right", anchor="s")
        ttk.Label(self, text=title, style="Title.TLabel").pack(anchor="w")
        self._note = ttk.Label(self, text=note, style="Muted.TLabel")
        self._note.pack(anchor="w")

    def say(self, note: str) -> None:
        """Changes the line under the heading."""
        self._note.configure(text=note)


def entry(parent: tkinter.Misc, *, width: int = 30) -> ttk.Entry:
    """A line to type into."""
    return tb.Entry(parent, width=width)


def switch(
    parent: tkinter.Misc,
    *,
    text: str,
    on: tkinter.BooleanVar,
    command: Callable[[], None] | None = None,
    on_card: bool = False,
) -> ttk.Checkbutton:
    """A switch with its word; `on_card` when it stands on a surface and not on the ground."""
    made: ttk.Checkbutton = tb.Checkbutton(
        parent,
        text=text,
        variable=on,
        command=command or _nothing,
        bootstyle="round-toggle @card" if on_card else "round-toggle",
    )
    if on_card:
        _on_surface(made)
    return made


def quiet_button(
    parent: tkinter.Misc, *, text: str, command: Callable[[], object], icon_name: str
) -> ttk.Button:
    """A button on a surface that is no more than its word until the pointer is over it."""
    made: ttk.Button = tb.Button(parent, text=text, command=command, bootstyle="ghost @card")
    _on_surface(made)
    set_icon(made, icon_name)
    return made


def _on_surface(widget: ttk.Widget) -> None:
    """Gives ttkbootstrap's `@card` variants the colour of our surfaces, in both themes."""
    name = str(widget.cget("style"))

    def paint(colours: Palette) -> None:
        style: Any = ttk.Style(widget)
        surface = colours.surface
        # Past ttkbootstrap's own `configure`: colours there are not kept over a switch.
        ttk.Style.configure(style, name, background=surface)
        states = [("pressed !disabled", colours.neutral_soft), ("hover !disabled", colours.stripe)]
        ttk.Style.map(style, name, background=states)
        for edge in ("bordercolor", "darkcolor", "lightcolor"):
            ttk.Style.configure(style, name, **{edge: surface})
            style.tk.call("ttk::style", "map", name, f"-{edge}", _flat(states))

    paint(palette(widget))
    on_change(widget, paint)


def progress_bar(parent: tkinter.Misc) -> ttk.Progressbar:
    """How far something is, 0 to 100."""
    return tb.Progressbar(parent, maximum=100)


def _flat(states: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(part for pair in states for part in pair)


def _combobox(parent: tkinter.Misc, width: int) -> ttk.Combobox:
    return tb.Combobox(parent, state="readonly", width=width)


def _nothing() -> None:
    """A switch that is only read."""


def enable(widget: ttk.Widget, *, on: bool) -> None:
    """Lets a widget be used, or greys it."""
    widget.state(["!disabled" if on else "disabled"])


def scrolled(parent: tkinter.Misc, tree: ttk.Treeview) -> None:
    """Puts a table into its frame with a scroll bar beside it."""
    tree.configure(yscrollcommand=ScrollBar(parent, tree).set)


class ScrollBar:
    """An upright scroll bar beside a table, seen only while there is something to scroll.

    Args:
        parent: The frame of both; the table takes what room is left.
        tree: The table; who makes it sends its `yscrollcommand` to `set`.
    """

    def __init__(self, parent: tkinter.Misc, tree: ttk.Treeview) -> None:
        # Its room is kept, so that columns stay where they are when it comes and goes.
        self.bar: ttk.Scrollbar = tb.Scrollbar(parent, orient="vertical", command=tree.yview)
        parent.columnconfigure(0, weight=1)
        parent.rowconfigure(0, weight=1)
        parent.columnconfigure(1, minsize=self.bar.winfo_reqwidth())
        tree.grid(row=0, column=0, sticky="nsew")

    @property
    def shown(self) -> bool:
        """Whether there is something to scroll."""
        return bool(self.bar.winfo_manager())

    def set(self, first: str | float, last: str | float) -> None:
        """As Tk tells it: the part of the rows that is in sight, 0 to 1."""
        self.bar.set(first, last)
        needed = float(first) > 0 or float(last) < 1
        if needed and not self.shown:
            self.bar.grid(row=0, column=1, sticky="ns")
        elif self.shown and not needed:
            self.bar.grid_remove()
