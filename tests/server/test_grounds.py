"""Grounds: one line that says something, beside what somebody agreed to themselves."""

from pathlib import Path

import pytest

from server.events import PhotoRow
from server.grounds import (
    LONGEST,
    GroundMissing,
    ground_of,
    latest_consent,
    note_at_known,
    stated,
    stated_by,
)
from server.permissions import Actor, Role
from tests.server.galleries import CONSENT, people_service, sample


@pytest.mark.parametrize("text", ["", "  ", "ok", "x" * (LONGEST + 1)])
def test_what_is_no_ground(text: str) -> None:
    """Nothing, two letters, or a whole letter."""
    with pytest.raises(GroundMissing, match="on what ground"):
        ground_of(text)


def test_a_ground_is_one_line() -> None:
    """As it can be stored and shown."""
    assert ground_of("  paper form\n of\t2026-11-01 ") == "paper form of 2026-11-01"
    assert stated("a form", by="os:ann", at_ms=7) == {
        "ground": "a form",
        "ground_at_ms": 7,
        "ground_by": "os:ann",
    }


def test_who_states_it_now_is_noted_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name that the audit log has, and the time."""
    monkeypatch.setattr("time.time_ns", lambda: 7_000_000)
    noted = stated_by(Actor("os:ann", Role.ENROLLER), "a form")
    assert noted == stated("a form", by="os:ann", at_ms=7)


def test_the_newest_of_each_kind_counts() -> None:
    """What was stated takes away nothing that somebody agreed to, nor the other way round."""
    agreed = {"version": 1, "text": "I agree.", "at_ms": 5}
    form = stated("a form", by="os:ann", at_ms=7)
    both = latest_consent(agreed, form)
    assert both == {**agreed, **form}
    later = latest_consent(both, {"version": 2, "text": "I agree to all.", "at_ms": 9})
    assert later == {**form, "version": 2, "text": "I agree to all.", "at_ms": 9, "first_at_ms": 5}
    again = latest_consent(later, {"version": 2, "text": "I agree to all.", "at_ms": 11})
    assert again is not None
    assert again["first_at_ms"] == 5
    newer = latest_consent(again, stated("another form", by="os:bob", at_ms=20))
    assert newer is not None
    assert (newer["ground"], newer["version"]) == ("another form", 2)
    assert latest_consent(None, form) == form
    assert latest_consent(form, None) == form
    assert latest_consent(None, None) is None


def test_it_is_noted_at_those_who_were_in_without_one(tmp_path: Path) -> None:
    """Not at who has one, whose picture is refused, or who is not there."""
    people = people_service(tmp_path)
    without, other = (people.add(name, [sample(n)]) for n, name in enumerate(("Ann", "Bea")))
    agreed = people.add("Eve", [sample(3)], consent=CONSENT)
    before = people.consent(agreed.subject_id)
    rows = (
        PhotoRow("1.png", "ann", "already"),
        PhotoRow("2.png", "Bea", "already", "It shows somebody else."),
        PhotoRow("3.png", "Eve", "already"),
        PhotoRow("4.png", "Zoe", "already"),
    )
    form = stated("a form", by="os:ann", at_ms=7)
    note_at_known(rows, people, form)
    assert people.consent(without.subject_id) == form
    assert people.consent(other.subject_id) is None
    assert people.consent(agreed.subject_id) == before
