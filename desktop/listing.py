"""Lists as commands print them: headings, columns as wide as they need, times of this computer."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TextIO

_BETWEEN = "  "
_WIDE = ("W", "F")
"""Letters that take two places of a terminal (https://www.unicode.org/reports/tr11/)."""


def write_list(
    out: TextIO,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Collection[str] = (),
) -> None:
    """Writes rows under their headings, each on one line.

    Args:
        out: Where to.
        headings: Of the columns; the last one is as wide as its texts, and may be long.
        rows: Texts without line feeds, as many as there are headings.
        numbers: Headings of columns that stand at the right.
    """
    lines = [headings, *rows]
    widths = [max(_places(line[at]) for line in lines) for at in range(len(headings))]
    right = [heading in numbers for heading in headings]
    for line in lines:
        cells = [
            f"{_blank(cell, width)}{cell}" if at_right else f"{cell}{_blank(cell, width)}"
            for cell, width, at_right in zip(line, widths, right, strict=True)
        ]
        out.write(f"{_BETWEEN.join(cells).rstrip()}\n")


def local_time(ms: int) -> str:
    """Day and time of ms since the epoch by this computer's clock, with its offset from UTC."""
    return _local(ms).isoformat(sep=" ", timespec="seconds")


def local_day(ms: int) -> str:
    """The day by this computer's clock."""
    return _local(ms).date().isoformat()


def _local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000).astimezone()


def _blank(cell: str, width: int) -> str:
    return " " * (width - _places(cell))


def _places(text: str) -> int:
    """How wide a terminal shows a text."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in _WIDE)
        for letter in text
    )
