"""Tampering as one actor may know of it: who may put an alarm away, and that it is written."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.acting_audit import ActingAudit
from server.books import open_books
from server.data_folder import DataFolder
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
