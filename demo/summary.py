"""The demo's sum: what the programs said, checked against what the database holds."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from database.cipher import Cipher
from database.reader import EventReader
from database.records import EventRecord
from demo.programs import SERVER, Line, Said


class Tally:
    """Everything the programs said that belongs to the sum."""

    def __init__(self) -> None:
        self.verdicts: list[Line] = []
        self.stored: list[Line] = []
        self.enrolled: list[str] = []

    def note(self, said: Said) -> None:
        """Takes one line: a checkpoint's verdict, or the server's stored event."""
        kind = said.line.get("event")
        if said.program == SERVER and kind == "event_stored":
            self.stored.append(said.line)
        elif said.program != SERVER and kind == "verdict":
            self.verdicts.append(said.line)


def sum_of(tally: Tally, database: Path, rows: Sequence[EventRecord]) -> dict[str, object]:
    """The summary, in the order it is printed; the server says no names, the rows have them."""
    named = Counter(str(row.display_name) for row in rows if row.outcome == "identified")
    latencies = [float(str(line["latency_ms"])) for line in tally.verdicts if _searched(line)]
    return {
        "events": len(tally.stored),
        "identified": dict(sorted(named.items())),
        "not_enrolled": sum(line["outcome"] == "not_enrolled" for line in tally.stored),
        "enrolled": list(tally.enrolled),
        "false_names": sum(_is_false(line) for line in tally.verdicts),
        "database": str(database),
        "latency_ms": {"p50": percentile(latencies, 0.50), "p95": percentile(latencies, 0.95)},
    }


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that this share of them keeps within (nearest rank); None without any."""
    if not values:
        return None
    rank = max(1, -int(-share * len(values) // 1))
    return round(sorted(values)[rank - 1], 1)


def newest_sequence(database: Path) -> int:
    """The number of the last event stored so far, 0 without a database."""
    if not database.exists():
        return 0
    reader = EventReader(database, None)
    try:
        rows = reader.query(limit=1).rows
    finally:
        reader.close()
    return rows[0].sequence or 0 if rows else 0


def rows_after(database: Path, sequence: int, cipher: Cipher) -> list[EventRecord]:
    """All rows stored after that number, oldest first."""
    reader = EventReader(database, cipher)
    found: list[EventRecord] = []
    try:
        while page := reader.after(sequence):
            found += page
            sequence = page[-1].sequence or sequence
    finally:
        reader.close()
    return found


def disagreements(tally: Tally, rows: Sequence[EventRecord]) -> list[str]:
    """One sentence for each event on which programs and database do not agree."""
    said = {str(line["event_id"]): (line["outcome"], line["subject"]) for line in tally.stored}
    held = {row.event_id: (row.outcome, row.subject_id) for row in rows}
    names = {row.event_id: (row.outcome, row.display_name) for row in rows}
    complaints = [
        f"event {event_id}: the server said {said.get(event_id)}, the database holds "
        f"{held.get(event_id)}"
        for event_id in sorted(said.keys() | held.keys())
        if said.get(event_id) != held.get(event_id)
    ]
    if len(said) != len(tally.stored):
        complaints.append("the server said it stored an event that it had stored before")
    for line in tally.verdicts:
        told = (line["outcome"], line["display_name"])
        if _searched(line) and names.get(str(line["event_id"])) != told:
            complaints.append(
                f"event {line['event_id']}: a checkpoint was told {told}, the database holds "
                f"{names.get(str(line['event_id']))}"
            )
    return complaints


def _searched(line: Line) -> bool:
    """Whether the server answered this verdict while the person stood there."""
    return not line.get("late") and line["outcome"] != "server_unreachable"


def _is_false(line: Line) -> bool:
    """Whether somebody was called by a name that is not that of the person in the picture."""
    name = line["display_name"]
    return name is not None and name != line["label"]
