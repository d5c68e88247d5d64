"""The report as Markdown, and the few lines for a terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from biometrics.evaluation.tables import (
    Table,
    balance_table,
    changed_table,
    fixed_table,
    fmr_table,
    fold_table,
    listings,
    measures_table,
    openset_table,
    statements,
)


def markdown(result: dict[str, Any]) -> str:
    """The whole report.

    Args:
        result: What `evaluate` gives.
    """
    lines = [f"# Evaluation of {_escaped(result['folder'])}", ""]
    lines += [f"- {_escaped(text)}" for text in statements(result)]
    lines += [
        "",
        "## Data",
        "",
        *_table(measures_table(result)),
        "",
        *_table(balance_table(result)),
    ]
    for title, count, shown in listings(result):
        lines += ["", f"### {title}: {count}", ""]
        lines += [f"- {_escaped(entry)}" for entry in shown]
        if count > len(shown):
            lines.append(f"- and {count - len(shown)} more")
    verification = result.get("verification")
    if verification is not None:
        lines += ["", "## Verification", ""]
        if "skipped" in verification:
            lines.append(_escaped(verification["skipped"]))
        else:
            lines += [*_table(fold_table(verification)), "", *_table(fmr_table(verification))]
            if verification.get("changed"):
                lines += ["", *_table(changed_table(verification))]
    openset = result.get("openset")
    if openset is not None:
        lines += ["", "## Identification", ""]
        if "skipped" in openset:
            lines.append(_escaped(openset["skipped"]))
        else:
            lines += [*_table(openset_table(openset)), "", *_table(fixed_table(openset))]
    return "\n".join(lines) + "\n"


def summary(result: dict[str, Any]) -> str:
    """What a person at a terminal wants to know first."""
    return "\n".join(statements(result)) + "\n"


def _table(table: Table) -> list[str]:
    rows = [_row(table.head), _row("---" for _ in table.head)]
    return [f"**{table.title}**", "", *rows, *(_row(row) for row in table.rows)]


def _row(cells: Iterable[str] | Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Names of files and people must not become tables, links or HTML."""
    for letter in "\\|<>[]`*":
        text = text.replace(letter, f"\\{letter}")
    return text
