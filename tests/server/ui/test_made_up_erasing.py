"""The made-up grid erases, hands out and unlocks as the real one answers."""

from pathlib import Path

from server.deleted_people import DeletedPerson
from server.settings import ServerSettings
from server.ui.made_up import MadeUpGrid


def test_as_the_real_grid_answers() -> None:
    """A receipt and one person fewer; files that are named; it runs once it is unlocked."""
    grid = MadeUpGrid(ServerSettings(), lambda _event: None)
    grid.unlock("open sesame")
    assert grid.status.state.serving
    person = grid.people.list()[0]
    assert len(grid.export_person(person.subject_id, Path("out"))) == 2
    assert grid.erase_person(person.subject_id).subject_id == person.subject_id
    assert person not in grid.people.list()
    grid.deleted = [DeletedPerson("d" * 32, "Ann")]
    grid.erase_person("d" * 32)
    assert grid.deleted_people() == ()
