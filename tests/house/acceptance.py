"""What must happen with bad input, attacks, faults and load, and which tests show it.

`python -m tests.house.acceptance` writes docs/acceptance.md: the cases in words from here, the
tests from their names, in which the case's id stands.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.house.rules import ROOT, project_files

DOCUMENT = ROOT / "docs" / "acceptance.md"
_SHOWN = 4
_ID = re.compile(r"(?<=_)([bpnrfd])(\d{1,2})(?=_)")
_RANGE = re.compile(r"_b(\d{1,2})_to_b(\d{1,2})_")

CASES: Mapping[str, Mapping[str, str]] = {
    "Bad input": {
        "B1": "A frame of length 0 is refused and the connection ends.",
        "B2": "A frame of 4 GiB is refused before any memory is taken.",
        "B3": "A frame that stops in the middle meets a deadline, and its thread is freed.",
        "B4": "One byte a second meets the deadline of the whole frame.",
        "B5": "HTTP, TLS or noise on the port is one line in the log now and then.",
        "B6": "NaN and infinities are refused, `1e999` too.",
        "B7": "A hundred thousand brackets are refused as JSON that cannot be read.",
        "B8": "An integer of thousands of digits is not read.",
        "B9": "Keys that come twice are refused.",
        "B10": "A wrong type is refused by the field's name; a truth value is no number.",
        "B11": "Any other count of numbers than an encoding has is refused.",
        "B12": "Numbers of a length that no face's encoding has are refused.",
        "B13": "Half a surrogate pair is refused.",
        "B14": "Other encodings of text and byte order marks are refused.",
        "B15": "Integers that a database cannot hold, and fractions as counts, are refused.",
        "B16": "Names that do not show as they are: bounded, refused, or shown literally.",
        "B17": "Names that mean something elsewhere stay text; files are opaque ids.",
        "B18": "Anything behind the one JSON value of a frame is refused.",
        "B19": "Every kind of JSON, good, bad and disputed, ends in a message or a clear error.",
        "B20": "Messages in a random order, valid and not, break no invariant.",
        "B21": "A frame cut anywhere has the same answer, or a clean end.",
        "B22": "Pictures that are damaged, huge, odd or none: a sentence; the others go in.",
    },
    "Pickles": {
        "P1": "A pickle that would run something runs nothing, is set aside and named.",
        "P2": "A small file that asks for gigabytes is refused quickly and gets no memory.",
        "P3": "Deep, endless and enormous values meet a limit.",
        "P4": "Truncated, empty, linked, piped or huge files are skipped; the others load.",
        "P5": "Mutated files never crash and raise nothing else than what is foreseen.",
    },
    "Network and identity": {
        "N1": "No TLS, an old one, another authority, another name, expired: a sentence each.",
        "N2": "What goes over the wire shows no name, no token and no number.",
        "N3": "A code that is closed, used, old or wrong is refused; five wrong ones close it.",
        "N4": "Somebody in the middle of a pairing learns nothing: the client stops first.",
        "N5": "Without a certificate the client says so, and the event stays queued.",
        "N6": "A checkpoint that is revoked is gone within two seconds and stays out.",
        "R1": "One event sent a hundred times at once is one row with identical answers.",
        "R2": "The same id with other content is a conflict and an alarm.",
        "R3": "The same numbers under a new id are suspected to be a replay.",
        "R4": "Numbers made of templates, of noise or of the middle of all are nobody.",
        "R5": "No reply holds a distance, a rank, or a time that could be climbed.",
        "R6": "Feeling the way to a template is held up before 50 failures and finds nothing.",
    },
    "Faults": {
        "F1": "The server is killed under load: nothing acknowledged is lost or doubled.",
        "F2": "It is killed at each stage of an event: the event is stored once.",
        "F3": "The checkpoint is killed at each stage: nothing enqueued is lost.",
        "F4": "Partition, reset, slices, latency, cuts: the queue drains in order.",
        "F5": "The server's disk is full: nothing is acknowledged; it goes on by itself.",
        "F6": "The outbox is full: nothing is accepted, visibly, and nothing dropped.",
        "F7": "A read-only database is said, and nothing is claimed to be recorded.",
        "F8": "A damaged database is found at the start, kept, and a backup restored.",
        "F9": "Another process holds the lock: no answer, then it goes on.",
        "F10": "A half-open connection is dropped within three heartbeats; full jitter.",
        "F11": "Clocks that are off or jump: flagged, and the order is kept.",
        "F12": "Cameras that are lost, frozen, black or hang: told, no stale event, and back.",
        "F13": "An error in the writer fails closed and is mended.",
        "F14": "Hundreds of checkpoints reconnect together and are served soon.",
        "F15": "A crash while a file is written leaves the old one or the new.",
        "F16": "A second server on the same data is told who holds them.",
    },
    "Load": {
        "D1": "Two hundred silent peers keep no checkpoint out.",
        "D2": "A thousand connections from one address leave nothing behind.",
        "D3": "A thousand requests a second from one checkpoint are limited; nobody else waits.",
        "D4": "Twenty checkpoints, ten events a second, ten kills: none lost, none twice.",
        "D5": "Half an hour of work: memory and journal stay bounded.",
        "D6": "500 events a second do not stall the window.",
    },
}

WITHOUT: Mapping[str, str] = {}
"""Cases no test has, with the reason."""


def tests_by_case(root: Path, files: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """For each id the names of its tests with their files."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in files:
        if not (name.startswith("tests/") and name.endswith(".py")):
            continue
        for node in ast.walk(ast.parse((root / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for case in cases_of(node.name):
                    found[case].append((node.name, name))
    return found


def cases_of(name: str) -> set[str]:
    """The ids in a test's name, also those between `b6_to_b9`."""
    head = name.removeprefix("test")
    cases = {f"{letter.upper()}{number}" for letter, number in _ID.findall(head)}
    for low, high in _RANGE.findall(head):
        cases |= {f"B{number}" for number in range(int(low), int(high) + 1)}
    return cases


def document(found: Mapping[str, list[tuple[str, str]]]) -> str:
    """The text of docs/acceptance.md."""
    lines = [
        "# What must happen, and the tests that show it",
        "",
        "Made by `python -m tests.house.acceptance`. Each case has an id, which stands in the",
        "names of its tests: `python3 run.py test -k _r3_` runs those of R3. The long runs are",
        "measurements: `python3 run.py bench` lists them.",
    ]
    for title, cases in CASES.items():
        lines += ["", f"## {title}", "", "| id | what must happen | tests |", "|---|---|---|"]
        for case, words in cases.items():
            tests = found.get(case, [])
            shown = [f"`{name}` ({Path(file).name})" for name, file in tests[:_SHOWN]]
            if len(tests) > _SHOWN:
                shown.append(f"{len(tests) - _SHOWN} more")
            text = "; ".join(shown) or f"none: {WITHOUT.get(case, 'not built yet')}"
            lines.append(f"| {case} | {words} | {text} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(tests_by_case(ROOT, project_files(ROOT))), encoding="utf-8")
