"""Events as messages, and verdicts as events."""

import time
from dataclasses import replace

from client.event_messages import Asked, agrees, arrived, request_of
from client.outbox import KeptEvent
from protocol.copies import Offline
from protocol.messages import Identify, Report, Verdict
from tests.client.test_errands import probe

SAID = Offline(outcome="identified", subject_id="ab" * 16, copy_version=3)


def verdict(outcome: str, subject_id: str | None) -> Verdict:
    """The server's word."""
    return Verdict(
        re="r1",
        event_id=probe(1).event_id,
        outcome=outcome,
        subject_id=subject_id,
        display_name=None if subject_id is None else "Ada",
        server_time_ms=1,
    )


def test_an_event_of_an_earlier_run_is_late() -> None:
    """Nobody is left to whom a verdict could be told."""
    fresh = request_of(probe(1), Asked(time.monotonic(), time.monotonic()), "r1")
    told = request_of(probe(1), Asked(0.0, 0.0, told=True), "r1")
    earlier = request_of(probe(1), None, "r1")
    assert [each.late for each in (fresh, told, earlier) if isinstance(each, Identify)] == [
        False,
        True,
        True,
    ]


def test_what_was_decided_here_goes_along() -> None:
    """And a report is a report."""
    request = request_of(replace(probe(1), offline=SAID), None, "r1")
    assert isinstance(request, Identify)
    assert request.offline == SAID
    report = KeptEvent("0" * 32, 0, automatic=True, report="no_face", flaws=("none",))
    assert isinstance(request_of(report, None, "r2"), Report)


def test_a_server_that_found_the_same_says_nothing_new() -> None:
    """The same outcome and the same person; anything else is told."""
    assert agrees(verdict("identified", "ab" * 16), SAID)
    assert not agrees(verdict("identified", "cd" * 16), SAID)
    assert not agrees(verdict("not_enrolled", None), SAID)
    assert not agrees(verdict("not_enrolled", None), None)
    assert agrees(verdict("server_unreachable", None), SAID), (
        "one of many, of which it tells no more"
    )
    assert not agrees(verdict("server_unreachable", None), None)
    event = arrived(
        replace(probe(1), offline=SAID), Asked(0.0, 0.0, told=True), verdict("ambiguous", None)
    )
    assert (event.alone, event.late) == (True, True)
