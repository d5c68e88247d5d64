"""The big state line of the checkpoint, read across a room, with the button that mends it."""

import tkinter
import tkinter.font
from collections.abc import Callable
from tkinter import ttk

from client.view_model import ACTION_ICONS, Action, Banner, Tone
from desktop.ui.palette import Palette
from desktop.ui.theme import icon, on_change, palette, px

ICON_SIZE = 44
BUTTON_ICON_SIZE = 16
# Room for the big line and two lines of reason: the picture below must not jump when the state
# changes, so the banner is always this high (logical pixels).
HEIGHT = 112
REASON_POINTS = 12
_BLANK = Banner("neutral", "hourglass-split", "")


class StateLine(ttk.Frame):
    """Icon, big line, reason and at most one button, on a full fill of the tone's colour.

    Args:
        parent: Where it goes.
        act: Called with the action when its button is pressed.
    """

    def __init__(self, parent: tkinter.Misc, act: Callable[[Action], None]) -> None:
        super().__init__(parent, height=px(parent, HEIGHT))
        self.grid_propagate(flag=False)
        self._act = act
        self._shown = _BLANK
        gap = px(self, 20)
        self._picture = tkinter.Label(self, borderwidth=0)
        self._line = tkinter.Label(self, font="GridHuge", anchor="w", borderwidth=0, padx=0)
        self._reason = tkinter.Label(
            self, font=self._reason_font(), anchor="w", justify="left", borderwidth=0, padx=0
        )
        self.button = tkinter.Button(
            self,
            font="GridBold",
            relief="flat",
            borderwidth=0,
            compound="left",
            cursor="hand2",
            padx=px(self, 9),
            pady=px(self, 8),
            highlightthickness=px(self, 2),
            command=self._pressed,
        )
        self._picture.grid(row=1, column=0, rowspan=2, padx=(gap, px(self, 16)))
        self._line.grid(row=1, column=1, sticky="ew")
        self._reason.grid(row=2, column=1, sticky="ew")
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        self.rowconfigure(3, weight=1)
        self.bind("<Configure>", self._fit)
        self.button.bind("<Return>", lambda _event: self._pressed())
        on_change(self, self._paint)
        self._paint(palette(self))

    @property
    def shown(self) -> Banner:
        """What stands on the screen now."""
        return self._shown

    def show(self, banner: Banner) -> None:
        """Changes what is shown; nothing is redrawn when it is the same."""
        if banner == self._shown:
            return
        repaint = (banner.tone, banner.icon, banner.action) != (
            self._shown.tone,
            self._shown.icon,
            self._shown.action,
        )
        self._shown = banner
        self._reason.configure(text=banner.reason)
        if banner.reason:
            self._reason.grid()
        else:
            self._reason.grid_remove()
        if banner.action is None:
            self.button.grid_remove()
        else:
            self.button.configure(text=f"{banner.action.value} ")
            self.button.grid(row=1, column=2, rowspan=2, padx=px(self, 20))
        self._write_line()
        if repaint:
            self._paint(palette(self))

    def _reason_font(self) -> tkinter.font.Font:
        """Somewhat larger than ordinary text: it is read standing, an arm's length away."""
        family = tkinter.font.nametofont("GridHuge", root=self).actual("family")
        self._kept_font = tkinter.font.Font(root=self, family=family, size=REASON_POINTS)
        return self._kept_font

    def _pressed(self) -> None:
        if self._shown.action is not None:
            self._act(self._shown.action)

    def _fit(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        self._reason.configure(wraplength=max(px(self, 200), event.width - self._taken()))
        self._write_line()

    def _taken(self) -> int:
        """The width that icon, gaps and button need."""
        button = self.button.winfo_reqwidth() + px(self, 40) if self._shown.action else 0
        return px(self, ICON_SIZE + 56) + button

    def _write_line(self) -> None:
        """Writes the big line, in a smaller type when it would not fit, then with an ellipsis."""
        room = self.winfo_width() - self._taken()
        text = self._shown.headline
        for name in ("GridHuge", "GridBig", "GridTitle"):
            font = tkinter.font.nametofont(name, root=self)
            if room <= 1 or font.measure(text) <= room:
                self._line.configure(font=name, text=text)
                return
        self._line.configure(font="GridTitle", text=elided(text, room, font.measure))

    def _paint(self, colours: Palette) -> None:
        tone: Tone = self._shown.tone
        fill, word = colours.fill(tone), colours.on(tone)
        self.configure(style=f"{tone.title()}.TFrame")
        self._picture.configure(background=fill, image=icon(self._shown.icon, word, size=ICON_SIZE))
        for label in (self._line, self._reason):
            label.configure(background=fill, foreground=word)
        self.button.configure(
            background=colours.surface,
            foreground=colours.text,
            activebackground=colours.select,
            activeforeground=colours.text,
            highlightbackground=fill,
            highlightcolor=word,
        )
        if self._shown.action is not None:
            name = ACTION_ICONS[self._shown.action]
            self.button.configure(image=icon(name, colours.text, size=BUTTON_ICON_SIZE))


def elided(text: str, room_px: int, measure: Callable[[str], int]) -> str:
    """The text, or as much of it as fits with an ellipsis at its end.

    Args:
        text: One line.
        room_px: The width there is.
        measure: The width of a text in the font it will have.
    """
    if measure(text) <= room_px:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle] + "…") <= room_px:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"
