"""The search: who it is, nobody, or too near to call; and what can never match."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from biometrics.faces import Encoding
from biometrics.gallery import Gallery, unit_length
from biometrics.identify import (
    DEFAULT_POLICY,
    Ambiguous,
    Identified,
    ImplausibleEncoding,
    NotIdentified,
    Policy,
    all_plausible,
    identify,
    identify_many,
    plausible,
)
from biometrics.pictures import read_picture
from biometrics.policy import Cohort
from biometrics.vision import PhotoSample, Vision
from tests.biometrics.support import COLLINS, ENCODER, HOPPER, MadeUpPeople, made_person


@pytest.fixture(scope="module")
def made() -> MadeUpPeople:
    return MadeUpPeople(seed=3)


@pytest.fixture(scope="module")
def means(made: MadeUpPeople) -> list[Encoding]:
    return [made.person() for _ in range(420)]


@pytest.fixture(scope="module")
def gallery(made: MadeUpPeople, means: list[Encoding]) -> Gallery:
    """420 people with three samples each."""
    return Gallery.of(
        (
            made_person(f"p{number}", *[made.picture(mean) for _ in range(3)])
            for number, mean in enumerate(means)
        ),
        ENCODER,
    )


def test_an_enrolled_person_is_identified(
    made: MadeUpPeople, means: list[Encoding], gallery: Gallery
) -> None:
    """With nearest, next person, margin, threshold and a sentence."""
    verdict = identify(made.picture(means[7]), gallery)
    assert isinstance(verdict, Identified)
    assert verdict.candidate.subject_id == "p7"
    assert verdict.nearest is not None
    assert verdict.runner_up is not None
    assert verdict.nearest.distance <= DEFAULT_POLICY.threshold < verdict.runner_up.distance
    assert verdict.margin == verdict.runner_up.distance - verdict.nearest.distance
    assert verdict.threshold == DEFAULT_POLICY.threshold
    assert verdict.reason.startswith("The nearest person is at distance 0.")


def test_a_stranger_is_nobody(made: MadeUpPeople, gallery: Gallery) -> None:
    """The nearest is still told, for "Why?"."""
    verdict = identify(made.picture(made.person()), gallery)
    assert isinstance(verdict, NotIdentified)
    assert verdict.nearest is not None
    assert verdict.nearest.distance > DEFAULT_POLICY.threshold
    assert "the limit is 0.31" in verdict.reason
    assert verdict.nearest.display_name not in verdict.reason


def test_somebody_nearly_as_near_makes_it_ambiguous(
    made: MadeUpPeople, means: list[Encoding], gallery: Gallery
) -> None:
    """The same face under two names is never called."""
    twin = made_person("twin", *[made.picture(means[7]) for _ in range(3)])
    verdict = identify(made.picture(means[7]), gallery.with_person(twin))
    assert isinstance(verdict, Ambiguous)
    assert {verdict.nearest.subject_id, verdict.runner_up.subject_id} == {"p7", "twin"}  # type: ignore[union-attr]
    assert "nearly as near" in verdict.reason
    for candidate in (verdict.nearest, verdict.runner_up):
        assert candidate is not None
        assert candidate.display_name not in verdict.reason


def test_distances_are_those_of_unit_vectors(
    made: MadeUpPeople, means: list[Encoding], gallery: Gallery
) -> None:
    """Computed again in float64, equal to the slow way for everybody."""
    probe = made.picture(means[100])
    verdict = identify(probe, gallery)
    unit = probe / np.linalg.norm(probe)
    slow = sorted(
        (float(np.linalg.norm(person.fused() - unit)), person.subject_id)
        for person in gallery.people
    )
    for candidate, (distance, subject_id) in zip(
        (verdict.nearest, verdict.runner_up), slow, strict=False
    ):
        assert candidate is not None
        assert candidate.subject_id == subject_id
        assert candidate.distance == pytest.approx(distance, abs=1e-6)


def test_raw_and_unit_probes_give_the_same_verdict(
    made: MadeUpPeople, means: list[Encoding], gallery: Gallery
) -> None:
    """Length carries nothing."""
    probe = made.picture(means[5])
    raw, unit = identify(probe, gallery), identify(probe / np.linalg.norm(probe), gallery)
    assert type(raw) is type(unit)
    assert raw.nearest is not None
    assert unit.nearest is not None
    assert raw.nearest.distance == pytest.approx(unit.nearest.distance)


def test_an_empty_gallery_identifies_nobody(made: MadeUpPeople) -> None:
    """An ordinary outcome."""
    verdict = identify(made.picture(made.person()), Gallery.of([], ENCODER))
    assert isinstance(verdict, NotIdentified)
    assert (verdict.nearest, verdict.runner_up, verdict.margin) == (None, None, None)
    assert verdict.reason == "Nobody is enrolled yet."


def test_one_person_with_one_sample(made: MadeUpPeople) -> None:
    """No runner-up and no margin; the threshold is the one for lone samples."""
    mean = made.person()
    lone = Gallery.of([made_person("lone", made.picture(mean))], ENCODER)
    verdict = identify(made.picture(mean), lone)
    assert isinstance(verdict, Identified)
    assert (verdict.runner_up, verdict.margin) == (None, None)
    assert verdict.threshold == pytest.approx(0.33)
    assert isinstance(identify(made.picture(made.person()), lone), NotIdentified)


@pytest.mark.parametrize(
    ("distance", "samples", "expected"),
    [
        (0.30, 3, Identified),
        (0.32, 3, NotIdentified),
        (0.32, 1, Identified),
        (0.34, 1, NotIdentified),
    ],
)
def test_the_threshold_depends_on_the_number_of_samples(
    distance: float, samples: int, expected: type
) -> None:
    """Lone samples lie farther from everybody."""
    person = np.zeros(128)
    person[0] = 1
    angle = 2 * np.arcsin(distance / 2)
    probe = np.zeros(128)
    probe[:2] = np.cos(angle), np.sin(angle)
    gallery = Gallery.of([made_person("x", *[person] * samples)], ENCODER)
    assert isinstance(identify(probe, gallery), expected)


@pytest.mark.parametrize("size", [2, 3, 6, 50, 420])
@pytest.mark.parametrize("samples", [1, 3])
def test_r4_vectors_in_the_middle_of_everybody_match_nobody(
    made: MadeUpPeople, means: list[Encoding], size: int, samples: int
) -> None:
    """R4: the mean of all templates, raw and unit, and the centre of the smallest ball."""
    gallery = Gallery.of(
        (
            made_person(f"p{number}", *[made.picture(mean) for _ in range(samples)])
            for number, mean in enumerate(means[:size])
        ),
        ENCODER,
    )
    for centre in centres(gallery):
        assert not isinstance(identify(centre, gallery), Identified)


def centres(gallery: Gallery) -> list[Encoding]:
    """What an attacker would try who knows every template."""
    templates = np.array([t.encoding for person in gallery.people for t in person.templates])
    mean = templates.mean(axis=0)
    ball = mean.copy()
    # Badoiu and Clarkson (2003): ever smaller steps towards the farthest point.
    for step in range(1, 500):
        farthest = templates[np.linalg.norm(templates - ball, axis=1).argmax()]
        ball += (farthest - ball) / (step + 1)
    return [mean, mean * 1.4, np.median(templates, axis=0), ball, ball * 1.4]


@pytest.mark.parametrize("apart", [0.0, 0.06, 0.2, 0.3, 0.36])
@pytest.mark.parametrize("more_people", [0, 5])
def test_people_who_look_alike_are_sent_to_the_desk(
    made: MadeUpPeople, means: list[Encoding], apart: float, more_people: int
) -> None:
    """Twins, or one person under two names: never "not recognised" for an enrolled face."""
    first = means[0] / np.linalg.norm(means[0])
    aside = means[1] - (means[1] @ first) * first
    angle = 2 * np.arcsin(apart / 2)
    second = np.cos(angle) * first + np.sin(angle) * aside / np.linalg.norm(aside)
    people = [made_person("a", first), made_person("b", second)]
    people += [made_person(f"p{n}", mean) for n, mean in enumerate(means[2 : 2 + more_people])]
    verdict = identify(first, Gallery.of(people, ENCODER))
    assert not isinstance(verdict, NotIdentified)
    if more_people == 0 or apart < DEFAULT_POLICY.margin:
        assert isinstance(verdict, Ambiguous)


def test_r4_real_people(data_dir: Path, vision: Vision) -> None:
    """R4: with six real portraits, where the plain 0.6 rule opened for the mean."""
    folder = data_dir / "people"
    pictures = [
        HOPPER,
        COLLINS,
        folder / "obama" / "obama.jpg",
        folder / "biden" / "biden.jpg",
        folder / "alex-lacamoire" / "alex-lacamoire.png",
        folder / "lin-manuel-miranda" / "lin-manuel-miranda.png",
    ]
    raw = []
    for path in pictures:
        sample = vision.enrol_photo(read_picture(path))
        assert isinstance(sample, PhotoSample)
        raw.append(sample.encoding)
    gallery = Gallery.of(
        (made_person(path.stem, encoding) for path, encoding in zip(pictures, raw, strict=True)),
        ENCODER,
    )
    mean = np.mean(raw, axis=0)
    assert min(float(np.linalg.norm(mean - encoding)) for encoding in raw) < 0.6
    lax = Policy(threshold=DEFAULT_POLICY.limit(1), margin=0.03)
    assert isinstance(identify(mean, gallery, lax), Identified)  # so the last rule is needed
    for centre in [mean, *centres(gallery)]:
        assert not isinstance(identify(centre, gallery), Identified)
    second = vision.enrol_photo(read_picture(folder / "obama" / "obama2.jpg"))
    assert isinstance(second, PhotoSample)
    verdict = identify(second.encoding, gallery)
    assert verdict.nearest is not None
    assert verdict.nearest.subject_id == "obama"


def test_a_crowd_lowers_the_limit(
    made: MadeUpPeople, means: list[Encoding], gallery: Gallery
) -> None:
    """The limit told is the one that decided; strangers crowd like people enrolled."""
    probe = made.picture(means[7])
    plain = Policy(threshold=0.31, margin=0.03)
    unit = (probe / np.linalg.norm(probe)).astype(np.float32)
    others = float(gallery.nearest(unit[np.newaxis], 4).cosines[0, 1:].mean())
    term = Cohort(nearest=3, weight=0.5, usual=others - 0.02)
    by_people = identify(probe, gallery, replace(plain, cohort=term))
    assert by_people.threshold == pytest.approx(np.sqrt(0.31**2 - 0.02), abs=1e-5)
    twins = np.repeat(unit[np.newaxis], 3, axis=0)
    by_strangers = identify(probe, gallery, replace(plain, cohort=replace(term, strangers=twins)))
    assert by_strangers.threshold == 0.0
    assert isinstance(by_strangers, NotIdentified)
    assert by_strangers.nearest == by_people.nearest


def test_one_person_is_no_crowd(made: MadeUpPeople) -> None:
    """With too few others the term adds nothing, whatever the gallery's size."""
    mean = made.person()
    policy = Policy(threshold=0.31, margin=0.03, cohort=Cohort(nearest=3, weight=0.5, usual=0.9))
    for others in range(4):
        people = [made_person("x", made.picture(mean), made.picture(mean))]
        people += [made_person(f"o{n}", made.picture(made.person())) for n in range(others)]
        verdict = identify(people[0].fused(), Gallery.of(people, ENCODER), policy)
        assert isinstance(verdict, Identified)
        assert 0.0 < verdict.threshold <= 0.31
    assert isinstance(identify(made.person(), Gallery.of([], ENCODER), policy), NotIdentified)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_probes_that_are_not_finite_are_refused(gallery: Gallery, value: float) -> None:
    """Neither a match nor a miss: an error."""
    probe = np.ones(128)
    probe[3] = value
    with pytest.raises(ImplausibleEncoding, match="finite"):
        identify(probe, gallery)
    with pytest.raises(ImplausibleEncoding, match="finite"):
        plausible(probe)


