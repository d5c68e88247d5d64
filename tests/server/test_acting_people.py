"""People in somebody's hands: consent noted afterwards, by whom, and written down."""

from pathlib import Path

import pytest

from server.acting_grid import ActingGrid
from server.grounds import GroundMissing
from server.permissions import Actor, NotAllowed, Role
from tests.server.galleries import sample
from tests.server.wire import served


def test_consent_is_noted_afterwards(tmp_path: Path) -> None:
    """By who may enrol; with the time and by whom, at the person; the log has ids alone."""
    with served(tmp_path) as running:
        books = running.grid.books
        assert books is not None
        subject_id = running.grid.people.add("Grace Hopper", [sample(1)]).subject_id

        def hands(role: Role) -> ActingGrid:
            return ActingGrid(running.grid, books.administration, Actor("os:ann", role))

        people = hands(Role.ENROLLER).people
        assert people.without_consent() == {subject_id}
        with pytest.raises(GroundMissing):
            people.note_consent(subject_id, " ")
        with pytest.raises(NotAllowed):
            hands(Role.OPERATOR).people.note_consent(subject_id, "paper form of May")
        assert people.consent(subject_id) is None
        people.note_consent(subject_id, "paper form of May")
        assert people.without_consent() == frozenset()
        consent = people.consent(subject_id)
        assert consent is not None
        assert (consent["ground"], consent["ground_by"]) == ("paper form of May", "os:ann")
        noted = [one for one in books.audit.verify().entries if one.action == "note consent"]
        assert [(one.outcome, one.target) for one in noted] == [
            ("refused", subject_id),
            ("allowed", subject_id),
        ]
        assert b"paper form" not in books.audit.path.read_bytes()
