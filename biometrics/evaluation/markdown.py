"""The report as Markdown, and the few lines for a terminal."""

from collections.abc import Iterable

from biometrics.evaluation.document import Document, Section, Table


def markdown(document: Document) -> str:
    """The whole report; the plots are in the HTML file and in the PDF."""
    lines = [f"# {_escaped(document.title)}", ""]
    lines += [f"- {_escaped(text)}" for text in document.summary]
    for section in document.sections:
        lines += _section(section)
    return "\n".join(lines) + "\n"


def summary(document: Document) -> str:
    """What a person at a terminal wants to know first."""
    return "\n".join(document.summary) + "\n"


def _section(section: Section) -> list[str]:
    lines = ["", f"## {_escaped(section.title)}"]
    for sentence in section.sentences:
        lines += ["", _escaped(sentence)]
    for table in section.tables:
        lines += ["", *_table(table)]
    for listing in section.listings:
        lines += ["", f"### {_escaped(listing.title)}: {listing.count}", ""]
        lines += [f"- {_escaped(entry)}" for entry in listing.shown]
        if listing.more:
            lines.append(f"- and {listing.more} more")
    return lines


def _table(table: Table) -> list[str]:
    rows = [_row(table.head), _row("---" for _ in table.head)]
    note = ["", _escaped(table.note)] if table.note else []
    return [f"**{_escaped(table.title)}**", "", *rows, *(_row(row) for row in table.rows), *note]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Names of files and people must not become tables, links or HTML."""
    for letter in "\\|<>[]`*":
        text = text.replace(letter, f"\\{letter}")
    return text
