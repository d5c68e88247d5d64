"""Galleries: immutable, one row a person, and a change shares what it leaves alone."""

import numpy as np
import pytest

from biometrics import blocks
from biometrics import gallery as gallery_module
from biometrics.blocks import BLOCK
from biometrics.gallery import Gallery, GalleryRefused, Person
from tests.biometrics.support import ENCODER, MadeUpPeople, made_person


def people(count: int, samples: int = 2) -> list[Person]:
    made = MadeUpPeople()
    found = []
    for number in range(count):
        mean = made.person()
        found.append(made_person(f"person {number}", *[made.picture(mean) for _ in range(samples)]))
    return found


def assert_whole(gallery: Gallery, expected: list[Person]) -> None:
    """Everything a gallery says of itself fits these people, in any order."""
    assert {id(person) for person in gallery.people} == {id(person) for person in expected}
    assert len(gallery) == len(gallery.people) == len(expected)
    assert gallery.samples == sum(len(person.templates) for person in expected)
    for row, person in enumerate(gallery.people):
        assert gallery.at(row) is gallery.get(person.subject_id) is person
        assert gallery.row(person.subject_id) == row
        assert np.allclose(gallery.vector(row), person.fused(), atol=1e-6)
        assert gallery.counts[row] == len(person.templates)
    total = gallery.matrix().sum(axis=0, dtype=np.float64) if expected else np.zeros(0)
    assert np.allclose(gallery.total, total, atol=1e-9)
    assert all(len(block) == BLOCK for block in gallery.blocks[:-1])


def test_the_gallery_holds_one_unit_row_a_person() -> None:
    """float32, in the people's order, read-only."""
    everybody = people(5)
    gallery = Gallery.of(everybody, ENCODER)
    assert gallery.vector(3).dtype == gallery.matrix().dtype == np.float32
    assert gallery.matrix().shape == (5, 128)
    assert np.allclose(np.linalg.norm(gallery.matrix(), axis=1), 1, atol=1e-6)
    assert list(gallery.people) == everybody
    with pytest.raises(ValueError, match="read-only"):
        gallery.vector(0)[:] = 0
    assert (len(gallery), gallery.samples, gallery.dimensions) == (5, 10, 128)
    assert_whole(gallery, everybody)


def test_an_empty_gallery_is_a_gallery() -> None:
    """The first person goes into it."""
    empty = Gallery.of([], ENCODER)
    assert len(empty) == 0
    assert empty.matrix().size == 0
    assert empty.get("nobody") is None
    (person,) = people(1)
    assert len(empty.with_person(person)) == 1
    assert len(empty.with_person(person).without(person.subject_id)) == 0


def test_changes_give_new_galleries() -> None:
    """The old one is still what searches under way see."""
    first, second, third = people(3)
    gallery = Gallery.of([first, second], ENCODER)
    more = gallery.with_person(third)
    assert (len(gallery), len(more)) == (2, 3)
    fewer = more.without(first.subject_id)
    assert fewer.get(first.subject_id) is None
    assert [person.subject_id for person in fewer.people] == ["person 2", "person 1"]
    assert_whole(gallery, [first, second])
    assert_whole(more, [first, second, third])
    assert_whole(fewer, [second, third])


def test_a_person_enrolled_again_takes_their_own_place() -> None:
    """More samples replace the row; nobody is there twice."""
    first, second = people(2)
    gallery = Gallery.of([first, second], ENCODER)
    again = made_person(first.subject_id, second.templates[0].encoding)
    changed = gallery.with_person(again)
    assert len(changed) == 2
    assert_whole(changed, [again, second])
    assert_whole(gallery, [first, second])


def test_what_does_not_belong_is_refused() -> None:
    """Another encoder, no template, a subject twice, other lengths: each by its sentence."""
    first, second = people(2)
    gallery = Gallery.of([first], ENCODER)
    with pytest.raises(GalleryRefused, match="another face model"):
        Gallery.of([first], "another")
    short = made_person("short", np.ones(64))
    with pytest.raises(GalleryRefused, match="length"):
        gallery.with_person(short)
    with pytest.raises(GalleryRefused, match="length"):
        Gallery.of([first, short], ENCODER)
    with pytest.raises(GalleryRefused, match="no template"):
        gallery.with_person(made_person("nobody"))
    with pytest.raises(GalleryRefused, match="twice"):
        Gallery.of([first, second, first], ENCODER)


