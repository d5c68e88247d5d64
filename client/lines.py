"""What a checkpoint without a window prints: JSON objects, one a line, and nothing else."""

import contextlib
import json
import time
from typing import TextIO

from client.enrolment_events import EnrolAnswered, EnrolSampleRefused, EnrolSampleTaken
from client.events import (
    CameraStatus,
    ClientEvent,
    Fault,
    LinkStatus,
    NoProbe,
    VerdictArrived,
    VisionPace,
    VisionStatus,
)
from client.liveness_events import ChallengeAsked, ChallengeEnded
from client.liveness_wording import asked


class Lines:
    """Writes lines; a reader that went away is no reason to stop identifying.

    Args:
        stream: Where to, usually standard output.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, event: str, **fields: object) -> None:
        """Writes one line.

        Args:
            event: Its kind.
            **fields: What belongs to it.
        """
        line = {"event": event, "time_ms": time.time_ns() // 1_000_000, **fields}
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._stream.flush()


def fields_of(event: ClientEvent) -> tuple[str, dict[str, object]] | None:
    """The line of an event: its kind and fields, None for those that are for the eye only."""
    match event:
        case VerdictArrived():
            return "verdict", {
                "event_id": event.event_id,
                "outcome": event.outcome.value,
                "display_name": event.display_name,
                "latency_ms": round(event.latency_ms, 1),
                "captured_at_ms": event.captured_at_ms,
                "label": event.label,
                "automatic": event.automatic,
                "late": event.late,
                "alone": event.alone,
                "reason": event.reason,
            }
        case NoProbe():
            return "no_probe", {
                "event_id": event.event_id,
                "kind": event.kind.value,
                "sentence": event.sentence,
                "flaws": list(event.flaws),
                "captured_at_ms": event.captured_at_ms,
                "label": event.label,
                "automatic": event.automatic,
            }
        case EnrolAnswered():
            return "enrolled" if event.ok else "not_enrolled", {
                "ok": event.ok,
                "code": event.code,
                "message": event.message,
                "display_name": event.display_name,
                "subject_id": event.subject_id,
                "samples": event.samples,
            }
        case ChallengeAsked():
            return "challenge", {
                "event_id": event.event_id,
                "asked": "look_straight" if event.action is None else event.action.value,
                "sentence": asked(event.action),
                "done": event.done,
                "of": event.total,
                "left_s": round(event.left_s, 1),
            }
        case ChallengeEnded():
            return "challenge_ended", {
                "event_id": event.event_id,
                "passed": event.passed,
                "reason": event.reason,
            }
        case EnrolSampleTaken():
            return "sample", {"index": event.index, "pose": event.pose.value}
        case EnrolSampleRefused():
            return "sample_refused", {"reason": event.reason}
        case _:
            return _status(event)


def _status(event: ClientEvent) -> tuple[str, dict[str, object]] | None:
    match event:
        case CameraStatus():
            return "camera", {
                "state": event.state.value,
                "sentence": event.sentence,
                "source": event.source,
                "fps": event.fps,
            }
        case VisionStatus():
            return "vision", {"state": event.state.value, "sentence": event.sentence}
        case LinkStatus():
            return "link", {
                "state": event.state.value,
                "sentence": event.sentence,
                "server": event.server_name,
                "address": event.address,
                "kept": event.kept,
                "refused": event.refused,
                "clock_ahead_min": event.clock_ahead_min,
            }
        case VisionPace():
            return "engine", {"engine": event.engine, "note": event.note}
        case Fault():
            return "fault", {"thread": event.thread, "sentence": event.sentence}
        case _:
            return None
