"""Tests that made-up people behave like the real ones where the window relies on it."""

import pytest

from server import pictures
from server.events import GridEvent
from server.ui.made_up_people import MadeUpPeople, MadeUpPerson, portrait


def test_half_of_them_agreed_and_the_others_can_be_noted() -> None:
    """As the real service says it."""
    posted: list[GridEvent] = []
    made = [MadeUpPerson(f"{n:032x}", f"Name {n}", (0,), 0) for n in range(4)]
    people = MadeUpPeople(made, posted.append)
    without = people.without_consent()
    assert without == {made[0].subject_id, made[2].subject_id}
    people.note_consent(made[0].subject_id, {"ground": "a form"})
    assert people.without_consent() == {made[2].subject_id}
    with pytest.raises(ValueError, match="already"):
        people.rename(made[1].subject_id, "NAME 2")


def test_a_portrait_is_a_picture_that_may_be_kept() -> None:
    """As the real ones are checked."""
    pictures.check(portrait())