def test_unknown_people_cannot_be_changed() -> None:
    """KeyError, and nothing changes."""
    gallery = Gallery.of(people(1), ENCODER)
    with pytest.raises(KeyError):
        gallery.without("nobody")


def test_many_changes_over_several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Added, replaced and taken out at random: every snapshot stays what it was."""
    for module in (blocks, gallery_module):
        monkeypatch.setattr(module, "BLOCK", 4)
    monkeypatch.setitem(globals(), "BLOCK", 4)
    chance = np.random.default_rng(5)
    pool = people(40, samples=1)
    others = people(40, samples=2)
    now, there = Gallery.of(pool[:6], ENCODER), dict(enumerate(pool[:6]))
    kept: list[tuple[Gallery, list[Person]]] = []
    for _ in range(120):
        number = int(chance.integers(0, 40))
        if number in there or len(there) > 14:
            gone = there.pop(number if number in there else min(there))
            now = now.without(gone.subject_id)
        else:
            there[number] = pool[number]
            now = now.with_person(pool[number])
            if chance.random() < 0.3:
                there[number] = others[number]
                now = now.with_person(others[number])
        kept.append((now, list(there.values())))
    assert {len(gallery.blocks) for gallery, _ in kept} >= {2, 3, 4}
    for gallery, expected in kept:
        assert_whole(gallery, expected)


def test_two_changes_of_one_gallery_do_not_meet() -> None:
    """An enrolment whose file could not be written leaves nothing in the next one."""
    first, second, third = people(3)
    gallery = Gallery.of([first], ENCODER)
    lost, kept = gallery.with_person(second), gallery.with_person(third)
    assert_whole(lost, [first, second])
    assert_whole(kept, [first, third])
    assert_whole(gallery, [first])


def test_a_change_copies_one_block_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """An enrolment of one in a million takes as long as one of ten thousand."""
    for module in (blocks, gallery_module):
        monkeypatch.setattr(module, "BLOCK", 4)
    everybody = people(11, samples=1)
    gallery = Gallery.of(everybody[:10], ENCODER)
    more = gallery.with_person(everybody[10])
    assert more.blocks[:2] == gallery.blocks[:2]
    assert np.shares_memory(more.blocks[2].vectors, gallery.blocks[2].vectors)
    assert more.without("person 5").blocks[0] is gallery.blocks[0]


def test_nearest_people_are_found_for_several_probes_at_once() -> None:
    """Rows as `at` takes them, the nearest first; fewer people than asked for are all."""
    everybody = people(3)
    gallery = Gallery.of(everybody, ENCODER)
    found = gallery.nearest(np.array([person.fused() for person in everybody[1:]]), 5)
    assert found.rows.shape == (2, 3)
    assert [gallery.at(int(row)) for row in found.rows[:, 0]] == everybody[1:]
    assert np.allclose(found.cosines[:, 0], 1, atol=1e-6)
    cosines = gallery.cosines(np.array([person.fused() for person in everybody[1:]]))
    assert np.allclose(np.sort(cosines, axis=1)[:, ::-1], found.cosines, atol=1e-6)
    assert Gallery.of([], ENCODER).cosines(np.ones((2, 128))).shape == (2, 0)
    assert Gallery.of([], ENCODER).nearest(np.ones((2, 128)), 3).rows.shape == (2, 0)


def test_small_galleries_and_unfull_blocks_want_no_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to so many people everybody is compared."""
    for module in (blocks, gallery_module):
        monkeypatch.setattr(module, "BLOCK", 4)
    gallery = Gallery.of(people(10, samples=1), ENCODER)
    assert gallery.wants_codes(10) == []
    assert gallery.wants_codes(9) == list(gallery.blocks[:2])
