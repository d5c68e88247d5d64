"""The big state line of the checkpoint, read across a room, with the button that mends it."""

import tkinter
import tkinter.font
from collections.abc import Callable, Sequence
from tkinter import ttk

from client.view_model import ACTION_ICONS, Action, Banner, Tone
from desktop.ui.palette import Palette
from desktop.ui.theme import icon, on_change, palette, px

ICON_SIZE = 44
BUTTON_ICON_SIZE = 16
# Room for the big line and three lines of reason: the picture below must not jump when the state
# changes, so the banner is always this high (logical pixels).
HEIGHT = 112
# The reason's type, and a smaller one for the rare sentence that needs more lines.
REASON_POINTS = (12, 10)
LINE_FONTS = ("GridHuge", "GridBig", "GridTitle")
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
        self._reason = tkinter.Label(self, anchor="w", justify="left", borderwidth=0, padx=0)
        self._fonts = self._reason_fonts()
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
        if banner.reason:
            self._reason.grid()
        else:
            self._reason.grid_remove()
        if banner.action is None:
            self.button.grid_remove()
        else:
            self.button.configure(text=f"{banner.action.value} ")
            self.button.grid(row=1, column=2, rowspan=2, padx=px(self, 20))
        if repaint:
            self._paint(palette(self))  # before writing: the button's icon takes room, too
        self._write()

    def _reason_fonts(self) -> list[tkinter.font.Font]:
        """Somewhat larger than ordinary text: it is read standing, an arm's length away."""
        family = tkinter.font.nametofont("GridHuge", root=self).actual("family")
        return [tkinter.font.Font(root=self, family=family, size=size) for size in REASON_POINTS]

    def _pressed(self) -> None:
        if self._shown.action is not None:
            self._act(self._shown.action)

    def _fit(self, _event: "tkinter.Event[tkinter.Misc]") -> None:
        self._write()

    def _write(self) -> None:
        """Writes both lines so that nothing is cut off, whatever stands beside them."""
        room = self.winfo_width() - self._taken()
        if self.winfo_width() <= 1:  # not on the screen yet
            self._line.configure(font="GridHuge", text=self._shown.headline)
            return
        self._reason.configure(wraplength=max(px(self, 200), room))
        for line_fonts, reason_font in (
            (LINE_FONTS, self._fonts[0]),
            (LINE_FONTS[1:], self._fonts[0]),
            (LINE_FONTS[2:], self._fonts[1]),
        ):
            self._write_line(room, line_fonts)
            self._reason.configure(font=reason_font, text=self._shown.reason)
            if self._fits():
                return
        self._shorten_reason()

    def _fits(self) -> bool:
        """Whether both lines are inside the banner's height."""
        reason = self._reason.winfo_reqheight() if self._shown.reason else 0
        return self._line.winfo_reqheight() + reason <= px(self, HEIGHT)

    def _shorten_reason(self) -> None:
        """The last resort: as much of the reason as there is room for."""

        def needed(text: str) -> int:
            self._reason.configure(text=text)
            return self._reason.winfo_reqheight()

        room = px(self, HEIGHT) - self._line.winfo_reqheight()
        self._reason.configure(text=elided(self._shown.reason, room, needed))

    def _taken(self) -> int:
        """The width that icon, gaps and button need."""
        button = self.button.winfo_reqwidth() + px(self, 40) if self._shown.action else 0
        return px(self, ICON_SIZE + 56) + button

    def _write_line(self, room: int, names: Sequence[str]) -> None:
        """Writes the big line, in a smaller type when it would not fit, then with an ellipsis."""
        text = self._shown.headline
        for name in names:
            font = tkinter.font.nametofont(name, root=self)
            if font.measure(text) <= room:
                self._line.configure(font=name, text=text)
                return
        font = tkinter.font.nametofont(names[-1], root=self)
        self._line.configure(font=names[-1], text=elided(text, room, font.measure))

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
        text: What to show.
        room_px: The room there is.
        measure: The width of a text in the font it will have; or its height, with room for that.
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
