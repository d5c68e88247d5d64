"""Distances of visits and of strangers with the limit in force, drawn on a Canvas."""

import tkinter
from tkinter import ttk
from typing import Protocol

from desktop.ui.theme import on_change, palette, px

_TO = 0.7
"""Distance at the right edge; beyond, nothing is near a limit."""


class DistancesLike(Protocol):
    """What is drawn (`server.evaluation_view.Distances`)."""

    @property
    def edges(self) -> tuple[float, ...]:
        """Of the bins."""

    @property
    def visits(self) -> tuple[float, ...]:
        """Shares of people's searches."""

    @property
    def strangers(self) -> tuple[float, ...]:
        """Shares of strangers' searches."""

    @property
    def limit(self) -> float:
        """In force."""


class DistanceChart(ttk.Frame):
    """Filled bars for visits, hollow ones for strangers, a line for the limit."""

    def __init__(self, parent: tkinter.Misc, *, height: int = 190) -> None:
        super().__init__(parent, style="Card.TFrame")
        self._shown: DistancesLike | None = None
        self._otherwise = ""
        self.canvas = tkinter.Canvas(self, height=px(self, height), highlightthickness=0)
        self.canvas.pack(fill="both", expand=True)
        self.canvas.bind("<Configure>", lambda _event: self._draw())
        on_change(self, lambda _colours: self._draw())

    def show(self, distances: DistancesLike | None, *, otherwise: str = "") -> None:
        """Draws these; where there are none, a sentence."""
        self._shown, self._otherwise = distances, otherwise
        self._draw()

    def _draw(self) -> None:
        canvas, colours = self.canvas, palette(self)
        canvas.configure(background=colours.surface)
        canvas.delete("all")
        width, height = canvas.winfo_width(), canvas.winfo_height()
        left, right = px(self, 12), width - px(self, 12)
        top, bottom = px(self, 26), height - px(self, 22)
        if right - left < 40 or bottom - top < 40:
            return
        if self._shown is None:
            self._text(width / 2, height / 2, self._otherwise, "center")
            return
        for tenth in range(8):
            x = left + (right - left) * tenth / 10 / _TO
            canvas.create_line(x, bottom, x, bottom + px(self, 4), fill=colours.line)
            self._text(x, bottom + px(self, 5), f"{tenth / 10:g}", "n")
        canvas.create_line(left, bottom, right, bottom, fill=colours.line)
        self._bars(self._shown, left, right, top, bottom)
        x = left + (right - left) * min(self._shown.limit, _TO) / _TO
        canvas.create_line(x, top - px(self, 6), x, bottom, fill=colours.text, width=px(self, 2))
        self._text(x, top - px(self, 8), f"limit {self._shown.limit:.3f}", "s", strong=True)
        self._text(left, px(self, 2), "■ visits", "nw", colour=colours.accent_text)
        self._text(right, px(self, 2), "□ strangers", "ne", colour=colours.bad_text)

    def _bars(
        self, shown: DistancesLike, left: float, right: float, top: float, bottom: float
    ) -> None:
        colours = palette(self)
        most = max([*shown.visits, *shown.strangers, 1e-9])
        scale = (right - left) / _TO
        bins = list(zip(shown.edges, shown.edges[1:], shown.visits, shown.strangers, strict=False))
        for first, last, visits, _ in bins:
            if visits and last <= _TO:
                y = bottom - (bottom - top) * visits / most
                box = (left + first * scale, y, left + last * scale - 1, bottom)
                self.canvas.create_rectangle(*box, fill=colours.accent, width=0)
        for first, last, _, strangers in bins:
            if strangers and last <= _TO:
                y = bottom - (bottom - top) * strangers / most
                box = (left + first * scale, y, left + last * scale - 1, bottom)
                self.canvas.create_rectangle(*box, outline=colours.bad_text, width=px(self, 1))

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        anchor: str,
        *,
        strong: bool = False,
        colour: str | None = None,
    ) -> None:
        plain = palette(self).text if strong else palette(self).muted
        self.canvas.tk.call(
            str(self.canvas),
            *("create", "text", x, y, "-text", text, "-anchor", anchor),
            *("-fill", colour or plain, "-font", "GridSmall"),
        )
