"""The report as one PDF: A4 pages that sections flow through, plots beside each other."""

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from biometrics.evaluation.document import Document, Listing, Plot, Section, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.ft2font import FT2Font

_WIDTH, _HEIGHT = 8.27, 11.69
"""Inches: A4 upright."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.7, 7.57, 11.0, 0.8
_PT = 1 / 72
_SMALL = 7.5
"""Points of the letters in tables."""
_GAP = 0.12
"""Inches between columns."""
_ROUNDING = 1e-6
_MEASURED = 40.0
"""Points at which widths are measured: large enough that rounding to pixels is nothing."""
_PLOT = (3.2, 2.3)
"""Inches of a plot's axes, two in a row."""
_ENTRIES = 12
"""Entries of a list that are printed; all that are kept are in the other files."""


def write_pdf(document: Document, path: Path) -> int:
    """Writes the report; returns the number of pages.

    Args:
        document: What to show.
        path: The file.

    Raises:
        OSError: It cannot be written.
    """
    from matplotlib.backends.backend_pdf import PdfPages

    paper = _Paper(document.title)
    paper.text(document.title, size=17, bold=True, after=8)
    for sentence in document.summary:
        paper.text(sentence, bullet=True)
    for section in document.sections:
        _section(paper, section)
    pages = paper.finished()
    with PdfPages(path, metadata={"Title": document.title, "CreationDate": None}) as file:
        for page in pages:
            file.savefig(page)
    return len(pages)


