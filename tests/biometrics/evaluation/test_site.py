"""What a gallery's own templates say: nobody, one, two and many people."""

import json

import pytest

from biometrics.evaluation.report_files import as_text
from biometrics.evaluation.site import site_report
from biometrics.gallery import Gallery, Person, Template
from tests.biometrics.support import ENCODER, MadeUpPeople

NOW_MS = 1_790_000_000_000
DAY_MS = 86_400_000


def site(people: int, *, samples: int = 3, seed: int = 5) -> Gallery:
    """A gallery of made-up people, their samples a day apart."""
    made = MadeUpPeople(seed)
    enrolled = []
    for number in range(people):
        where = made.person()
        templates = tuple(
            Template(
                encoding=made.picture(where),
                sample_id=f"{number}-{k}",
                encoder=ENCODER,
                quality={"size_px": 100.0 + k, "brightness": 120.0, "sharpness": 0.3, "yaw": -10.0},
                captured_at_ms=NOW_MS - k * DAY_MS,
            )
            for k in range(samples)
        )
        enrolled.append(
            Person(subject_id=f"id{number}", display_name=f"P{number}", templates=templates)
        )
    return Gallery.of(enrolled, ENCODER)


@pytest.mark.parametrize("people", [0, 1, 2])
def test_few_people_are_enough(people: int) -> None:
    """A report that JSON can hold, without comparisons where there is nobody to compare with."""
    result = site_report(site(people), per_1000=3, now_ms=NOW_MS)
    assert result["people"] == people
    assert ("searches" in result) is (people == 2)
    assert f"Among {people} people" in result["calibration"]["skipped"]
    assert json.loads(as_text(result))["policy"]["per_1000"] == 3


def test_many_people() -> None:
    """Visits lie nearer than strangers, the limit between them; ages, quality, all targets."""
    told: list[tuple[str, int, int]] = []
    result = site_report(
        site(60), per_1000=3, now_ms=NOW_MS, progress=lambda *step: told.append(step)
    )
    searches = result["searches"]
    assert searches["threshold"] == result["policy"]["threshold"]
    assert searches["strangers"]["people"] == searches["visits"]["people"] == 60
    assert searches["strangers"]["named"] < 0.1
    assert searches["visits"]["missed"] < 0.3
    edges, genuine = searches["histograms"]["edges"], searches["histograms"]["genuine"]
    nearer = sum(share for edge, share in zip(edges, genuine, strict=False) if edge < 0.35)
    assert nearer > 0.8
    assert result["age_days"] == {"min": 0, "p5": 0, "median": 1, "p95": 2, "max": 2}
    assert result["quality"]["turned, degrees"]["median"] == 10
    assert result["quality"]["face width, px"]["max"] == 102
    assert [row["per_1000"] for row in result["targets"]] == [10, 3, 1]
    thresholds = [row["threshold"] for row in result["targets"]]
    assert thresholds == sorted(thresholds, reverse=True)
    assert result["people_by_samples"] == {"3": 60}
    rows = result["calibration"]["rows"]
    assert {row["enrolled"] for row in rows} == {10, 30}
    assert all(row["naive_fpir"] is None for row in rows)
    assert {step for step, _, _ in told} == {
        "fitting the limits",
        "comparing everybody with everybody",
        "trying the limits out",
    }


def test_a_target_of_its_own() -> None:
    """Another than the three choices is reported with them."""
    result = site_report(site(5), per_1000=5, now_ms=NOW_MS)
    assert [row["per_1000"] for row in result["targets"]] == [10, 5, 3, 1]


def test_samples_about_which_nothing_is_known() -> None:
    """Imported ones: no age, no quality, no error."""
    made = MadeUpPeople(1)
    template = Template(encoding=made.picture(made.person()), sample_id="x", encoder=ENCODER)
    person = Person(subject_id="a", display_name="A", templates=(template,))
    result = site_report(Gallery.of([person], ENCODER), per_1000=3, now_ms=NOW_MS)
    assert result["age_days"] is None
    assert set(result["quality"].values()) == {None}
    assert result["poor_samples"]["count"] == 0
    assert result["single_samples"]["shown"] == ["A"]
