"""Records refuse what could not be stored."""

import math
import sys
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from database import records
from database.errors import RecordInvalid
from database.records import CheckpointRecord, folded, hash_content
from tests.database.examples import event


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": "short"},
        {"event_id": "A" * 32},
        {"event_id": 5},
        {"outcome": "unknown"},
        {"captured_at_ms": 2**63},
        {"frames": -(2**63) - 1},
        {"nearest_distance": math.nan},
        {"threshold": math.inf},
        {"display_name": "half \ud800 a character"},
        {"reason": "x" * 2_001},
        {"quality": {"size_px": math.nan}},
        {"quality": {"size_px": "wide"}},
        {"quality": None},
        {"grounds": {"lowered": math.inf}},
        {"grounds": None},
        {"quality": {str(i): 1.0 for i in range(1_000)}},
        {"flaws": ("\udfff",)},
        {"offline_outcome": "unknown"},
    ],
)
def test_b13_b15_what_sqlite_cannot_bind_is_refused_at_once(changes: dict[str, Any]) -> None:
    """A record that would fail at the bind never reaches the writer and its group."""
    with pytest.raises(RecordInvalid):
        event(**changes)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("captured_at_ms", (2**63 - 1, 2**63, -(2**63), -(2**63) - 1, True)),
        ("threshold", (sys.float_info.max, math.nan, -math.inf, None, 1, 2**63, np.float64(0.5))),
        ("display_name", ("Zoë", "x" * 2_000, "é" * 2_001, "\ud800", None, "\x00")),
        ("flaws", ((), ("a" * 101,), ("a",) * 7, ("\x00" * 100,) * 7, ("\ud800",))),
        (
            "grounds",
            ({"a" * 61: 1.0}, {"é": 1}, {"a": True}, {"a": 10**400}, {"a": None}, {1: 1.0}),
        ),
        (
            "quality",
            ({"\x00" * 60: 1.0}, dict.fromkeys(map(str, range(11)), 0.1), {}, {"\udfff": 1.0}),
        ),
        (
            "quality",
            (MappingProxyType({"a": 1.0}), {"a": math.nan, "b": 1.0}, {"b": 1.0, "a": math.nan}),
        ),
        ("outcome", ("identified", "unknown", None)),
        ("event_id", ("a" * 32, "a" * 32 + "\n", "é" * 32)),
    ],
)
def test_what_is_plain_at_once_would_be_found_plain_with_care(
    name: str, values: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quick look lets nothing through that the close one refuses, and refuses nothing."""

    def refused() -> list[str]:
        found = []
        for value in values:
            try:
                event(**{name: value})
                found.append("")
            except RecordInvalid as error:
                found.append(str(error))
        return found

    quickly = refused()
    monkeypatch.setattr(records, "_plain", lambda _record: False)
    assert quickly == refused()


def test_an_event_as_they_come_is_plain() -> None:
    """Else each would be looked at closely, which takes twice as long."""
    assert records._plain(event(display_name="Zoë"))


def test_a_checkpoint_is_checked_too() -> None:
    """Its name comes from outside as well."""
    with pytest.raises(RecordInvalid, match="name"):
        CheckpointRecord(checkpoint_id="a", name="\ud800", first_seen_ms=0, last_seen_ms=0)


def test_f11_the_skew_of_a_checkpoints_clock_is_known() -> None:
    """A clock a day behind shows as a day."""
    day_ms = 24 * 3600 * 1000
    behind = event(captured_at_ms=0, recorded_at_ms=day_ms + 180, latency_ms=180)
    assert (behind.skew_ms, behind.clocks_apart) == (day_ms, True)


def test_the_hash_of_content_does_not_depend_on_the_order_of_keys() -> None:
    """The same content gives the same hash, other content another one."""
    assert hash_content({"a": 1, "b": [2.5]}) == hash_content({"b": [2.5], "a": 1})
    assert hash_content({"a": 1}) != hash_content({"a": 1.5})


@pytest.mark.parametrize("content", [{"a": math.nan}, {"a": object()}, {"a": {1: {2}}}])
def test_content_that_is_no_json_has_no_hash(content: dict[str, object]) -> None:
    """Neither NaN nor objects of Python."""
    with pytest.raises(RecordInvalid):
        hash_content(content)


@pytest.mark.parametrize(("text", "same"), [("José", "jose"), ("STRASSE", "straße"), ("Å", "a")])
def test_search_ignores_case_and_accents(text: str, same: str) -> None:
    """Names are found however they are typed."""
    assert folded(text) == folded(same)
