"""Tests that the made-up grid behaves like the real one where the window relies on it."""

import pytest

from database.reader import EventFilter
from server.events import EventStored, GalleryChanged, GridEvent, ServerStateChanged
from server.settings import ServerSettings
from server.ui.made_up import MadeUpGrid


def test_starting_posts_what_the_real_grid_posts() -> None:
    """The gallery's size and the state."""
    posted: list[GridEvent] = []
    grid = MadeUpGrid(ServerSettings(), posted.append)
    grid.start()
    assert [type(event) for event in posted] == [GalleryChanged, ServerStateChanged]
    grid.happen()
    assert isinstance(posted[-1], EventStored)


def test_pages_and_filters() -> None:
    """Pages are newest first and continue before a sequence."""
    grid = MadeUpGrid(ServerSettings(), lambda _event: None)
    page = grid.history.query(limit=10)
    assert page.more
    older = grid.history.query(limit=10, before_sequence=page.rows[-1].sequence)
    assert older.rows[0].sequence == (page.rows[-1].sequence or 0) - 1
    everybody = grid.history.count()
    known = grid.history.count(EventFilter(outcomes=("identified",)))
    assert 0 < known < everybody


def test_names_are_unique() -> None:
    """A name that somebody has is refused."""
    people = MadeUpGrid(ServerSettings(), lambda _event: None).people
    with pytest.raises(ValueError, match="already"):
        people.rename(people.list()[0].subject_id, "GRACE HOPPER")
