"""A person's file is checked field by field, and gives the gallery what it took."""

import math
from typing import Any

import numpy as np
import pytest

from biometrics.gallery import Gallery
from server.stored_person import PersonInvalid, StoredPerson
from tests.server.people_examples import ENCODER, encoding, person, template


def test_plain_values_and_back() -> None:
    """Everything is kept, in dicts, lists, texts and numbers."""
    stored = person()
    assert StoredPerson.from_plain(stored.to_plain()) == stored
    bare = person(consent=None)
    assert StoredPerson.from_plain(bare.to_plain()) == bare


def test_what_the_gallery_gets() -> None:
    """Templates keep ids, quality, source and times; the encoding's direction is the same."""
    stored = person()
    searched = stored.to_person()
    assert Gallery.of([searched], ENCODER).samples == 2
    for old, new in zip(stored.templates, searched.templates, strict=True):
        assert np.allclose(old.encoding, new.encoding, atol=1e-12)
        for name in ("sample_id", "quality", "captured_at_ms", "source"):
            assert getattr(new, name) == getattr(old, name), name
        assert new.encoder == ENCODER


def test_raw_encodings_are_taken_and_made_unit_length() -> None:
    """A raw template of dlib has a length of about 1.4."""
    raw = template(encoding=tuple(float(n) for n in encoding(1, length=1.45)))
    made = person(templates=(raw,)).to_person().templates[0]
    assert np.linalg.norm(made.encoding) == pytest.approx(1.0)
    assert made.sample_id == raw.sample_id


def test_unknown_keys_are_ignored() -> None:
    """A later minor addition does not lock people out."""
    stored = person()
    assert StoredPerson.from_plain(stored.to_plain() | {"later": [1]}) == stored


def test_a_newer_version_is_named() -> None:
    """With what to do."""
    with pytest.raises(PersonInvalid, match="newer FaceNetGrid"):
        StoredPerson.from_plain(person().to_plain() | {"version": 2})


NUMBERS = [float(n) for n in encoding(1, length=1.0)]


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "other"},
        {"version": 0},
        {"version": "1"},
        {"version": True},
        {"subject_id": "../../x"},
        {"subject_id": None},
        {"subject_id": "A" * 32},
        {"display_name": "   "},
        {"display_name": ""},
        {"display_name": " Grace"},
        {"display_name": "x" * 300},
        {"display_name": "right\u202eleft"},
        {"display_name": "line\r\nbreak"},
        {"display_name": "\x1b[31mred"},
        {"display_name": "nul\x00"},
        {"display_name": "\ud800"},
        {"display_name": 5},
        {"enrolled_at_ms": -1},
        {"enrolled_at_ms": 1.5},
        {"enrolled_at_ms": True},
        {"enrolled_at_ms": 2**63},
        {"encoder": "x" * 201},
        {"encoder": None},
        {"consent": "yes"},
        {"consent": {"at": []}},
        {"consent": {1: "x"}},
        {"consent": {"text": "x" * 2_001}},
        {"templates": []},
        {"templates": {}},
        {"templates": [5]},
    ],
    ids=str,
)
def test_b15_b16_b17_a_bad_person_is_refused(changes: dict[str, Any]) -> None:
    """With a sentence, whatever is wrong."""
    with pytest.raises(PersonInvalid) as refused:
        StoredPerson.from_plain(person().to_plain() | changes)
    assert str(refused.value).endswith(".")
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "changes",
    [
        {"encoding": NUMBERS[:127]},
        {"encoding": [*NUMBERS, 0.0]},
        {"encoding": []},
        {"encoding": [1.0]},
        {"encoding": tuple(NUMBERS)},
        {"encoding": [0.0] * 128},
        {"encoding": [1e308] * 128},
        {"encoding": [math.nan, *NUMBERS[1:]]},
        {"encoding": [math.inf, *NUMBERS[1:]]},
        {"encoding": [1, *NUMBERS[1:]]},
        {"encoding": [n * 2.5 for n in NUMBERS]},
        {"encoding": [n * 0.5 for n in NUMBERS]},
        {"sample_id": ""},
        {"sample_id": "../x"},
        {"sample_id": None},
        {"quality": None},
        {"quality": {"yaw": math.nan}},
        {"quality": {"yaw": True}},
        {"quality": {str(n): 1.0 for n in range(33)}},
        {"captured_at_ms": None},
        {"source": "a\nb"},
        {"picture_sha256": "short"},
        {"picture_sha256": 5},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_b11_b12_a_bad_template_is_refused(changes: dict[str, Any]) -> None:
    """A NaN in the gallery would be the nearest of everybody."""
    plain: Any = person().to_plain()
    plain["templates"][1] |= changes
    with pytest.raises(PersonInvalid):
        StoredPerson.from_plain(plain)


@pytest.mark.parametrize("plain", [None, 5, "text", [], [person().to_plain()], {}])
def test_something_else_is_no_person(plain: object) -> None:
    """Whatever a pickle may hold."""
    with pytest.raises(PersonInvalid, match="not a person's file"):
        StoredPerson.from_plain(plain)


def test_a_sample_id_is_there_once() -> None:
    """Samples are dropped by their id."""
    with pytest.raises(PersonInvalid, match="twice"):
        person(templates=(template(1, sample_id="a"), template(2, sample_id="a")))


def test_too_many_templates_are_refused() -> None:
    """So that the file can be read again within the limits."""
    one = template(1)
    with pytest.raises(PersonInvalid, match="1 to 1000"):
        person(templates=(one,) * 1_001)


def wide(seed: int, count: int = 512) -> tuple[float, ...]:
    """An encoding of another encoder."""
    numbers = np.random.default_rng(seed).normal(size=count)
    return tuple(float(number) for number in numbers / np.linalg.norm(numbers))


def test_encodings_of_512_numbers_come_back() -> None:
    """Through the plain form, and into the gallery."""
    made = person(templates=(template(encoding=wide(1)), template(encoding=wide(2))))
    again = StoredPerson.from_plain(made.to_plain())
    assert again == made
    assert again.to_person().fused().shape == (512,)


@pytest.mark.parametrize("count", [0, 1, 127, 129, 511, 513])
def test_no_other_width_is_taken(count: int) -> None:
    """Not one more, not one less."""
    with pytest.raises(PersonInvalid, match="128 or 512"):
        template(encoding=wide(1, max(count, 1))[:count])


def test_one_person_has_one_width_and_not_too_many_numbers() -> None:
    """Two encoders in one file, and more samples than a file may hold."""
    with pytest.raises(PersonInvalid, match="as many numbers"):
        person(templates=(template(1), template(encoding=wide(2))))
    person(templates=tuple(template(encoding=wide(1)) for _ in range(250)))
    with pytest.raises(PersonInvalid, match="too many"):
        person(templates=tuple(template(encoding=wide(1)) for _ in range(251)))
