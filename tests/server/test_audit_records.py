"""Records as people read them: every field of what was written, and nothing else."""

from dataclasses import replace

from security.chain import Finding
from server.audit_records import (
    ALARM_ACTIONS,
    CHANGED,
    ROLLED_BACK,
    Entry,
    Verified,
    alarms_in,
)

_RECORD = {
    "sequence": 3,
    "before": "0" * 64,
    "signature": "0" * 128,
    "at_ms": 1,
    "actor": "os:root",
    "role": "administrator",
    "origin": "command line",
    "action": "back up",
    "outcome": "allowed",
    "target": "",
    "details": {},
}


def test_an_entry_has_what_the_record_says_and_not_how_it_is_proved() -> None:
    """The chain's own fields are for the verifier."""
    entry = Entry.of(_RECORD)
    assert (entry.sequence, entry.actor, entry.action) == (3, "os:root", "back up")
    assert not hasattr(entry, "signature")


def test_a_log_with_a_finding_is_not_whole() -> None:
    """One is enough."""
    assert Verified((), (), None).whole
    assert not Verified((), (Finding(1, "Record 1 was changed."),), None).whole


def test_what_was_found_without_its_sentence_is_an_alarm_all_the_same() -> None:
    """As versions of before wrote it; each is put away by itself."""
    changed = Entry(7, 0, "server", "administrator", "server", CHANGED, "done", "", {"first": 3})
    rolled = replace(changed, sequence=9, action=ROLLED_BACK, details={"what": "Rolled back."})
    first, second = alarms_in([changed, rolled])
    assert "record 7" in first
    assert second == "Rolled back."
    away = replace(rolled, action=ALARM_ACTIONS[-1], outcome="allowed")
    assert alarms_in([changed, rolled, away]) == (first,)
    assert alarms_in([away, rolled]) == (second,)
