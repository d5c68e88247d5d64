"""Prints the parts of docs/protocol.md that are made from the code: states, messages, errors.

python -m protocol.diagram                         prints them all
python -m protocol.diagram --write docs/protocol.md    puts them between their marks
"""

import argparse
import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TypeVar

from protocol import (
    deadline,
    errors,
    framing,
    kinds,
    liveness,
    messages,
    session,
    strict_json,
    text,
)
from protocol.states import CLIENT_TABLE, SERVER_TABLE
from protocol.wire import Wire, field_kinds

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


def state_diagram(table: Mapping[S, Mapping[E, S]]) -> str:
    """Draws a table as a Mermaid diagram, first state first."""
    states = list(table)
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {states[0].name}"]
    for state, steps in table.items():
        for event, target in steps.items():
            if state is not target or event.name != "TRANSPORT_ENDED":
                lines.append(f"    {state.name} --> {target.name}: {event.value}")
    return "\n".join([*lines, f"    {states[-1].name} --> [*]", "```"])


def state_table(table: Mapping[S, Mapping[E, S]]) -> str:
    """Writes a table in Markdown: a row an event, a column a state, empty where it is illegal."""
    states = list(table)
    events = list(type(next(iter(table[states[0]]))))
    rows = [
        "| event | " + " | ".join(state.value for state in states) + " |",
        "|---" * (len(states) + 1) + "|",
    ]
    for event in events:
        cells = [table[state][event].value if event in table[state] else "" for state in states]
        rows.append(f"| {event.value} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def message_tables() -> str:
    """Writes every message with its fields, kinds and limits."""
    parts = []
    for kind in messages.KINDS.values():
        parts.append(f"### `{kind.kind}` {_direction(kind)}\n\n{_summary(kind)}\n")
        parts.append(_field_table(kind))
        if kind is messages.Enrol:
            parts.append("\nA sample of `samples`:\n")
            parts.append(_field_table(messages.EnrolSample))
        if kind is messages.Identify:
            parts.append("\n`liveness`, here and in `enrol`:\n")
            parts.append(_field_table(liveness.Liveness))
        parts.append("")
    return "\n".join(parts).rstrip()


def error_table() -> str:
    """Writes every code with whether it may be tried again and what the operator sees."""
    rows = ["| code | try again | the operator sees |", "|---|---|---|"]
    for code, rule in errors.RULES.items():
        rows.append(f"| `{code}` | {'yes' if rule.retryable else 'no'} | {rule.sentence} |")
    return "\n".join(rows)


def _range(low: float, high: float) -> str:
    return f"{low:g} to {high:g}"


def limit_table() -> str:
    """Writes the limits with the values the code has."""
    dlib = kinds.DLIB_SHAPE
    limits = {
        "frame before the welcome": f"{framing.MAX_UNTRUSTED} bytes",
        "frame after it": f"{framing.MAX_TRUSTED} bytes",
        "frame of an enrolment with a picture": f"{framing.MAX_PICTURES} bytes",
        "more for an enrolment with 512 numbers": f"{framing.MORE_FOR_WIDE} bytes",
        "picture": f"{kinds.MAX_PICTURE_BYTES} bytes of JPEG",
        "nesting of JSON": f"{strict_json.MAX_DEPTH} levels",
        "digits of an integer": f"{strict_json.MAX_INTEGER_DIGITS}",
        "numbers of an encoding": "dlib's 128; another network's 128 or 512",
        "norm of an encoding": f"dlib's {_range(dlib.shortest, dlib.longest)}; "
        f"another network's {_range(*kinds.UNIT_NORMS)}",
        "characters of a name": f"{text.MAX_NAME}",
        "samples of an enrolment": f"{messages.MAX_SAMPLES}",
        "requests open at once": f"{session.MAX_OPEN}",
        "hello accepted": f"{deadline.HELLO_DEADLINE_S:g} s",
        "whole frame": f"{deadline.FRAME_DEADLINE_S:g} s",
        "reply": f"{deadline.REPLY_DEADLINE_S:g} s",
        "silence": f"{deadline.HEARTBEATS_MISSED} heartbeat periods",
    }
    return "\n".join(
        ["| limit | value |", "|---|---|", *(f"| {name} | {v} |" for name, v in limits.items())]
    )


def sections() -> dict[str, str]:
    """Gives every part by the name of its mark."""
    return {
        "server-session": state_diagram(SERVER_TABLE) + "\n\n" + state_table(SERVER_TABLE),
        "client-session": state_diagram(CLIENT_TABLE) + "\n\n" + state_table(CLIENT_TABLE),
        "messages": message_tables(),
        "errors": error_table(),
        "limits": limit_table(),
    }


def inserted(document: str) -> str:
    """Gives the document with every part between its marks as the code has it now.

    Raises:
        ValueError: A mark is missing.
    """
    for name, part in sections().items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if pattern.search(document) is None:
            raise ValueError(f"the document has no marks for {name!r}")
        document = pattern.sub(f"{begin}\n{part}\n{end}".replace("\\", r"\\"), document)
    return document


def main(arguments: list[str] | None = None) -> None:
    """Prints the parts, or writes them into the document given."""
    parser = argparse.ArgumentParser(prog="python -m protocol.diagram", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="document to bring up to date")
    target: Path | None = parser.parse_args(arguments).write
    if target is None:
        print("\n\n".join(sections().values()))
    else:
        target.write_text(inserted(target.read_text(encoding="utf-8")), encoding="utf-8")


def _direction(kind: type[messages.Message]) -> str:
    forth, back = kind in messages.FROM_CHECKPOINT, kind in messages.FROM_SERVER
    if forth and back:
        return "checkpoint <--> server"
    return "checkpoint --> server" if forth else "checkpoint <-- server"


def _summary(kind: type[messages.Message]) -> str:
    summary = (kind.__doc__ or "").strip().splitlines()[0]
    for request, reply in messages.ANSWERS.items():
        if kind is request:
            return f"{summary} Answered by `{reply.kind}` or `error`."
    return summary


def _field_table(kind: type[Wire]) -> str:
    rows = ["| field | type and limits |", "|---|---|"]
    rows += [f"| `{name}` | {field.describe()} |" for name, field in field_kinds(kind).items()]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
