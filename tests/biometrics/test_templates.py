"""Templates and people: unit length, and closed to numbers that poison a search."""

import numpy as np
import pytest

from biometrics.templates import GalleryRefused, Template, unit_length, unit_lengths
from tests.biometrics.support import ENCODER, MadeUpPeople, made_person


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


def test_several_have_the_lengths_that_each_has() -> None:
    """To the bit, large and small; and one that is refused, refuses all."""
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(50, 128)) * 10.0 ** draw.integers(-200, 300, (50, 1))
    together = unit_lengths(rows)
    assert together.tobytes() == b"".join(unit_length(row).tobytes() for row in rows)
    for bad in (0.0, np.nan, np.inf):
        rows[7] = bad
        with pytest.raises(GalleryRefused):
            unit_lengths(rows)


def test_a_person_is_the_direction_of_the_mean_of_their_templates() -> None:
    """One template is that template."""
    made = MadeUpPeople()
    mean = made.person()
    one = made_person("one", made.picture(mean))
    assert np.allclose(one.fused(), one.templates[0].encoding)
    three = made_person("three", *[made.picture(mean) for _ in range(3)])
    mean = np.mean([t.encoding for t in three.templates], axis=0)
    assert np.allclose(three.fused(), mean / np.linalg.norm(mean))


def test_templates_that_cancel_out_are_refused() -> None:
    """Opposite directions have no mean direction; neither has nobody's."""
    encoding = np.ones(128)
    with pytest.raises(GalleryRefused):
        made_person("x", encoding, -encoding).fused()
    with pytest.raises(GalleryRefused, match="no template"):
        made_person("nobody").fused()
