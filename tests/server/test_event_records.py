"""What is kept of a request, and when two of them are the same event."""

from dataclasses import replace

import numpy as np
import pytest

from biometrics.identify import Candidate, Identified, NotIdentified
from protocol.copies import Offline
from protocol.messages import Identify
from server.event_records import (
    Caller,
    content_of_probe,
    grounds_of,
    record_of_decision,
    record_of_report,
)
from tests.server.wire import ENCODER, face, identify, report

GATE = Caller("gate-1", "Gate 1", ENCODER)
ANN = Candidate("0" * 32, "Ann", 0.2)
FOUND = Identified(nearest=ANN, runner_up=None, threshold=0.3, reason="Near.", crowding=0.0123456)


def content(request: Identify, caller: Caller = GATE) -> str:
    """The hash of a request."""
    return content_of_probe(request, np.array(request.encoding, dtype="<f8").tobytes(), caller)


def test_the_same_probe_is_the_same_event_however_late() -> None:
    """A checkpoint that sends it again says that it is late, and took longer."""
    first = identify(face(0))
    again = replace(first, late=True, elapsed_ms=90_000, id="another")
    assert content(first) == content(again)


def test_anything_else_is_another_event() -> None:
    """One number by one bit, its place, another checkpoint, time, or number of frames."""
    first = identify(face(0))
    numbers = first.encoding
    others = [
        replace(first, encoding=(float(np.nextafter(numbers[0], 2)), *numbers[1:])),
        replace(first, encoding=(numbers[1], numbers[0], *numbers[2:])),
        replace(first, captured_at_ms=first.captured_at_ms + 1),
        replace(first, frames=first.frames + 1),
        replace(first, quality={"yaw": 1.0}),
        replace(first, automatic=not first.automatic),
    ]
    hashes = {content(first), *map(content, others)}
    hashes.add(content(first, replace(GATE, checkpoint_id="gate-2")))
    assert len(hashes) == len(others) + 2


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("objection", ["", "A picture was held up."])
def test_a_decision_is_kept_with_what_speaks_against_it(objection: str, *, late: bool) -> None:
    """Nobody is named against an objection; who was told "unreachable" was told so."""
    request = replace(identify(face(0)), late=late)
    record = record_of_decision(
        request,
        GATE,
        FOUND,
        content="c",
        objection=objection,
        grounds=grounds_of(FOUND, None),
        now_ms=5,
        own_ms=7,
    )
    expected = "spoof_suspected" if objection else "identified"
    assert record.outcome == ("server_unreachable" if late else expected)
    assert record.display_name == (None if objection else "Ann")
    assert (record.nearest_name, record.nearest_distance) == ("Ann", 0.2)
    assert record.reason.endswith("Near.")
    assert objection in record.reason
    assert (record.recorded_at_ms, record.latency_ms) == (5, request.elapsed_ms + 7)
    assert record.grounds == {"crowding": 0.01235, "lowered": 0.0}


@pytest.mark.parametrize(
    ("outcome", "subject_id", "agrees"),
    [
        ("identified", ANN.subject_id, True),
        ("identified", "1" * 32, False),
        ("not_enrolled", None, False),
        ("spoof_suspected", None, False),
    ],
)
def test_what_a_checkpoint_decided_alone_is_kept_beside_what_is_found_now(
    outcome: str, subject_id: str | None, agrees: bool
) -> None:
    """Both stand in the history; where they differ it says so, without a name."""
    said = Offline(outcome=outcome, subject_id=subject_id, copy_version=4)
    request = replace(identify(face(0)), late=True, offline=said)
    record = record_of_decision(
        request,
        GATE,
        FOUND,
        content="c",
        objection="",
        grounds=grounds_of(FOUND, None),
        now_ms=5,
        own_ms=7,
        offline_name="Bob",
    )
    assert (record.decided_by, record.offline_outcome) == ("checkpoint", outcome)
    assert (record.offline_subject_id, record.offline_name) == (subject_id, "Bob")
    assert (record.outcome, record.display_name, record.late) == ("identified", "Ann", True)
    assert record.reason.startswith("The checkpoint decided without the server: ")
    assert ("The server finds otherwise." in record.reason) != agrees
    assert record.reason.endswith("Near.")
    assert "Ann" not in record.reason
    assert content(request) == content(replace(request, offline=None))


def test_nobody_enrolled_rests_on_nothing() -> None:
    """Nothing was compared, so nothing lowered the limit."""
    nobody = NotIdentified(nearest=None, runner_up=None, threshold=0.3, reason="Nobody.")
    assert grounds_of(nobody, None) == {}


def test_a_report_is_the_same_only_with_the_same_flaws() -> None:
    """It is kept with its reason, and known again by all that it says."""
    first = record_of_report(report(), GATE, now_ms=5)
    assert first.reason
    again = record_of_report(report(), GATE, now_ms=6)
    other = record_of_report(replace(report(), flaws=("blurred",)), GATE, now_ms=5)
    assert first.content_hash == again.content_hash
    assert first.content_hash != other.content_hash
