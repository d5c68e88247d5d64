"""Draws the checkpoint's and the enrolment's tables, for docs/checkpoint-states.md.

python -m client.diagram                                    prints them
python -m client.diagram --write docs/checkpoint-states.md  writes them
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from client.states import (
    CHECKPOINT_START,
    CHECKPOINT_TABLE,
    ENROLMENT_START,
    ENROLMENT_TABLE,
)

S = TypeVar("S", bound=str)
G = TypeVar("G", bound=str)


def drawing(table: Mapping[tuple[S, G], S], start: S) -> str:
    """A Mermaid diagram of a table; signals that change nothing are left out."""
    edges: dict[tuple[S, S], list[str]] = {}
    for (state, signal), target in table.items():
        if state != target:
            edges.setdefault((state, target), []).append(str(signal))
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {_key(start)}"]
    lines += [f"    {_key(state)} : {state!s}" for state in dict.fromkeys(key[0] for key in table)]
    lines += [
        f"    {_key(state)} --> {_key(target)} : {', '.join(signals)}"
        for (state, target), signals in edges.items()
    ]
    return "\n".join([*lines, "```"])


def page() -> str:
    """The whole document."""
    return "\n".join(
        [
            "# What a checkpoint is doing, and how far an enrolment is",
            "",
            "Made from the tables in `client/states.py` with",
            "`python -m client.diagram --write docs/checkpoint-states.md`; a test compares both.",
            "Signals that change nothing are left out.",
            "",
            "## The checkpoint",
            "",
            drawing(CHECKPOINT_TABLE, CHECKPOINT_START),
            "",
            "## An enrolment",
            "",
            drawing(ENROLMENT_TABLE, ENROLMENT_START),
            "",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Prints or writes the page."""
    parser = argparse.ArgumentParser(prog="python -m client.diagram", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    if options.write is None:
        sys.stdout.write(page())
    else:
        options.write.write_text(page(), encoding="utf-8")
    return 0


def _key(state: str) -> str:
    """A Mermaid identifier: no blanks."""
    return str(state).replace(" ", "_")


if __name__ == "__main__":
    sys.exit(main())
