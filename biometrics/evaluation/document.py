"""A report as sections of sentences, tables, plots and lists; every kind of file shows it all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Table:
    """Text in rows; every row has as many cells as the head. `note` stands below it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture that is drawn where it is needed: into a page, or into one of its own.

    Args:
        title: What it shows, also for readers of screens.
        name: A file's name for it, without ending.
        draw: Draws it.
    """

    title: str
    name: str
    draw: "Callable[[Axes], None]"


@dataclass(frozen=True, slots=True)
class Listing:
    """Entries that need somebody's eye: how many there are, and the first of them."""

    title: str
    count: int
    shown: tuple[str, ...]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return max(0, self.count - len(self.shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One question of a report, answered: sentences first, then what they rest on."""

    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    listings: tuple[Listing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The whole report.

    Args:
        title: Of the report.
        summary: What matters most, a sentence each.
        sections: In the order of reading.
    """

    title: str
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
