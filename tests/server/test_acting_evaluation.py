"""An evaluation in somebody's hands; what each role may do is tested with the grid."""

from pathlib import Path

import pytest

from server.acting_evaluation import ActingEvaluation
from server.permissions import Actor, NotAllowed, Role
from tests.server.office import administration_in
from tests.server.wire import served


def test_a_report_that_names_people_is_written_for_administrators_alone(tmp_path: Path) -> None:
    """Asked of a real grid; that somebody else asked stands in the audit log."""
    administration, _accounts, audit = administration_in(tmp_path / "office")
    with served(tmp_path / "data") as running:
        operator = Actor("os:x", Role.OPERATOR)
        evaluation = ActingEvaluation(running.grid, administration, operator)
        assert not evaluation.running
        with pytest.raises(NotAllowed):
            evaluation.write_to(tmp_path / "out")
        assert not (tmp_path / "out").exists()
        boss = ActingEvaluation(running.grid, administration, Actor("os:y", Role.ADMINISTRATOR))
        assert boss.latest() is None
    (entry,) = audit.verify().entries
    assert (entry.action, entry.outcome) == ("evaluate", "refused")
