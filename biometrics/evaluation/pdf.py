"""The report as one PDF: sentences and tables as pages, then the plots."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biometrics.evaluation.plots import figures
from biometrics.evaluation.tables import Table, report_tables, statements

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PAGE = (11.69, 8.27)
"""Inches: A4 lying."""
_WIDTH = 120
_LINES = 40
_ROWS = 24


def write_pdf(result: dict[str, Any], path: Path) -> int:
    """Writes the report; returns the number of pages.

    Args:
        result: What `evaluate` gives.
        path: The file.

    Raises:
        OSError: It cannot be written.
    """
    from matplotlib.backends.backend_pdf import PdfPages

    drawn = [
        *_text_pages(f"Evaluation of {result['folder']}", statements(result)),
        *(page for table in report_tables(result) for page in _table_pages(table)),
        *(figure for _, figure in figures(result)),
    ]
    with PdfPages(path, metadata={"Title": "FaceNetGrid evaluation", "CreationDate": None}) as file:
        for figure in drawn:
            file.savefig(figure)
    return len(drawn)


def _text_pages(title: str, entries: list[str]) -> "list[Figure]":
    lines = [line for entry in entries for line in [*textwrap.wrap(_plain(entry), _WIDTH), ""]]
    pages = []
    for start in range(0, len(lines), _LINES):
        figure = _page()
        figure.text(0.05, 0.94, _plain(title), fontsize=16, weight="bold", va="top")
        figure.text(0.05, 0.87, "\n".join(lines[start : start + _LINES]), fontsize=10, va="top")
        pages.append(figure)
    return pages


def _table_pages(table: Table) -> "list[Figure]":
    pages = []
    for start in range(0, len(table.rows), _ROWS):
        figure = _page()
        title = "\n".join(textwrap.wrap(_plain(table.title), 100))
        figure.text(0.05, 0.94, title, fontsize=13, weight="bold", va="top")
        axes = figure.add_axes((0.05, 0.05, 0.9, 0.8))
        axes.axis("off")
        cells = [[_plain(cell) for cell in row] for row in table.rows[start : start + _ROWS]]
        head = ["\n".join(textwrap.wrap(cell, 18)) for cell in table.head]
        drawn = axes.table(cellText=cells, colLabels=head, loc="upper left", cellLoc="left")
        drawn.auto_set_font_size(value=False)
        drawn.set_fontsize(8)
        drawn.auto_set_column_width(list(range(len(head))))
        drawn.scale(1, 1.4)
        for (row, _), cell in drawn.get_celld().items():
            if row == 0:
                cell.set_height(cell.get_height() * 1.8)
        pages.append(figure)
    return pages


def _page() -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=_PAGE)


def _plain(text: str) -> str:
    """Dollars would begin a formula; letters the font lacks would warn on every page."""
    return text.replace("$", "\\$").encode("latin-1", "replace").decode("latin-1")
