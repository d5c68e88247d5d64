"""The rail on the left: the title, the state, the pages, start and stop, the theme."""

import tkinter
from collections.abc import Callable
from functools import partial
from tkinter import ttk

from desktop.ui.palette import Palette
from desktop.ui.theme import icon, on_change, palette, px
from desktop.ui.widgets import IconLabel, WrapLabel, button, set_icon
from server.addresses import reaches_others
from server.permissions import Action
from server.presenter import Presenter
from server.ui.controls import enable

WIDTH = 212
PAGES: tuple[tuple[str, str], ...] = (
    ("Dashboard", "speedometer2"),
    ("History", "clock-history"),
    ("People", "people"),
    ("Checkpoints", "hdd-network"),
    ("Evaluation", "clipboard-data"),
    ("Log", "journal-text"),
    ("Settings", "gear"),
    ("Consent", "clipboard-check"),
    ("Data", "archive"),
    ("Users", "person-lock"),
    ("Audit", "shield-check"),
)
RIGHTS: dict[str, Action] = {
    "Dashboard": Action.VIEW_STATE,
    "History": Action.VIEW_HISTORY,
    "People": Action.VIEW_PEOPLE,
    "Checkpoints": Action.VIEW_STATE,
    "Evaluation": Action.EVALUATE,
    "Log": Action.VIEW_LOG,
    "Settings": Action.VIEW_SETTINGS,
    "Consent": Action.VIEW_CONSENT_TEXT,
    "Data": Action.BACK_UP,
    "Users": Action.CHANGE_OWN_PASSWORD,
    "Audit": Action.VIEW_AUDIT,
}
"""What somebody has to be allowed for a page to be in their rail."""
_ROOMY = 700
"""Logical pixels that every page and button together need."""
_HERE_ONLY = "this computer only"
_ON_NETWORK = "from the network, too"


class NavItem(ttk.Frame):
    """One page's name in the rail: a strip of colour, an icon and a word. Tab reaches it."""

    def __init__(
        self, parent: tkinter.Misc, *, word: str, icon_name: str, go: Callable[[], None]
    ) -> None:
        super().__init__(parent, style="Rail.TFrame", takefocus=True)
        self._icon_name = icon_name
        self._chosen = False
        self._focused = False
        self._marked = False
        self._go = go
        self._strip = tkinter.Frame(self, width=px(self, 3))
        self._strip.pack(side="left", fill="y")
        self.label = tkinter.Label(
            self, text=f" {word}", compound="left", anchor="w", font="TkDefaultFont"
        )
        self.label.configure(padx=px(self, 14), pady=px(self, 7))
        self.label.pack(side="left", fill="both", expand=True)
        self._mark = tkinter.Label(self.label, borderwidth=0)
        for widget in (self, self._strip, self.label, self._mark):
            widget.bind("<Button-1>", lambda _event: self.press())
        for keys in ("<Return>", "<space>"):
            self.bind(keys, lambda _event: self.press())
        self.bind("<FocusIn>", lambda _event: self._focus(on=True))
        self.bind("<FocusOut>", lambda _event: self._focus(on=False))
        on_change(self, self._paint)
        self._paint(palette(self))

    def press(self) -> str:
        """Goes to the page."""
        self._go()
        return "break"

    def choose(self, *, on: bool) -> None:
        """Marks the page that is shown."""
        self._chosen = on
        self._paint(palette(self))

    def mark(self, *, on: bool) -> None:
        """Says that something on the page needs somebody: a sign of warning behind the word."""
        self._marked = on
        self._paint(palette(self))

    @property
    def marked(self) -> bool:
        """Whether it does."""
        return self._marked

    def _focus(self, *, on: bool) -> None:
        self._focused = on
        self._paint(palette(self))

    def _paint(self, colours: Palette) -> None:
        ground = colours.select if self._chosen else colours.rail
        if self._focused and not self._chosen:
            ground = colours.neutral_soft
        word = colours.accent_text if self._chosen else colours.text
        self._strip.configure(
            background=colours.accent_text if self._chosen or self._focused else ground
        )
        self.label.configure(
            background=ground,
            foreground=word,
            image=icon(self._icon_name, word, size=16),
        )
        warning = icon("exclamation-triangle-fill", colours.as_text("warn"), size=13)
        self._mark.configure(background=ground, image=warning)
        if self._marked:
            self._mark.place(relx=1.0, x=-px(self, 14), rely=0.5, anchor="e")
        else:
            self._mark.place_forget()


