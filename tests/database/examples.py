"""Records for the tests of the event log."""

import uuid
from typing import Any

from database.records import EventRecord, hash_content

NOON_MS = 1_790_000_000_000


def event(**changes: Any) -> EventRecord:
    """An event of somebody identified, with a new id, changed as told."""
    values: dict[str, Any] = {
        "event_id": uuid.uuid4().hex,
        "captured_at_ms": NOON_MS - 40,
        "recorded_at_ms": NOON_MS,
        "checkpoint_id": "lobby-1",
        "checkpoint_name": "Lobby gate",
        "outcome": "identified",
        "subject_id": "a" * 32,
        "display_name": "Grace Hopper",
        "nearest_distance": 0.25,
        "nearest_subject_id": "a" * 32,
        "nearest_name": "Grace Hopper",
        "runner_up_distance": 0.75,
        "runner_up_subject_id": "b" * 32,
        "runner_up_name": "Eileen Collins",
        "threshold": 0.5,
        "margin": 0.5,
        "encoder": "dlib-v1",
        "quality": {"size_px": 120.0, "yaw": -0.5},
        "frames": 5,
        "latency_ms": 180,
        "reason": "The nearest is within the limit.",
        "grounds": {"target_per_1000": 3.0, "lowered": 0.01},
    } | changes
    values.setdefault("content_hash", hash_content({"id": values["event_id"]}))
    return EventRecord(**values)
