"""Tests of what is printed without a window."""

import io
import json

import pytest

from client.enrolment_events import EnrolAnswered, EnrolSampleRefused
from client.events import (
    CameraState,
    CameraStatus,
    ClientEvent,
    Fault,
    LinkState,
    LinkStatus,
    NoProbe,
    NoProbeKind,
    Outcome,
    ProbeSent,
    VerdictArrived,
    VisionPace,
    VisionState,
    VisionStatus,
)
from client.lines import Lines, fields_of


def test_a_verdict_is_one_line_with_everything_the_summary_needs() -> None:
    """Names with umlauts as they are, line breaks escaped."""
    verdict = VerdictArrived(
        "a" * 32, Outcome.IDENTIFIED, "Jörg\nX", 5, 123.456, automatic=True, label="Jörg"
    )
    found = fields_of(verdict)
    assert found is not None
    stream = io.StringIO()
    Lines(stream).write(found[0], **found[1])
    (line,) = stream.getvalue().splitlines()
    assert "Jörg" in line
    read = json.loads(line)
    assert read["event"] == "verdict"
    assert read["latency_ms"] == 123.5
    assert (read["outcome"], read["display_name"], read["label"]) == (
        "identified",
        "Jörg\nX",
        "Jörg",
    )
    assert read["automatic"] is True
    assert read["captured_at_ms"] == 5


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (NoProbe("", NoProbeKind.NO_FACE, "No face."), "no_probe"),
        (EnrolAnswered(ok=True, code="", message="."), "enrolled"),
        (EnrolAnswered(ok=False, code="x", message="."), "not_enrolled"),
        (EnrolSampleRefused("Too dark."), "sample_refused"),
        (CameraStatus(CameraState.OK), "camera"),
        (VisionStatus(VisionState.READY), "vision"),
        (LinkStatus(LinkState.CONNECTED), "link"),
        (VisionPace(engine="dlib", note="It is slower."), "engine"),
        (Fault("link", "It failed."), "fault"),
    ],
)
def test_every_kind_has_its_line(event: ClientEvent, kind: str) -> None:
    """And the fields are JSON."""
    found = fields_of(event)
    assert found is not None
    assert found[0] == kind
    json.dumps(found[1])


def test_what_is_for_the_eye_only_is_not_printed() -> None:
    """Thirty reports a second."""
    assert fields_of(ProbeSent("a" * 32, 0, automatic=True)) is None


def test_a_reader_that_went_away_is_no_reason_to_stop() -> None:
    """A closed pipe, and a closed stream."""

    class Broken(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    Lines(Broken()).write("ready")
    closed = io.StringIO()
    closed.close()
    Lines(closed).write("ready")
