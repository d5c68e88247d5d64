"""The checkpoints in somebody's hands; `test_acting_grid.py` has every role with every call."""

from pathlib import Path

import pytest

from protocol.sign_in import WhoEnrols
from server.acting_grid import ActingGrid
from server.permissions import Actor, NotAllowed, Role
from tests.server.wire import served


def test_the_code_is_for_those_alone_who_may_add_a_checkpoint(tmp_path: Path) -> None:
    """Others see that the server has a fingerprint, and no code; who enrols is in the log."""
    with served(tmp_path) as running:
        books = running.grid.books
        assert books is not None
        boss, guard = (
            ActingGrid(running.grid, books.administration, Actor("os:somebody", role)).pairing
            for role in (Role.ADMINISTRATOR, Role.OPERATOR)
        )
        with pytest.raises(NotAllowed):
            guard.open()
        opened = boss.open("Gate", who_enrols=WhoEnrols.SIGNED_IN)
        assert boss.now == opened
        assert guard.now is None
        assert guard.fingerprint == boss.fingerprint
        (entry,) = [
            one
            for one in books.audit.verify().entries
            if (one.action, one.outcome) == ("add checkpoint", "allowed")
        ]
        assert entry.details == {"who_enrols": "signed_in"}
