"""Rows by subject id: a map that never changes."""

import pytest

from biometrics.places import Places


def test_places_are_those_of_the_order() -> None:
    """Rows 0, 1, 2; nobody else has one."""
    places = Places.of(f"subject {number}" for number in range(3000))
    assert len(places) == 3000
    assert [places.get(f"subject {row}") for row in (0, 7, 2999)] == [0, 7, 2999]
    assert places.get("subject 3000") is None
    assert Places().get("anybody") is None


def test_an_id_that_comes_twice_has_one_place() -> None:
    """By its length the owner sees that it was there twice."""
    places = Places.of(["a", "b", "a"])
    assert len(places) == 2
    assert places.get("a") == 2


def test_changes_give_other_places() -> None:
    """The ones before stay, and nothing is shared that changes."""
    before = Places.of(["a", "b"])
    more = before.with_place("c", 2)
    moved = more.with_place("a", 5).without("b")
    assert [before.get(name) for name in "abc"] == [0, 1, None]
    assert [more.get(name) for name in "abc"] == [0, 1, 2]
    assert [moved.get(name) for name in "abc"] == [5, None, 2]
    assert Places().get("c") is None


def test_whoever_has_no_place_cannot_lose_it() -> None:
    """KeyError, as a dict says it."""
    with pytest.raises(KeyError):
        Places.of(["a"]).without("b")
