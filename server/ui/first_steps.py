"""What to do first, shown while nobody is enrolled."""

import tkinter
from collections.abc import Callable
from dataclasses import dataclass
from tkinter import ttk

from desktop.ui.palette import Palette
from desktop.ui.theme import on_change, palette, px
from desktop.ui.widgets import Card, WrapLabel, button


@dataclass(frozen=True, slots=True)
class _Step:
    title: str
    text: str
    word: str
    icon_name: str
    command: Callable[[], None]


class FirstSteps(Card):
    """Three numbered steps, each with the button that does it.

    Args:
        parent: Where it goes.
        add_photos: Opens the dialog that adds people from photos.
        copy: Puts a text on the clipboard.
        show_history: Shows the history.
        command: Gives what starts a checkpoint on this computer.
        listening: Whether the server listens.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        add_photos: Callable[[], None],
        copy: Callable[[str], None],
        show_history: Callable[[], None],
        command: Callable[[], str],
        listening: Callable[[], bool],
    ) -> None:
        super().__init__(parent, heading="Nobody is enrolled yet: three first steps", padding=16)
        self._command, self._listening = command, listening
        self._texts: list[WrapLabel] = []
        steps = (
            _Step(
                "Enrol people",
                "From photos, one folder a person, or at a checkpoint with its Enrol button.",
                "Add people from photos",
                "person-plus",
                add_photos,
            ),
            _Step(
                "Start a checkpoint",
                "",
                "Copy the command",
                "clipboard",
                lambda: copy(command()),
            ),
            _Step(
                "Watch the history",
                "Everybody who stands before a checkpoint appears there at once.",
                "Show history",
                "clock-history",
                show_history,
            ),
        )
        self.buttons: list[ttk.Button] = []
        self._badges: list[tkinter.Canvas] = []
        self.body.columnconfigure(1, weight=1)
        for number, step in enumerate(steps):
            self._add(number, step)
        self.refresh()
        self._paint(palette(self))
        on_change(self, self._paint)

    def refresh(self) -> None:
        """Names the command for where the server listens now."""
        where = "On" if self._listening() else "Start the server, then on"
        text = f"{where} this computer: {self._command()}\nIt pairs and connects by itself."
        self._texts[1].configure(text=text)

    def _add(self, number: int, step: _Step) -> None:
        side = px(self, 30)
        badge = tkinter.Canvas(self.body, width=side, height=side, highlightthickness=0)
        badge.grid(row=number, column=0, padx=(0, px(self, 14)), pady=px(self, 7))
        self._badges.append(badge)
        text = ttk.Frame(self.body, style="Card.TFrame")
        text.grid(row=number, column=1, sticky="ew")
        ttk.Label(text, text=step.title, style="CardBold.TLabel").pack(anchor="w")
        label = WrapLabel(text, text=step.text, style="CardMuted.TLabel")
        label.pack(fill="x")
        self._texts.append(label)
        made = button(
            self.body,
            text=step.word,
            command=step.command,
            look="primary" if number == 0 else "neutral",
            icon_name=step.icon_name,
        )
        made.grid(row=number, column=2, sticky="ew", padx=(px(self, 14), 0))
        self.buttons.append(made)

    def _paint(self, colours: Palette) -> None:
        side = px(self, 30)
        for number, badge in enumerate(self._badges):
            badge.configure(background=colours.surface)
            badge.delete("all")
            badge.create_oval(1, 1, side - 2, side - 2, fill=colours.info_soft, outline="")
            badge.create_text(
                side / 2, side / 2, text=str(number + 1), fill=colours.info_text, font="GridBold"
            )
