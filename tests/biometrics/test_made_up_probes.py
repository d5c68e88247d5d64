"""R4: numbers made of templates, of noise, or of no plausible length are nobody, at any size.

With the policy fitted on the very gallery and its cohort term. The gallery is a made-up population
as near to each other as dlib's; the last tests take lfw-dev's own encodings where they are.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.calibrate import fit_policy
from biometrics.encode import fuse, open_encoder
from biometrics.faces import Encoding
from biometrics.gallery import Gallery, unit_length
from biometrics.identify import Identified, ImplausibleEncoding, identify, plausible
from biometrics.pictures import read_picture
from biometrics.policy import Policy
from biometrics.prior import standard
from biometrics.verify import fit_verification, verify
from biometrics.vision import PhotoSample, Vision
from tests.biometrics.support import ENCODER, Population, made_person

SIZES = (2, 3, 5, 10, 30, 100, 420)


@pytest.fixture(scope="module")
def crowd() -> tuple[Gallery, list[Encoding]]:
    """420 people with three samples each, and where they lie."""
    population = Population(21)
    means = [population.person() for _ in range(SIZES[-1])]
    return Gallery.of(population.people(means), ENCODER), means


def first(gallery: Gallery, size: int) -> tuple[Gallery, Policy]:
    """The first so many people, with the loosest policy that is offered."""
    some = Gallery.of(gallery.people[:size], ENCODER)
    return some, fit_policy(some, 10).policy


def named(probes: Sequence[Encoding], gallery: Gallery, policy: Policy) -> int:
    """How many of these get anybody's name."""
    return sum(isinstance(identify(probe, gallery, policy), Identified) for probe in probes)


def smallest_ball(units: NDArray[np.float32]) -> Encoding:
    """Its centre: ever smaller steps towards the farthest (Badoiu and Clarkson 2003)."""
    centre = units.mean(axis=0).astype(np.float64)
    for step in range(1, 200):
        farthest = units[np.linalg.norm(units - centre, axis=1).argmax()]
        centre = centre + (farthest - centre) / (step + 1)
    return centre


@pytest.mark.parametrize("size", SIZES)
def test_r4_the_mean_of_all_and_the_centre_of_the_smallest_ball(
    crowd: tuple[Gallery, list[Encoding]], size: int
) -> None:
    """Raw, unit, of people and of their samples."""
    gallery, policy = first(crowd[0], size)
    samples = np.array([t.encoding for p in gallery.people for t in p.templates])
    probes = [
        gallery.matrix().mean(axis=0).astype(np.float64),
        samples.mean(axis=0),
        1.4 * unit_length(samples.mean(axis=0)),
        smallest_ball(gallery.matrix()),
        smallest_ball(samples.astype(np.float32)),
    ]
    assert named(probes, gallery, policy) == 0


@pytest.mark.parametrize("size", SIZES)
def test_r4_the_mean_of_two_or_of_some(crowd: tuple[Gallery, list[Encoding]], size: int) -> None:
    """Of the nearest two, of random pairs, and of three to ten: the margin names nobody."""
    gallery, policy = first(crowd[0], size)
    chance = np.random.default_rng(size)
    cosines = gallery.matrix() @ gallery.matrix().T
    np.fill_diagonal(cosines, -1)
    pairs = [np.array([row, int(cosines[row].argmax())]) for row in range(size)]
    for count in (2, 3, 4, 6, 10):
        if count <= size:
            pairs += [chance.choice(size, count, replace=False) for _ in range(60)]
    probes = [gallery.matrix()[rows].mean(axis=0).astype(np.float64) for rows in pairs]
    assert named(probes, gallery, policy) == 0


@pytest.mark.parametrize("size", SIZES)
def test_r4_a_master_vector_gets_in_for_one_at_most(
    crowd: tuple[Gallery, list[Encoding]], size: int
) -> None:
    """Climbing to be near as many as can be: where most are near, nobody is named.

    Whoever has the templates can always send one of them. What is prevented is one vector for
    several people: of those that climbing for many finds, none is named as anybody.
    """
    gallery, policy = first(crowd[0], size)
    probes = [climbed(gallery.matrix(), policy.threshold, seed) for seed in range(4)]
    near = [int((np.linalg.norm(gallery.matrix() - p, axis=1) <= 0.36).sum()) for p in probes]
    assert named(probes, gallery, policy) == 0, near


