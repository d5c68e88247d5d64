"""What is said over the audit log, and which ways on are offered to whom."""

import tkinter
from dataclasses import replace
from pathlib import Path

import pytest

from database.verifying import RowsLooked, Seen
from security.chain import Finding, Head
from server.audit_records import Verified
from server.history_proof import sentences_of
from server.ui.audit_verdict import AuditVerdict

HEAD = Head(12, "", "")
CHANGED = RowsLooked(
    changed=[Seen(3, "a" * 32, 0), Seen(4, "b" * 32, 0)], changed_count=2, missing=1
)


def nothing() -> None:
    """What a button does here."""


def found(history: RowsLooked, *, acceptable: bool = True) -> Verified:
    """What a look gives that found this in the history."""
    findings = tuple(Finding(0, sentence) for sentence in sentences_of(history))
    return Verified((), findings, HEAD, rows=9, history=history, acceptable=acceptable)


def verdict(surface: tkinter.Misc, *, accepts: bool = True, sees: bool = True) -> AuditVerdict:
    """Of somebody who may accept, and sees events."""
    return AuditVerdict(
        surface,
        folder=Path("/srv/grid"),
        accept=nothing if accepts else None,
        show_changed=nothing if sees else None,
    )


@pytest.mark.parametrize(
    ("verified", "everything", "said"),
    [
        (Verified((), (), None), False, "Nothing has been recorded yet."),
        (Verified((), (), HEAD), False, "The history was not looked at: Verify now does."),
        (Verified((), (), HEAD), True, "The history was not looked at: it is of an older version."),
        (Verified((), (), HEAD, rows=9), True, "and 9 entries of the history: nothing was"),
        (Verified((), (), HEAD, rows=9, accepted=("x",)), True, "1 change is known and accepted."),
        (
            Verified((), (), HEAD, rows=9, cancelled=True, there=80),
            True,
            "Cancelled. Verified up to record 12, and 9 of 80 entries of the history: nothing was",
        ),
        (
            Verified((), (), HEAD, cancelled=True),
            True,
            "nothing was changed, removed or put in. Of the history nothing was looked at.",
        ),
        (
            Verified((), (Finding(3, "Record 3 x."),), HEAD, rows=9, cancelled=True, there=80),
            True,
            "It was cancelled: 9 of 80 entries of the history were looked at.",
        ),
        (
            Verified((), (Finding(3, "Record 3 x."),), HEAD),
            False,
            "The log was changed.\nRecord 3 x.",
        ),
    ],
)
def test_how_far_all_is_whole_is_said(
    surface: tkinter.Misc,
    verified: Verified,
    everything: bool,
    said: str,
) -> None:
    """And nothing is offered where nothing is wrong with the history."""
    line = verdict(surface)
    line.show(verified, everything=everything)
    assert said in line.text
    assert line.offered == ()


def test_changed_events_are_a_number_here(surface: tkinter.Misc) -> None:
    """Their ids are on the history page; what is missing is said in full."""
    line = verdict(surface)
    line.show(found(CHANGED), everything=True)
    assert "2 events of the history were changed outside of the program." in line.text
    assert "1 event is missing in the history" in line.text
    assert "a" * 32 not in line.text
    assert "Restore a backup of before, or accept the history as it is." in line.text
    assert line.offered == ("Show changed events", "Accept…")
    line.say("Looking.")
    assert line.offered == ()


def test_nobody_is_offered_what_is_not_theirs(surface: tkinter.Misc) -> None:
    """An auditor tells the administrator."""
    line = verdict(surface, accepts=False, sees=False)
    line.show(found(CHANGED), everything=True)
    assert line.offered == ()
    assert "Tell the administrator: restore a backup of before, or accept" in line.text


@pytest.mark.parametrize(
    ("history", "offered"),
    [
        (RowsLooked(("trigger t put in",)), ()),
        (RowsLooked(changed=CHANGED.changed, changed_count=1001), ("Show changed events",)),
    ],
)
def test_what_cannot_be_accepted_is_not_offered(
    surface: tkinter.Misc, history: RowsLooked, offered: tuple[str, ...]
) -> None:
    """A backup is what helps."""
    line = verdict(surface)
    line.show(found(history, acceptable=False), everything=True)
    assert line.offered == offered
    assert "accept the history" not in line.text


def test_a_history_that_cannot_be_read_is_red(surface: tkinter.Misc) -> None:
    """Alone with how far the log is right, or after what is wrong with the log."""
    trouble = "The history was not verified. match_history.db is empty (0 bytes)."
    line, looked = verdict(surface), Verified((), (), HEAD, trouble=trouble)
    line.show(looked, everything=True)
    assert f"cannot be read.\n{trouble}\nVerified up to record 12 of the audit log: " in line.text
    line.show(replace(looked, findings=(Finding(7, "Record 7 was changed."),)), everything=True)
    assert line.text.endswith(f"Record 7 was changed.\n{trouble}")


def test_more_than_three_findings_are_the_commands(surface: tkinter.Misc) -> None:
    """With how many there are."""
    findings = tuple(Finding(n, f"Record {n} was changed.") for n in range(1, 6))
    line = verdict(surface)
    line.show(Verified((), findings, HEAD), everything=False)
    assert "There is more (2), which this names: " in line.text
