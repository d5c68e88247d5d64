"""The report as one HTML file: its plots are in it, and it asks for nothing from elsewhere."""

import html
import io
from typing import Any

from biometrics.evaluation.plots import figures
from biometrics.evaluation.tables import Table, listings, report_tables, statements

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 0 0 1.5rem; font-size: 14px }
caption { text-align: left; font-weight: 600; padding: .4rem 0 }
th, td { border: 1px solid #8884; padding: .25rem .6rem; text-align: left }
figure { display: inline-block; margin: 0 1rem 1rem 0; max-width: 100% }
figure svg { max-width: 100%; height: auto; background: white }
:root { color-scheme: light dark }
"""


def page(result: dict[str, Any]) -> str:
    """The whole page.

    Args:
        result: What `evaluate` gives.
    """
    title = html.escape(f"Evaluation of {result['folder']}")
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        _list(statements(result)),
        *(_figure(name, figure) for name, figure in figures(result)),
        *(_table(table) for table in report_tables(result)),
    ]
    for name, count, shown in listings(result):
        more = [f"and {count - len(shown)} more"] if count > len(shown) else []
        summary = f"<summary>{html.escape(name)}: {count}</summary>"
        parts.append(f"<details>{summary}{_list([*shown, *more])}</details>")
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _list(entries: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(entry)}</li>" for entry in entries) + "</ul>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in table.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    caption = html.escape(table.title)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>{rows}</table>"


def _figure(title: str, figure: Any) -> str:
    """The plot as SVG within the page; readers of screens hear its title."""
    stream = io.StringIO()
    # A report says when it was made by the date of its file.
    figure.savefig(stream, format="svg", metadata={"Date": None})
    drawing = stream.getvalue()
    inner = drawing[drawing.index("<svg") :]
    return f'<figure role="img" aria-label="{html.escape(title)}">{inner}</figure>'
