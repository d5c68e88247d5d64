"""The sum counts what the programs said, and says so when the database holds something else."""

import uuid
from pathlib import Path

import pytest

from database.log import EventLog
from database.records import EventRecord, Outcome
from demo import summary
from demo.programs import Line, Said
from demo.summary import Tally
from tests.database.examples import CIPHER


def event_id(number: int) -> str:
    """An event id, the same for the same number."""
    return f"{number:032x}"


def subject(name: str | None) -> str | None:
    """The id of somebody of that name."""
    return None if name is None else uuid.uuid5(uuid.NAMESPACE_DNS, name).hex


def stored(number: int, outcome: str, name: str | None = None) -> Said:
    """What the server says after an event is stored."""
    line: Line = {"event": "event_stored", "event_id": event_id(number), "outcome": outcome}
    return Said("server", {**line, "subject": subject(name)})


def verdict(
    number: int, outcome: str, name: str | None = None, *, label: str | None = "Ann", **more: object
) -> Said:
    """What a checkpoint says of a verdict."""
    line: Line = {"event": "verdict", "event_id": event_id(number), "outcome": outcome,
                  "display_name": name, "label": label, "latency_ms": 100.0 + number}  # fmt: skip
    return Said("lobby-gate", {**line, **more})


def row(number: int, outcome: Outcome, name: str | None = None) -> EventRecord:
    """The database's row of an event."""
    return EventRecord(
        event_id=event_id(number),
        captured_at_ms=1_000 + number,
        recorded_at_ms=1_000 + number,
        checkpoint_id="lobby-gate",
        checkpoint_name="Lobby gate",
        outcome=outcome,
        content_hash=event_id(number) * 2,
        subject_id=subject(name),
        display_name=name,
    )


@pytest.fixture
def tally() -> Tally:
    """Two events identified, one not enrolled, one poor picture."""
    tally = Tally()
    for said in (
        stored(1, "identified", "Ann"),
        verdict(1, "identified", "Ann"),
        stored(2, "identified", "Ann"),
        verdict(2, "identified", "Ann", label="Bea"),
        stored(3, "not_enrolled"),
        verdict(3, "not_enrolled", label="Bea"),
        stored(4, "poor_quality"),
        Said("lobby-gate", {"event": "no_probe", "event_id": event_id(4)}),
        Said("server", {"event": "listening", "port": 1}),
    ):
        tally.note(said)
    return tally


ROWS = [
    row(1, "identified", "Ann"),
    row(2, "identified", "Ann"),
    row(3, "not_enrolled"),
    row(4, "poor_quality"),
]


def test_the_sum_is_what_was_asked_for(tally: Tally) -> None:
    """Every key, in its order, with the false name counted."""
    tally.enrolled.append("Bea")
    assert summary.sum_of(tally, Path("x.db"), ROWS) == {
        "events": 4,
        "identified": {"Ann": 2},
        "not_enrolled": 1,
        "enrolled": ["Bea"],
        "false_names": 1,
        "database": "x.db",
        "latency_ms": {"p50": 102.0, "p95": 103.0},
    }
    assert list(summary.sum_of(tally, Path("x.db"), ROWS)) == [
        "events", "identified", "not_enrolled", "enrolled", "false_names", "database", "latency_ms",
    ]  # fmt: skip


def test_a_name_nobody_stood_there_for_is_false() -> None:
    """An empty doorway has no name either."""
    tally = Tally()
    tally.note(verdict(1, "identified", "Ann", label=None))
    assert summary.sum_of(tally, Path("x.db"), [])["false_names"] == 1


def test_without_events_the_sum_is_zeros() -> None:
    """No latency is None, not 0."""
    found = summary.sum_of(Tally(), Path("x.db"), [])
    assert found["events"] == 0
    assert found["latency_ms"] == {"p50": None, "p95": None}


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50.0), (0.95, 95.0), (0.001, 1.0), (1.0, 100.0)]
)
def test_percentiles_are_of_the_nearest_rank(share: float, expected: float) -> None:
    """A value that was measured, not one in between."""
    assert summary.percentile([float(n) for n in range(100, 0, -1)], share) == expected


def test_agreement_has_no_complaint(tally: Tally) -> None:
    """The same events with the same outcomes and names."""
    assert summary.disagreements(tally, ROWS) == []


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (ROWS[1:], event_id(1)),
        ([*ROWS, row(5, "no_face")], event_id(5)),
        ([row(1, "not_enrolled"), *ROWS[1:]], event_id(1)),
        ([row(1, "identified", "Eve"), *ROWS[1:]], event_id(1)),
    ],
    ids=["lost", "never said", "other outcome", "other name"],
)
def test_a_difference_is_named(tally: Tally, rows: list[EventRecord], what: str) -> None:
    """Lost, extra, or other than said: the event's id is in the sentence."""
    complaints = summary.disagreements(tally, rows)
    assert complaints
    assert all(what in sentence for sentence in complaints)


def test_an_event_said_twice_is_named(tally: Tally) -> None:
    """Stored exactly once means said exactly once."""
    tally.note(stored(1, "identified", "Ann"))
    assert "before" in " ".join(summary.disagreements(tally, ROWS))


def test_what_was_not_answered_in_time_is_not_compared() -> None:
    """The checkpoint said "server unreachable"; what is stored afterwards is the server's."""
    tally = Tally()
    tally.note(verdict(1, "server_unreachable"))
    tally.note(verdict(2, "identified", "Ann", late=True))
    assert summary.disagreements(tally, []) == []
    assert summary.sum_of(tally, Path("x.db"), [])["latency_ms"] == {"p50": None, "p95": None}


def test_rows_of_earlier_performances_are_left_out(tmp_path: Path) -> None:
    """A kept folder holds older events: the sum is of this one."""
    database = tmp_path / "database" / "match_history.db"
    assert summary.newest_sequence(database) == 0
    with EventLog(database, CIPHER, backup_folder=tmp_path / "backups") as log:
        log.append(row(1, "identified", "Ann")).result(timeout=10)
        before = summary.newest_sequence(database)
        log.append(row(2, "not_enrolled")).result(timeout=10)
        log.append(row(3, "no_face")).result(timeout=10)
        found = summary.rows_after(database, before, CIPHER)
    assert [r.event_id for r in found] == [event_id(2), event_id(3)]
