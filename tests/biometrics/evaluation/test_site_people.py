"""Who is alike, poor, alone with one sample, or mixed up with somebody else."""

import math

import numpy as np
import pytest

from biometrics.evaluation import site_people
from biometrics.evaluation.site_people import (
    disagreeing_samples,
    look_alikes,
    poor_people,
    single_samples,
)
from biometrics.gallery import Gallery, Person, Template
from tests.biometrics.evaluation.sets import at
from tests.biometrics.support import ENCODER


def gallery(**people: list[tuple[float, dict[str, float]]]) -> Gallery:
    """Samples at these degrees of a circle, each with what was measured on it."""
    return Gallery.of(
        (
            Person(
                subject_id=name,
                display_name=name,
                templates=tuple(
                    Template(
                        encoding=np.array(at(degrees)),
                        sample_id=f"{name}{number}",
                        encoder=ENCODER,
                        quality=quality,
                        source=f"{name}-{number}.jpg",
                    )
                    for number, (degrees, quality) in enumerate(samples)
                ),
            )
            for name, samples in people.items()
        ),
        ENCODER,
    )


def test_pairs_within_the_limit_nearest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """10 and 15 degrees apart; across the blocks of the comparison, the nearest kept."""
    people = gallery(A=[(0, {})], B=[(15, {})], C=[(90, {})], D=[(100, {})])
    for block in (1024, 1, 3):
        monkeypatch.setattr(site_people, "_BLOCK", block)
        found = look_alikes(people, 0.3)
        assert found["count"] == 2
        assert [entry["names"] for entry in found["shown"]] == [["C", "D"], ["A", "B"]]
        apart = 2 * math.sin(math.radians(5))
        assert found["shown"][0]["distance"] == pytest.approx(apart, abs=5e-4)
    assert look_alikes(people, 0.1)["count"] == 0
    monkeypatch.setattr(site_people, "SHOWN", 1)
    found = look_alikes(people, 0.3)
    assert (found["count"], [entry["names"] for entry in found["shown"]]) == (2, [["C", "D"]])


def test_progress_of_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    """By people."""
    monkeypatch.setattr(site_people, "_BLOCK", 2)
    told: list[tuple[int, int]] = []
    people = gallery(A=[(0, {})], B=[(40, {})], C=[(90, {})])
    look_alikes(people, 0.3, lambda done, total: told.append((done, total)))
    assert told == [(2, 3), (3, 3)]


def test_single_samples() -> None:
    """By name."""
    people = gallery(A=[(0, {})], B=[(40, {}), (41, {})])
    assert single_samples(people) == {"count": 1, "shown": ["A"]}


def test_people_without_a_good_sample() -> None:
    """One good sample is enough; what was not measured is not judged; the flaw is said."""
    good = {"size_px": 120.0, "brightness": 120.0, "sharpness": 0.4, "yaw": 5.0}
    flaws = {
        "small": {"size_px": 54.0},
        "dark": {"brightness": 10.0},
        "bright": {"brightness": 240.0},
        "blurred": {"sharpness": 0.05},
        "turned": {"yaw": -60.0},
    }
    people = gallery(
        mixed=[(0, {**good, "size_px": 54.0}), (1, good)],
        unknown=[(90, {})],
        **{name: [(20.0 + n, {**good, **flaw})] for n, (name, flaw) in enumerate(flaws.items())},
    )
    found = poor_people(people)
    said = {entry["name"]: entry["flaw"] for entry in found["shown"]}
    assert set(said) == set(flaws)
    assert said["small"] == "come closer: 54 px, 80 needed"


def test_a_sample_of_somebody_else() -> None:
    """Named with its source; people whose samples agree are not, nor who has one."""
    people = gallery(
        mixed=[(0, {}), (4, {}), (60, {})],
        fine=[(90, {}), (95, {})],
        alone=[(140, {})],
        opposite=[(200, {}), (20, {})],
    )
    found = disagreeing_samples(people)
    assert [entry["name"] for entry in found["shown"]] == ["opposite", "mixed"]
    assert found["shown"][1]["source"] == "mixed-2.jpg"
    apart = 2 * math.sin(math.radians(29))
    assert found["shown"][1]["distance"] == pytest.approx(apart, abs=1e-3)
