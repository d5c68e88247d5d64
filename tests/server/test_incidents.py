"""Refusals in the audit log: the first ones whole, the rest as their number; R2 is an alarm."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from protocol.errors import Code
from server.events import Fault
from server.incidents import MOST, ONE_BY_ONE, PERIOD_S, Incidents
from server.misses import PER_CHECKPOINT
from tests.server.wire import Peer, Served, face, identify, new_id, served

CONFLICT = "event id with other content refused"


class Desk:
    """Takes records and alarms; its clock goes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.records: list[tuple[str, dict[str, str], bool]] = []
        self.alarms: list[str] = []
        self.incidents = Incidents(
            self.take, lambda told, _at: self.alarms.append(told), clock=lambda: self.now_s
        )

    def take(self, fact: str, details: Mapping[str, str], *, refused: bool) -> None:
        """As the books do."""
        self.records.append((fact, dict(details), refused))

    def flood(self, count: int, *, code: Code = Code.IDEMPOTENCY_CONFLICT, who: str = "g") -> None:
        """So many refusals of one kind."""
        for number in range(count):
            self.incidents.note(code, "identify", who, f"event {number}")


def test_r2_the_first_ones_are_recorded_and_the_rest_counted() -> None:
    """R2: a flood of a thousand is a few records, and one alarm in ten minutes."""
    desk = Desk()
    desk.flood(1000)
    assert len(desk.records) == ONE_BY_ONE
    first = {"checkpoint": "g", "kind": "identify", "event": "event 0"}
    assert desk.records[0] == (CONFLICT, first, True)
    desk.now_s = PERIOD_S - 1
    desk.incidents.tidy()
    assert len(desk.records) == ONE_BY_ONE
    desk.now_s = PERIOD_S
    desk.incidents.tidy()
    assert desk.records[ONE_BY_ONE:] == [(CONFLICT, {"checkpoint": "g", "more": "997"}, True)]
    assert len(desk.alarms) == 1
    desk.flood(1)
    assert len(desk.alarms) == 2, "told again after ten minutes"


def test_r2_r3_r6_each_checkpoint_and_kind_has_its_own_count() -> None:
    """One that floods hides nothing of another; replays and tries raise no alarm here."""
    desk = Desk()
    for code in (Code.IDEMPOTENCY_CONFLICT, Code.REPLAY_SUSPECTED, Code.TOO_MANY_TRIES):
        for who in ("a", "b"):
            desk.flood(50, code=code, who=who)
    assert len(desk.records) == 6 * ONE_BY_ONE
    assert [alarm.split()[1] for alarm in desk.alarms] == ["a", "b"]
    desk.incidents.tidy(now=True)
    rest = [details for _, details, _ in desk.records if "more" in details]
    assert [found["more"] for found in rest] == ["47"] * 6
    desk.incidents.tidy(now=True)
    assert len(desk.records) == 6 * ONE_BY_ONE + 6, "each counted once"


def test_passwords_typed_too_soon_alarm_from_the_third_on() -> None:
    """Each of the first is recorded; who mistypes twice alarms nobody, and a flood once."""
    desk = Desk()
    desk.flood(2, code=Code.SIGN_IN_LATER, who="lobby")
    assert len(desk.records) == 2
    assert not desk.alarms
    desk.flood(50, code=Code.SIGN_IN_LATER, who="lobby")
    (alarm,) = desk.alarms
    assert "at checkpoint lobby again and again" in alarm
    assert len(desk.records) == ONE_BY_ONE


def test_what_is_nobodys_incident_is_not_recorded() -> None:
    """A limit of pace or a bad message happens to the honest."""
    desk = Desk()
    desk.flood(10, code=Code.RATE_LIMITED)
    desk.flood(10, code=Code.IMPLAUSIBLE_ENCODING)
    desk.incidents.tidy(now=True)
    assert desk.records == []


def test_memory_is_bounded() -> None:
    """However many checkpoints there are."""
    desk = Desk()
    for number in range(MOST + 10):
        desk.flood(1, who=str(number))
    assert len(desk.records) == MOST
    desk.now_s = PERIOD_S
    desk.flood(1, who="late")
    assert len(desk.records) == MOST + 1


def _audited(running: Served, action: str) -> list[tuple[str, Mapping[str, str | int | bool]]]:
    assert running.grid.books is not None
    found = running.grid.books.audit.verify()
    assert found.whole
    assert all(one.outcome == "refused" for one in found.entries if one.action == action)
    return [(one.target, one.details) for one in found.entries if one.action == action]


def _again(gate: Peer, event_id: str) -> None:
    assert gate.ask(identify(face(2), event_id=event_id)).code == "idempotency_conflict"


def test_r2_other_content_stands_in_the_audit_log_and_alarms(tmp_path: Path) -> None:
    """R2: through the socket, with the event's id, and a fault that the window shows."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        event_id = new_id()
        gate.ask(identify(face(1), event_id=event_id))
        for _ in range(ONE_BY_ONE + 4):
            _again(gate, event_id)
        records = _audited(running, CONFLICT)
        assert records == [("gate-1", {"kind": "identify", "event": event_id})] * ONE_BY_ONE
        faults = [fault.sentence for fault in running.posted(Fault)]
        assert len(faults) == 1
        assert "gate-1" in faults[0]


def test_r2_r3_the_rest_is_counted_at_the_end(tmp_path: Path) -> None:
    """R3: replays are recorded; what was only counted is written down when the server ends."""
    running = Served(tmp_path).start()
    try:
        with running.checkpoint() as gate:
            first = identify(face(1))
            gate.ask(first)
            for _ in range(ONE_BY_ONE + 2):
                again = replace(first, id=new_id(), event_id=new_id())
                assert gate.ask(again).code == "replay_suspected"
            records = _audited(running, "replay suspected")
            assert [target for target, _ in records] == ["gate-1"] * ONE_BY_ONE
            assert records[-1][1]["event"] != first.event_id
    finally:
        running.close()
    assert _audited(running, "replay suspected")[-1] == ("gate-1", {"more": "2"})


def test_r6_too_many_tries_stand_in_the_audit_log(tmp_path: Path) -> None:
    """R6: with the checkpoint and the event, no number of a face."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        for _ in range(PER_CHECKPOINT):
            gate.ask(identify(face(5)))
        refused = identify(face(5))
        assert gate.ask(refused).code == "too_many_tries"
        records = _audited(running, "too many tries near one face")
        assert records == [("gate-1", {"kind": "identify", "event": refused.event_id})]
