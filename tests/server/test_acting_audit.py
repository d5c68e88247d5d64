"""Tampering as one actor may know of it: who may put an alarm away, and that it is written."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from database.verifying import RowsLooked, Seen
from server.acting_audit import ActingAudit
from server.books import open_books
from server.data_folder import DataFolder
from server.history_accepted import NotAccepted
from server.permissions import Action, Actor, NotAllowed, Role
from tests.server.office import CHEAP
from tests.server.vaults import a_vault


def test_an_alarm_is_put_away_by_who_watches(tmp_path: Path) -> None:
    """What it was stands in the log; an enroller is refused, which stands there, too."""
    books = open_books(DataFolder(tmp_path), a_vault(), passwords=CHEAP)
    grid = cast("Any", SimpleNamespace(books=books))
    for role in Role:
        audit = ActingAudit(grid, books.administration, Actor("os:somebody", role))
        if role in (Role.ADMINISTRATOR, Role.AUDITOR):
            audit.dismiss("An event was changed.")
        else:
            with pytest.raises(NotAllowed):
                audit.dismiss("An event was changed.")
    entries = books.audit.entries((Action.DISMISS_ALARM,))
    outcomes = [entry.outcome for entry in entries]
    assert (outcomes.count("allowed"), outcomes.count("refused")) == (2, len(Role) - 2)
    assert {entry.details["what"] for entry in entries if entry.details} == {
        "An event was changed."
    }


def test_the_log_alone_says_nothing_of_the_history(tmp_path: Path) -> None:
    """The whole look does."""
    books = open_books(DataFolder(tmp_path), a_vault(), passwords=CHEAP)
    grid = cast("Any", SimpleNamespace(books=books))
    audit = ActingAudit(grid, books.administration, Actor("os:somebody", Role.AUDITOR))
    assert (audit.log().rows, audit.verified().rows) == (None, 0)


FOUND = RowsLooked(changed=[Seen(2, "a" * 32, 0)], changed_count=1, missing=1, nameless={"b" * 32})


def test_a_changed_history_is_accepted_by_the_administrator_alone(tmp_path: Path) -> None:
    """Whatever the window offers: all others are refused, which is written, and accept nothing."""
    books = open_books(DataFolder(tmp_path), a_vault(), passwords=CHEAP)
    grid = cast("Any", SimpleNamespace(books=books))
    for role in Role:
        actor = Actor(f"os:{role}", role)
        audit = ActingAudit(grid, books.administration, actor)
        if role is Role.ADMINISTRATOR:
            assert audit.accept(FOUND) == 3
        else:
            for found in (FOUND, RowsLooked()):
                with pytest.raises(NotAllowed):
                    audit.accept(found)
    entries = books.audit.entries((Action.ACCEPT_HISTORY,))
    allowed = [entry for entry in entries if entry.outcome == "allowed"]
    assert {entry.actor for entry in allowed} == {"os:administrator"}
    assert [(entry.target, dict(entry.details)) for entry in allowed] == [
        ("a" * 32, {"what": "event", "number": 2}),
        ("", {"what": "missing", "count": "1", "numbers": ""}),
        ("b" * 32, {"what": "name"}),
    ]
    assert len(entries) - len(allowed) == 2 * (len(Role) - 1)
    for role in (Role.VIEWER, Role.AUDITOR):
        audit = ActingAudit(grid, books.administration, Actor("os:a", role))
        if role is Role.VIEWER:
            assert audit.unaccepted(FOUND) == RowsLooked()
        else:
            with pytest.raises(NotAllowed):
                audit.unaccepted(FOUND)


@pytest.mark.parametrize(
    "found",
    [RowsLooked(("trigger t put in",)), replace(FOUND, changed_count=1001)],
)
def test_what_cannot_be_accepted_is_refused(tmp_path: Path, found: RowsLooked) -> None:
    """A trigger in the file, or more events than have a record each: nothing is written."""
    books = open_books(DataFolder(tmp_path), a_vault(), passwords=CHEAP)
    grid = cast("Any", SimpleNamespace(books=books))
    audit = ActingAudit(grid, books.administration, Actor("os:a", Role.ADMINISTRATOR))
    with pytest.raises(NotAccepted):
        audit.accept(found)
    assert books.audit.entries((Action.ACCEPT_HISTORY,)) == ()