def climbed(units: NDArray[np.float32], threshold: float, seed: int) -> Encoding:
    """Hill climbing on the templates themselves for the most people within the threshold."""
    chance = np.random.default_rng(seed)
    rows = units.astype(np.float64)
    best = unit_length(rows[chance.choice(len(rows), min(3, len(rows)), replace=False)].mean(0))

    def worth(probe: Encoding) -> float:
        # Smooth, so that being a little nearer to many counts before the threshold does.
        distances = np.linalg.norm(rows - probe, axis=1)
        return float((1 / (1 + np.exp((distances - threshold) / 0.02))).sum())

    reached, step = worth(best), 0.2
    for _ in range(250):
        towards = rows[chance.integers(len(rows))] - best
        trial = unit_length(best + step * (towards + chance.normal(size=rows.shape[1]) * 0.02))
        if worth(trial) > reached:
            best, reached = trial, worth(trial)
        else:
            step = max(0.02, step * 0.98)
    return best


@pytest.mark.parametrize("size", SIZES)
def test_r4_noise_is_nobody(crowd: tuple[Gallery, list[Encoding]], size: int) -> None:
    """Directions at random, round the common one, and single numbers."""
    gallery, policy = first(crowd[0], size)
    chance = np.random.default_rng(size)
    centre = unit_length(gallery.matrix().mean(axis=0))
    probes = [unit_length(chance.normal(size=128)) for _ in range(100)]
    probes += [
        unit_length(centre + 0.45 * unit_length(chance.normal(size=128))) for _ in range(100)
    ]
    probes += [*np.eye(128)[:20], *-np.eye(128)[:20]]
    assert named(probes, gallery, policy) == 0


@pytest.mark.parametrize("others", [0, 1, 5])
def test_r4_the_middle_of_all_faces_is_nobody(others: int) -> None:
    """Made of public pictures, without a template: near everybody, most of all in few."""
    middle = np.array(standard().middle)
    chance = np.random.default_rng(others)
    aside = unit_length(chance.normal(size=128))
    common = unit_length(middle + 0.33 * aside)
    people = [made_person("common", *[common] * 3)]
    people += [made_person(f"p{n}", unit_length(chance.normal(size=128))) for n in range(others)]
    gallery = Gallery.of(people, ENCODER)
    policy = fit_policy(gallery, 10).policy
    towards = [unit_length(middle + share * aside) for share in (0.0, 0.1, 0.2)]
    for probe in towards:
        assert np.linalg.norm(probe - common) <= policy.limit(3), "far off, which proves nothing"
    assert named(towards, gallery, policy) == 0
    assert named([common], gallery, policy) == 1
    checks = fit_verification(gallery, 0.01).policy
    assert not any(verify(probe, people[0], checks, gallery).same for probe in towards)
    assert verify(common, people[0], checks, gallery).same


@pytest.mark.parametrize("length", [0.0, 1e-9, 0.3, 0.99, 2.01, 14.0, 1e308, np.inf, np.nan])
def test_r4_b12_lengths_outside_reality(length: float) -> None:
    """Even of an enrolled face: refused before anything is compared."""
    face = np.full(128, length / np.sqrt(128))
    with pytest.raises(ImplausibleEncoding):
        plausible(face)


@pytest.mark.parametrize("size", [3, 10, 100, 420])
def test_r4_verification_by_a_mean_of_two_or_three_is_nobody(
    crowd: tuple[Gallery, list[Encoding]], size: int
) -> None:
    """Though nearer to both of two than the limit, and nobody asks for a margin there."""
    gallery = Gallery.of(crowd[0].people[:size], ENCODER)
    policy = fit_verification(gallery, 0.01).policy
    chance = np.random.default_rng(size)
    near = 0
    for count in (2, 3):
        for _ in range(40):
            rows = chance.choice(size, count, replace=False)
            probe = unit_length(gallery.matrix()[rows].mean(axis=0))
            for row in rows:
                person = gallery.people[row]
                found = verify(probe, person, policy, gallery)
                near += found.distance <= found.threshold
                assert not found.same
    assert near > 10


