"""Templates and galleries: unit length, immutable, and closed to numbers that poison a search."""

import numpy as np
import pytest

from biometrics.gallery import Gallery, GalleryRefused, Person, Template, unit_length
from tests.biometrics.support import ENCODER, MadeUpPeople, made_person


def people(count: int, samples: int = 2) -> list[Person]:
    made = MadeUpPeople()
    found = []
    for number in range(count):
        mean = made.person()
        found.append(made_person(f"person {number}", *[made.picture(mean) for _ in range(samples)]))
    return found


def test_a_template_has_unit_length_and_cannot_be_changed() -> None:
    """Whatever the length of what came in, which is left alone."""
    raw = np.full(128, 2.0)
    template = Template(encoding=raw, sample_id="s", encoder=ENCODER, quality={"yaw": 1.0})
    assert np.linalg.norm(template.encoding) == pytest.approx(1)
    assert raw[0] == 2.0
    with pytest.raises(ValueError, match="read-only"):
        template.encoding[0] = 5
    with pytest.raises(TypeError):
        template.quality["yaw"] = 2.0  # type: ignore[index]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_template_that_is_not_finite_is_refused(value: float) -> None:
    """One not-a-number would be everybody's nearest."""
    encoding = np.ones(128)
    encoding[7] = value
    with pytest.raises(GalleryRefused, match="not finite"):
        Template(encoding=encoding, sample_id="s", encoder=ENCODER)


def test_encodings_without_a_direction_are_refused() -> None:
    """All zeros, one number, a matrix."""
    for wrong in (np.zeros(128), np.ones(1), np.ones((2, 128)), np.array([])):
        with pytest.raises(GalleryRefused):
            unit_length(wrong)


def test_huge_numbers_do_not_overflow() -> None:
    """The square of 1e308 is infinite; the direction is not."""
    assert np.linalg.norm(unit_length(np.full(128, 1e308))) == pytest.approx(1)
    assert np.linalg.norm(unit_length(np.full(128, 1e-308))) == pytest.approx(1)


def test_a_person_is_the_direction_of_the_mean_of_their_templates() -> None:
    """One template is that template."""
    (one,) = people(1, samples=1)
    assert np.allclose(one.fused(), one.templates[0].encoding)
    (three,) = people(1, samples=3)
    mean = np.mean([t.encoding for t in three.templates], axis=0)
    assert np.allclose(three.fused(), mean / np.linalg.norm(mean))


def test_the_matrix_holds_one_unit_row_a_person() -> None:
    """float32, in the people's order, read-only."""
    gallery = Gallery.of(people(5), ENCODER)
    assert gallery.matrix.dtype == np.float32
    assert gallery.matrix.shape == (5, 128)
    assert np.allclose(np.linalg.norm(gallery.matrix, axis=1), 1, atol=1e-6)
    assert np.allclose(gallery.matrix[3], gallery.people[3].fused(), atol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        gallery.matrix[0] = 0
    assert (len(gallery), gallery.samples) == (5, 10)


def test_an_empty_gallery_is_a_gallery() -> None:
    """The first person goes into it."""
    empty = Gallery.of([], ENCODER)
    assert len(empty) == 0
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
    assert np.allclose(more.matrix[2], third.fused(), atol=1e-6)
    fewer = more.without(first.subject_id)
    assert [person.subject_id for person in fewer.people] == ["person 1", "person 2"]
    assert np.allclose(fewer.matrix[0], second.fused(), atol=1e-6)
    assert fewer.get(first.subject_id) is None
    assert [person.display_name for person in gallery.people] == ["Person 0", "Person 1"]


def test_a_person_enrolled_again_takes_their_own_place() -> None:
    """More samples replace the row; nobody is there twice."""
    first, second = people(2)
    gallery = Gallery.of([first, second], ENCODER)
    again = made_person(first.subject_id, second.templates[0].encoding)
    changed = gallery.with_person(again)
    assert len(changed) == 2
    assert np.allclose(changed.matrix[0], again.fused(), atol=1e-6)
    assert np.allclose(gallery.matrix[0], first.fused(), atol=1e-6)


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


def test_templates_that_cancel_out_are_refused() -> None:
    """Opposite directions have no mean direction."""
    encoding = np.ones(128)
    with pytest.raises(GalleryRefused):
        Gallery.of([made_person("x", encoding, -encoding)], ENCODER)