class Rail(ttk.Frame):
    """The left edge of the window.

    Args:
        parent: Where it goes.
        go: Shows a page.
        start: Starts the server.
        stop: Stops it.
        turn_theme: Changes to the other theme.
        lock: Locks the window.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        go: Callable[[str], None],
        start: Callable[[], None],
        stop: Callable[[], None],
        turn_theme: Callable[[], None],
        lock: Callable[[], None],
    ) -> None:
        super().__init__(parent, style="Rail.TFrame", width=px(parent, WIDTH))
        self.pack_propagate(flag=False)
        self._start = start
        self._stop = stop
        edge = px(self, 16)
        ttk.Label(self, text="FaceNetGrid", style="RailTitle.TLabel").pack(
            anchor="w", padx=edge, pady=(px(self, 16), px(self, 6))
        )
        self.word = IconLabel(self, style="RailBold.TLabel", size=14)
        self.word.pack(anchor="w", padx=edge)
        self.address = WrapLabel(self, style="RailSmall.TLabel", width=WIDTH - 32)
        self.address.pack(fill="x", padx=edge, pady=(px(self, 3), px(self, 16)))
        self._list = ttk.Frame(self, style="Rail.TFrame")
        self._list.pack(fill="x")
        self.items: dict[str, NavItem] = {}
        for word, icon_name in PAGES:
            self.items[word] = NavItem(
                self._list, word=word, icon_name=icon_name, go=partial(go, word)
            )
        self._foot = ttk.Frame(self, style="Rail.TFrame")
        self.who = WrapLabel(self._foot, style="RailSmall.TLabel", width=WIDTH - 32)
        self.power = button(
            self._foot, text="Start server", command=self._press_power, icon_name="play"
        )
        self.theme = button(self._foot, text="Dark theme", command=turn_theme, icon_name="moon")
        self.lock = button(self._foot, text="Lock", command=lock, icon_name="lock")
        self._can_start = True
        self._low = False
        self.bind("<Configure>", lambda event: self._fit(event.height))

    def show_person(self, name: str, role: str, *, may: Callable[[Action], bool]) -> None:
        """Somebody signed in: the pages and buttons that are theirs."""
        gap, edge = px(self, 8), px(self, 16)
        self.hide_person()
        for word, item in self.items.items():
            if may(RIGHTS[word]):
                item.pack(fill="x", pady=(0, px(self, 2)))
        self.who.configure(text=f"{name}\n{role}")
        self.who.pack(fill="x", pady=(0, gap))
        if may(Action.START_SERVER) and may(Action.STOP_SERVER):
            self.power.pack(fill="x", pady=(0, gap))
        self.theme.pack(fill="x", pady=(0, gap))
        self.lock.pack(fill="x")
        self._foot.pack(side="bottom", fill="x", padx=edge, pady=(0, px(self, 14)))

    def hide_person(self) -> None:
        """Nobody is signed in: the state alone."""
        self._foot.pack_forget()
        for widget in (*self.items.values(), self.who, self.power, self.theme, self.lock):
            widget.pack_forget()
        self.who.configure(text="")

    def show_idle(self, left_s: int | None) -> None:
        """Says on the button when the window locks by itself."""
        word = "Lock" if left_s is None else f"Lock (idle {left_s // 60}:{left_s % 60:02})"
        if str(self.lock.cget("text")) != word:
            self.lock.configure(text=word)

    def mark(self, page: str, *, on: bool) -> None:
        """Puts a sign of warning behind a page's name, or takes it away."""
        self.items[page].mark(on=on)

    def choose(self, page: str) -> None:
        """Marks the page that is shown."""
        for word, item in self.items.items():
            item.choose(on=word == page)

    def show(self, presenter: Presenter) -> None:
        """Shows the state."""
        view = presenter.state
        self.word.show(view.word, view.tone, icon_name=view.icon)
        address = presenter.address
        whom = _ON_NETWORK if reaches_others(presenter.status.host) else _HERE_ONLY
        self.address.configure(text=f"{address}\n{whom}" if address else "not listening\n")
        self._can_start = not presenter.status.state.serving
        self.power.configure(text="Start server" if self._can_start else "Stop server")
        set_icon(self.power, "play" if self._can_start else "stop-circle")
        enable(self.power, on=not presenter.busy)

    def show_theme(self, name: str) -> None:
        """The button offers the other theme."""
        dark = name == "dark"
        self.theme.configure(text="Light theme" if dark else "Dark theme")
        set_icon(self.theme, "sun" if dark else "moon")

    def _fit(self, height: int) -> None:
        """Puts the pages closer together where the buttons below them would be cut."""
        low = height < px(self, _ROOMY)
        if low != self._low:
            self._low = low
            for item in self.items.values():
                item.label.configure(pady=px(self, 2 if low else 7))

    def _press_power(self) -> None:
        if self._can_start:
            self._start()
        else:
            self._stop()