def test_probes_of_other_lengths_are_refused(gallery: Gallery) -> None:
    """One number would be spread over all 128 by numpy."""
    for length in (0, 1, 127, 129):
        with pytest.raises(ImplausibleEncoding):
            identify(np.ones(length), gallery)
    with pytest.raises(ImplausibleEncoding):
        identify(np.zeros(128), gallery)


@pytest.mark.parametrize("norm", [0.0, 0.99, 2.01, 1e300])
def test_b12_lengths_no_face_has_are_implausible(norm: float) -> None:
    """B12: zeros, too short, too long, too long to square."""
    values = np.full(128, norm / np.sqrt(128))
    with pytest.raises(ImplausibleEncoding, match="length"):
        plausible(values)
    with pytest.raises(ImplausibleEncoding):
        plausible(np.full(128, 1e308))


@given(arrays(np.float64, st.sampled_from([(0,), (1,), (128,), (2, 64)]), elements=st.floats()))
def test_b12_nothing_but_a_plausible_row_passes(values: np.ndarray) -> None:
    """B12: whatever the numbers are, one kind of error or none."""
    try:
        plausible(values)
    except ImplausibleEncoding:
        return
    assert values.ndim == 1
    assert 1.0 <= np.linalg.norm(values) <= 2.0


def test_b12_all_are_plausible_where_each_is() -> None:
    """One among many decides: too short, too long, not finite, so large that it overflows."""
    draw = np.random.default_rng(4)
    rows = draw.normal(size=(40, 128))
    rows *= draw.uniform(1.05, 1.95, (40, 1)) / np.linalg.norm(rows, axis=1, keepdims=True)
    assert all_plausible(rows)
    for factor in (0.4, 2.5, np.nan, np.inf, 1e300, -1e308):
        other = rows.copy()
        other[11] *= factor
        with pytest.raises(ImplausibleEncoding):
            plausible(other[11])
        assert not all_plausible(other)