class _Paper:
    """Pages that are filled from top to bottom."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._pages: list[Figure] = []
        self._y = 0.0
        self._begin()

    def room(self, inches: float) -> None:
        """Begins another page where so much does not fit on this one."""
        if self._y - inches < _BOTTOM:
            self._begin()

    def space(self, points: float) -> None:
        """Leaves some room."""
        self._y -= points * _PT

    def text(
        self,
        words: str,
        *,
        size: float = 9.5,
        bold: bool = False,
        bullet: bool = False,
        after: float = 4,
    ) -> None:
        """A paragraph; it may go on on the next page."""
        left = _LEFT + (0.17 if bullet else 0)
        for number, line in enumerate(_wrapped(words, _RIGHT - left, size, bold=bold)):
            self.room(size * 1.35 * _PT)
            if bullet and number == 0:
                self._write(_LEFT, "\N{BULLET}", size)
            self._write(left, line, size, weight="bold" if bold else "normal")
            self._y -= size * 1.35 * _PT
        self.space(after)

    def row(self, columns: list[tuple[float, list[str]]], *, size: float, bold: bool) -> None:
        """Cells beside each other, `(left edge, lines)`, a thin line below them."""
        lines = max(len(cell) for _, cell in columns)
        height = (lines * size * 1.25 + 4) * _PT
        top = self._y
        for left, cell in columns:
            for number, line in enumerate(cell):
                self._y = top - (number * size * 1.25 + 1) * _PT
                self._write(left, line, size, weight="bold" if bold else "normal")
        self._y = top - height
        self._rule(0.8 if bold else 0.3)
        self.space(2)

    def plots(self, pair: tuple[Plot, ...]) -> None:
        """One or two plots in a row."""
        width, height = _PLOT
        self.room(height + 0.85)
        for plot, left in zip(pair, (_LEFT + 0.4, _LEFT + 0.4 + width + 0.45), strict=False):
            box = (left / _WIDTH, (self._y - height - 0.25) / _HEIGHT)
            axes = self._pages[-1].add_axes(
                (*box, (width - 0.35) / _WIDTH, height / _HEIGHT),
            )
            plot.draw(axes)
            axes.set_title(_plain(plot.title), fontsize=9, parse_math=False)
            axes.tick_params(labelsize=7)
            axes.xaxis.label.set_fontsize(8)
            axes.yaxis.label.set_fontsize(8)
            legend = axes.get_legend()
            for words in legend.get_texts() if legend else ():
                words.set_fontsize(6)
        self._y -= height + 0.85

    def finished(self) -> "list[Figure]":
        """The pages, each with its number."""
        count = len(self._pages)
        for number, page in enumerate(self._pages, start=1):
            height = 0.45 / _HEIGHT
            page.text(
                _LEFT / _WIDTH,
                height,
                _plain(self._title),
                fontsize=7,
                color="dimgrey",
                parse_math=False,
            )
            page.text(
                _RIGHT / _WIDTH,
                height,
                f"{number} / {count}",
                fontsize=7,
                color="dimgrey",
                ha="right",
            )
        return self._pages

    def _begin(self) -> None:
        from matplotlib.figure import Figure

        self._pages.append(Figure(figsize=(_WIDTH, _HEIGHT)))
        self._y = _TOP

    def _write(self, left: float, words: str, size: float, weight: str = "normal") -> None:
        self._pages[-1].text(
            left / _WIDTH,
            self._y / _HEIGHT,
            _plain(words),
            fontsize=size,
            weight=weight,
            va="top",
            parse_math=False,
        )

    def _rule(self, width: float) -> None:
        from matplotlib.lines import Line2D

        place = self._y / _HEIGHT
        line = Line2D([_LEFT / _WIDTH, _RIGHT / _WIDTH], [place, place], color="grey")
        line.set_linewidth(width)
        self._pages[-1].add_artist(line)


def _section(paper: _Paper, section: Section) -> None:
    paper.room(1.2)  # a heading does not stand alone at the foot of a page
    paper.space(10)
    paper.text(section.title, size=13, bold=True, after=5)
    for sentence in section.sentences:
        paper.text(sentence)
    for table in section.tables:
        _table(paper, table)
    for first in range(0, len(section.plots), 2):
        paper.plots(section.plots[first : first + 2])
    for listing in section.listings:
        _listing(paper, listing)


def _listing(paper: _Paper, listing: Listing) -> None:
    paper.room(0.6)
    paper.space(4)
    paper.text(f"{listing.title}: {listing.count}", bold=True, after=2)
    for entry in listing.shown[:_ENTRIES]:
        paper.text(entry, size=8, bullet=True, after=1)
    left = listing.count - min(len(listing.shown), _ENTRIES)
    if left > 0:
        paper.text(f"and {left} more", size=8, bullet=True, after=1)


def _table(paper: _Paper, table: Table) -> None:
    widths = _widths(table, _RIGHT - _LEFT)
    edges = [_LEFT + sum(widths[:number]) for number in range(len(widths))]

    def cells(row: tuple[str, ...], *, bold: bool = False) -> list[tuple[float, list[str]]]:
        return [
            (edge, _wrapped(cell, width - _GAP, _SMALL, bold=bold))
            for edge, cell, width in zip(edges, row, widths, strict=True)
        ]

    head = cells(table.head, bold=True)
    paper.room(1.1)
    paper.space(4)
    paper.text(table.title, bold=True, after=2)
    paper.row(head, size=_SMALL, bold=True)
    for row in table.rows:
        columns = cells(row)
        lines = max(len(cell) for _, cell in columns)
        paper.room((lines * _SMALL * 1.25 + 6) * _PT)
        paper.row(columns, size=_SMALL, bold=False)
    if table.note:
        paper.text(table.note, size=_SMALL)
    paper.space(4)


def _widths(table: Table, whole: float) -> list[float]:
    """Inches of the columns: room for every cell, or else for the longest words first."""

    def inches(cells: list[str], head: list[str]) -> float:
        body = max((_inches(cell, _SMALL) for cell in cells), default=0.0)
        return max(body, *(_inches(cell, _SMALL, bold=True) for cell in head)) + _GAP

    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.head)
    least = [
        inches([word for cell in column for word in cell.split()], head.split() or [""])
        for head, column in zip(table.head, columns, strict=True)
    ]
    wanted = [
        max(low, inches(list(column), [""])) for low, column in zip(least, columns, strict=True)
    ]
    if sum(wanted) <= whole:
        return wanted
    spare = max(0.0, whole - sum(least))
    more = sum(wanted) - sum(least)
    widths = [
        low + (want - low) * min(1.0, spare / more if more else 0.0)
        for low, want in zip(least, wanted, strict=True)
    ]
    factor = min(1.0, whole / sum(widths))
    return [width * factor for width in widths]


def _wrapped(words: str, inches: float, size: float, *, bold: bool = False) -> list[str]:
    """Lines that are not wider; a word that is wider than a line is cut."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if _inches(longer, size, bold=bold) <= inches + _ROUNDING:
            lines[-1] = longer
            continue
        rest = word
        if lines[-1]:
            lines.append("")
        while _inches(rest, size, bold=bold) > inches + _ROUNDING and len(rest) > 1:
            fits = next(
                count
                for count in range(len(rest) - 1, 0, -1)
                if count == 1 or _inches(rest[:count], size, bold=bold) <= inches
            )
            lines[-1] = rest[:fits]
            lines.append("")
            rest = rest[fits:]
        lines[-1] = rest
    return lines


def _inches(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line is: its words, and blanks between them."""
    words = text.split(" ")
    points = sum(_points(word, bold=bold) for word in words)
    return (points + (len(words) - 1) * _points("\N{NO-BREAK SPACE}", bold=bold)) * size * _PT


@lru_cache(maxsize=20_000)
def _points(word: str, *, bold: bool) -> float:
    """How wide a word is in letters of one point."""
    font = _font("bold" if bold else "normal")
    font.set_size(_MEASURED, 72)
    font.set_text(_plain(word))
    width: float = font.get_width_height()[0] / 64 / _MEASURED
    return width


def _plain(text: str) -> str:
    """Letters the font lacks would warn on every page."""
    known = _letters()
    return "".join(letter if ord(letter) in known else "?" for letter in text)


@cache
def _font(weight: str) -> "FT2Font":
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return get_font(findfont(FontProperties(weight=weight)))


@cache
def _letters() -> frozenset[int]:
    """What both fonts can write: most alphabets, no Chinese."""
    return frozenset(_font("normal").get_charmap()) & frozenset(_font("bold").get_charmap())
