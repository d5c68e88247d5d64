"""The report about a gallery: sentences for any number of people, names where they belong."""

from typing import Any

import pytest

from biometrics.evaluation.html import page
from biometrics.evaluation.markdown import markdown
from biometrics.evaluation.site import site_report
from biometrics.evaluation.site_document import (
    advice,
    attention_rows,
    measured_sentences,
    site_document,
    site_sentences,
)
from biometrics.gallery import Gallery
from tests.biometrics.evaluation.test_site import NOW_MS, site
from tests.biometrics.support import made_person


def report(gallery: Gallery, **options: Any) -> dict[str, Any]:
    """Of these people, at a target of 3 in 1000."""
    return site_report(gallery, per_1000=3, now_ms=NOW_MS, **options)


@pytest.mark.parametrize(
    ("people", "sentence"),
    [
        (0, "Nobody is enrolled: there is nothing to evaluate"),
        (1, "With one person there is nobody to compare with"),
        (2, "2 people say little about strangers"),
    ],
)
def test_few_people_get_a_sentence(people: int, sentence: str) -> None:
    """And a report that every kind of file can show."""
    result = report(site(people), left_out=["x.pkl: The file is empty."])
    text = "\n".join(site_sentences(result))
    assert sentence in text
    assert "1 file of people left out, first: x.pkl: The file is empty." in text
    document = site_document(result)
    assert "The file is empty." in markdown(document)
    assert document.title in page(document)


def test_what_was_measured_is_in_the_report() -> None:
    """Expectation, searches, calibration, the target in force, the picture with the limit."""
    result = report(site(45))
    text = markdown(site_document(result))
    for part in (
        "45 people with 135 samples",
        "At most 3 of 1000 strangers may be named",
        "Left out in turn, 45 people searched as strangers",
        "3 in 1000 (in force)",
        "Calibration with 22 enrolled",
        "Nobody: nothing stands out.",
        "age of a sample, days",
    ):
        assert part in text
    assert len(measured_sentences(result)) == 3
    plots = [plot.name for section in site_document(result).sections for plot in section.plots]
    assert plots == ["site-distances", "calibration"]
    assert "raw within 0.6" not in text


def test_people_who_need_an_eye_are_named() -> None:
    """Twice the same face under two names, with one sample each: named, with what to do."""
    first = site(3).people[0].templates[0].encoding
    twins = [made_person("a", first, name="Ann"), made_person("b", first, name="<b>Bob")]
    result = report(Gallery.of(twins, "made-up"))
    rows, more = attention_rows(result)
    assert more == 0
    assert ("Alike, or enrolled twice", "Ann and <b>Bob", "distance 0.000") in rows
    assert ("One sample only", "Ann", "") in rows
    assert {kind for kind, _, _ in rows} <= set(advice())
    document = site_document(result)
    assert "<b>Bob" not in page(document)
    assert "Alike, or enrolled twice: see whether it is one person twice" in markdown(document)


def test_lists_that_are_longer_than_what_is_kept() -> None:
    """How many more there are is said."""
    result = report(site(2, samples=1))
    result["single_samples"] = {"count": 300, "shown": ["A"] * 200}
    assert attention_rows(result)[1] == 100
    assert "and 100 more" in markdown(site_document(result))