def test_real_lengths_are_plausible(made: MadeUpPeople) -> None:
    """Between 1.22 and 1.67 on lfw-dev."""
    for norm in (1.0, 1.22, 1.4, 1.67, 2.0):
        values = made.person() * norm
        plausible(values / np.linalg.norm(values) * (norm * (1 - 1e-12) if norm > 1 else 1 + 1e-12))


def test_several_probes_have_the_verdicts_that_each_has(
    made: MadeUpPeople, means: list[Encoding], gallery: Gallery
) -> None:
    """People enrolled and strangers, with and without a cohort and strangers kept; to the bit."""
    probes = [made.picture(mean) for mean in means[:10]]
    probes += [made.picture(made.person()) for _ in range(10)]
    kept = np.array([unit_length(made.picture(made.person())) for _ in range(30)], np.float32)
    own = Cohort(nearest=3, weight=0.5, usual=0.9)
    with_strangers = replace(own, nearest=10, mutual=1.0, strangers=kept)
    for cohort in (None, own, with_strangers):
        policy = replace(DEFAULT_POLICY, cohort=cohort)
        together = identify_many(probes, gallery, policy)
        assert len({type(verdict) for verdict in together}) > 1
        for probe, verdict in zip(probes, together, strict=True):
            alone = identify(probe, gallery, policy)
            assert alone == verdict
    assert identify_many([], gallery) == []
    assert isinstance(identify_many([probes[0]], Gallery.of([], ENCODER))[0], NotIdentified)
    with pytest.raises(ImplausibleEncoding):
        identify_many([probes[0], np.ones(64)], gallery)
