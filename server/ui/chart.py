"""Requests a minute over the last hour, drawn on a Canvas."""

import tkinter
from collections.abc import Sequence
from tkinter import ttk

from desktop.ui.theme import on_change, palette, px

Minute = tuple[int, int, int]


class MinutesChart(ttk.Frame):
    """A bar a minute: the identified below, the others above them."""

    def __init__(self, parent: tkinter.Misc, *, height: int = 120) -> None:
        super().__init__(parent, style="Card.TFrame")
        self._minutes: Sequence[Minute] = ()
        self.canvas = tkinter.Canvas(self, height=px(self, height), highlightthickness=0)
        self.canvas.pack(fill="both", expand=True)
        self.canvas.bind("<Configure>", lambda _event: self._draw())
        on_change(self, lambda _colours: self._draw())

    def show(self, minutes: Sequence[Minute]) -> None:
        """Draws (start of the minute, identified, others), oldest first; skips the same again."""
        if list(minutes) != list(self._minutes):
            self._minutes = tuple(minutes)
            self._draw()

    def _draw(self) -> None:
        canvas, colours = self.canvas, palette(self)
        canvas.configure(background=colours.surface)
        canvas.delete("all")
        width, height = canvas.winfo_width(), canvas.winfo_height()
        left, right = px(self, 36), width - px(self, 10)
        top, bottom = px(self, 8), height - px(self, 22)
        if right - left < 20 or bottom - top < 20:
            return
        most = max((a + b for _, a, b in self._minutes), default=0)
        if most == 0:
            self._text(
                width / 2, height / 2 - px(self, 8), "No requests in the last hour", "center"
            )
            return
        step = _step(most)
        ceiling = step * max(1, -(-most // step))
        for value in range(0, ceiling + 1, step):
            y = bottom - (bottom - top) * value / ceiling
            canvas.create_line(left, y, right, y, fill=colours.line)
            self._text(left - px(self, 6), y, str(value), "e")
        for index, minute in ((0, "60 min ago"), (len(self._minutes) - 1, "now")):
            anchor = "nw" if index == 0 else "ne"
            self._text(left if index == 0 else right, bottom + px(self, 4), minute, anchor)
        share = (right - left) / max(1, len(self._minutes))
        bar = max(1.0, share - max(1, px(self, 2)))
        for number, (_minute, identified, others) in enumerate(self._minutes):
            x = left + share * number
            middle = bottom - (bottom - top) * identified / ceiling
            upper = bottom - (bottom - top) * (identified + others) / ceiling
            if identified:
                canvas.create_rectangle(x, middle, x + bar, bottom, fill=colours.accent, width=0)
            if others:
                # A gap parts them, so that the border is seen without the colours too.
                canvas.create_rectangle(
                    x, upper, x + bar, max(upper + 1, middle - 1), fill=colours.bad_text, width=0
                )

    def _text(self, x: float, y: float, text: str, anchor: str) -> None:
        self.canvas.tk.call(
            str(self.canvas),
            *("create", "text", x, y, "-text", text, "-anchor", anchor),
            *("-fill", palette(self).muted, "-font", "GridSmall"),
        )


class Legend(ttk.Frame):
    """What the two parts of a bar mean, in the order they stand."""

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent, style="Card.TFrame")
        self._swatches: list[tuple[tkinter.Canvas, str]] = []
        for word, colour in (("others", "bad_text"), ("identified", "accent")):
            swatch = tkinter.Canvas(self, width=px(self, 10), height=px(self, 10))
            swatch.configure(highlightthickness=0)
            swatch.pack(side="left", padx=(px(self, 10), px(self, 5)))
            ttk.Label(self, text=word, style="CardSmall.TLabel").pack(side="left")
            self._swatches.append((swatch, colour))
        self._draw()
        on_change(self, lambda _colours: self._draw())

    def _draw(self) -> None:
        colours = palette(self)
        for swatch, colour in self._swatches:
            swatch.configure(background=getattr(colours, colour))


def _step(most: int) -> int:
    """A round distance between at most four lines."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if most <= 3 * step * factor:
                return step * factor
        step *= 10