@pytest.mark.parametrize("size", [2, 3, 10, 420])
def test_r4_verification_by_the_middle_is_nobody(
    crowd: tuple[Gallery, list[Encoding]], size: int
) -> None:
    """Whoever is claimed, at the loosest target."""
    gallery = Gallery.of(crowd[0].people[:size], ENCODER)
    policy = fit_verification(gallery, 0.01).policy
    for probe in (gallery.matrix().mean(axis=0), smallest_ball(gallery.matrix())):
        for person in gallery.people:
            assert not verify(probe.astype(np.float64), person, policy, gallery).same


def test_r4_a_template_itself_is_its_person(crowd: tuple[Gallery, list[Encoding]]) -> None:
    """What cannot be prevented here: who has a template is that person. Others are not."""
    gallery, policy = first(crowd[0], 100)
    for person in gallery.people[:10]:
        found = identify(person.fused(), gallery, policy)
        assert isinstance(found, Identified)
        assert found.candidate.subject_id == person.subject_id


def noise_chips() -> NDArray[np.uint8]:
    """Noise of several kinds, one colour, stripes and a gradient, as chips."""
    chance = np.random.default_rng(5)
    coarse = np.kron(chance.integers(0, 256, (4, 10, 10, 3)), np.ones((1, 15, 15, 1)))
    stripes = np.zeros((150, 150, 3))
    stripes[::10] = 255
    ramp = np.broadcast_to(np.linspace(0, 255, 150)[:, None, None], (150, 150, 3))
    kinds = [
        *chance.integers(0, 256, (6, 150, 150, 3)),
        *coarse,
        *np.clip(chance.normal(128, 40, (4, 150, 150, 3)), 0, 255),
        *[np.full((150, 150, 3), grey) for grey in (0, 128, 255)],
        stripes,
        ramp,
    ]
    return np.array(kinds).astype(np.uint8)


def test_r4_noise_chips_really_encoded_match_nobody(
    lfw_units: dict[str, list[Encoding]],
) -> None:
    """Pictures of noise through the network, against real faces of every size of gallery."""
    encoder = open_encoder(background=False)
    try:
        rows = encoder.encode(noise_chips())
    finally:
        encoder.close()
    probes = [*rows, fuse(rows)]
    for size in (2, 3, 10, 20):
        gallery = real_gallery(lfw_units, size)
        assert named(probes, gallery, fit_policy(gallery, 10).policy) == 0


@pytest.mark.parametrize("size", [2, 3, 10, 20])
def test_r4_made_of_real_templates(lfw_units: dict[str, list[Encoding]], size: int) -> None:
    """Middle, pairs and climbed, of real faces."""
    gallery = real_gallery(lfw_units, size)
    policy = fit_policy(gallery, 10).policy
    rows = gallery.matrix().astype(np.float64)
    probes = [rows.mean(axis=0), smallest_ball(gallery.matrix())]
    probes += [rows[[a, b]].mean(axis=0) for a in range(min(size, 12)) for b in range(a)]
    probes += [climbed(gallery.matrix(), policy.threshold, seed) for seed in range(2)]
    assert named(probes, gallery, policy) == 0


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_r4_made_of_real_faces_of_others(lfw_units: dict[str, list[Encoding]], size: int) -> None:
    """The mean of ten people who are not enrolled."""
    names = list(lfw_units)
    means = [
        np.mean([lfw_units[name][0] for name in names[start : start + 10]], axis=0)
        for start in (size, size + 2, size + 4)
    ]
    gallery = real_gallery(lfw_units, size)
    assert named(means, gallery, fit_policy(gallery, 10).policy) == 0


def real_gallery(units: dict[str, list[Encoding]], size: int) -> Gallery:
    """So many people of lfw-dev."""
    chosen = list(units.items())[:size]
    return Gallery.of((made_person(name, *rows) for name, rows in chosen), ENCODER)


@pytest.fixture(scope="module")
def lfw_units(data_dir: Path, vision: Vision) -> dict[str, list[Encoding]]:
    """A picture each of 20 people of lfw-dev, encoded; unit length."""
    units: dict[str, list[Encoding]] = {}
    for folder in sorted((data_dir / "lfw-dev" / "images").iterdir()):
        taken = vision.enrol_photo(read_picture(min(folder.glob("*.jpg"))))
        if isinstance(taken, PhotoSample):
            units[folder.name] = [unit_length(taken.encoding)]
        if len(units) == 20:
            break
    return units
