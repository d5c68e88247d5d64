"""The report as one HTML file: its plots are in it, and it asks for nothing from elsewhere."""

import html
import io
import re

from biometrics.evaluation.document import Document, Listing, Plot, Section, Table
from biometrics.evaluation.plots import SIZE

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
nav a { margin-right: 1rem }
h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid #8886; padding-bottom: .2rem }
.wide { overflow-x: auto; margin: 0 0 1.25rem }
table { border-collapse: collapse; font-size: 14px }
caption { text-align: left; font-weight: 600; padding: .4rem 0 }
th, td { border: 1px solid #8884; padding: .25rem .6rem; text-align: left; vertical-align: top }
th { background: #8881 }
tbody tr:nth-child(even) { background: #8880000d }
.note { font-size: 14px; margin: .3rem 0 0; opacity: .8 }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0 }
figure { margin: 0; max-width: 100% }
figure svg { max-width: 100%; height: auto; background: white }
details { margin: .4rem 0 }
li { overflow-wrap: anywhere }
@media print { details { display: block } nav { display: none } }
"""


def page(document: Document) -> str:
    """The whole page."""
    title = html.escape(document.title)
    links = "".join(
        f'<a href="#{_anchor(section.title)}">{html.escape(section.title)}</a>'
        for section in document.sections
    )
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        _list(document.summary),
        f"<nav>{links}</nav>",
        *(_section(section) for section in document.sections),
    ]
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _section(section: Section) -> str:
    plots = "".join(_plot(plot, section.title) for plot in section.plots)
    parts = [
        f'<h2 id="{_anchor(section.title)}">{html.escape(section.title)}</h2>',
        *(f"<p>{html.escape(sentence)}</p>" for sentence in section.sentences),
        *(_table(table) for table in section.tables),
        f'<div class="plots">{plots}</div>' if plots else "",
        *(_listing(listing) for listing in section.listings),
    ]
    return "\n".join(part for part in parts if part)


def _list(entries: tuple[str, ...]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(entry)}</li>" for entry in entries) + "</ul>"


def _listing(listing: Listing) -> str:
    more = (f"and {listing.more} more",) if listing.more else ()
    summary = f"<summary>{html.escape(listing.title)}: {listing.count}</summary>"
    return f"<details>{summary}{_list((*listing.shown, *more))}</details>"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in table.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    caption = html.escape(table.title)
    note = f'<p class="note">{html.escape(table.note)}</p>' if table.note else ""
    return (
        f'<div class="wide"><table><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{note}</div>"
    )


def _plot(plot: Plot, section: str) -> str:
    """The plot as SVG within the page; readers of screens hear its title."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    plot.draw(axes)
    axes.set_title(plot.title)
    stream = io.StringIO()
    # A report says when it was made by the date of its file.
    figure.savefig(stream, format="svg", metadata={"Date": None})
    drawing = stream.getvalue()
    inner = _own_ids(drawing[drawing.index("<svg") :], _anchor(f"{section} {plot.name}"))
    return f'<figure role="img" aria-label="{html.escape(plot.title)}">{inner}</figure>'


def _own_ids(svg: str, prefix: str) -> str:
    """Matplotlib names the parts of every drawing alike; in one page they must differ."""
    named = re.sub(r'\bid="', f'id="{prefix}-', svg)
    return re.sub(r'((?:xlink:)?href="|url\()#', rf"\1#{prefix}-", named)


def _anchor(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
