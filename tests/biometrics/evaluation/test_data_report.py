"""What a set is made of: counts, spreads, balance and duplicates."""

from dataclasses import replace
from pathlib import Path

import pytest

from biometrics.evaluation.acquire import Acquired
from biometrics.evaluation.data_report import (
    balance,
    data_report,
    exact_duplicates,
    near_duplicates,
    spread,
)
from biometrics.evaluation.samples import Dataset, Sample
from tests.biometrics.evaluation.sets import acquisition, at, item


def same_content(one: Acquired, name: str) -> Acquired:
    """The same file again, under another name."""
    return replace(one, sample=Sample(Path(name), name, name.split("/", maxsplit=1)[0]))


def test_the_whole_report() -> None:
    """Every picture is counted once as used, faceless or unreadable."""
    unreadable = Acquired(Sample(Path("x"), "Ann/x", "Ann"), None, "Ann/x is empty.")
    items = (
        item("Ann", 1, at(0)),
        item("Ann", 2, at(10), faces=2),
        item("Bob", 1, None),
        unreadable,
    )
    dataset = Dataset(Path(), tuple(i.sample for i in items), (("Ann", "ann"),), ("p",))
    report = data_report(dataset, acquisition(*items))
    assert (report["pictures"], report["people"], report["failures_to_acquire"]) == (4, 2, 2)
    assert report["unreadable"] == {"count": 1, "shown": ["Ann/x is empty."]}
    assert report["without_a_face"] == {"count": 1, "shown": ["Bob/1"]}
    assert report["several_faces"] == {"count": 1, "shown": ["Ann/2"]}
    assert report["two_spellings"] == [["Ann", "ann"]]
    assert report["passed_over"]["count"] == 1
    assert report["measures"]["width, px"]["median"] == 80
    assert report["measures"]["face brightness, 0 to 255"]["max"] == 100


def test_spread_by_hand() -> None:
    """Of 1 to 5: the median is 3; of nothing there is none."""
    found = spread([5, 1, 2, 3, 4])
    assert found == {"min": 1, "p5": 1.2, "median": 3, "p95": 4.8, "max": 5}
    assert spread([]) is None


def test_balance_by_hand() -> None:
    """Ann has three of four pictures."""
    items = [item("Ann", n, at(0)) for n in range(3)] + [item("Bob", 1, at(50))]
    found = balance(items)
    assert found["people_by_pictures"] == {"1": 1, "3": 1}
    assert (found["largest_person"], found["largest_share"]) == ("Ann", 0.75)
    assert found["median_pictures"] == 2
    assert balance([])["largest_share"] == 0.0


def test_many_pictures_are_one_class() -> None:
    """People with ten and twelve are counted together."""
    items = [item(name, n, at(0)) for name, count in (("A", 10), ("B", 12)) for n in range(count)]
    assert balance(items)["people_by_pictures"] == {"10 or more": 2}


def test_exact_duplicates() -> None:
    """The same content twice under one name, and under two."""
    first, second = item("Ann", 1, at(0)), item("Bob", 1, at(50))
    items = [first, second, same_content(first, "Ann/2"), same_content(second, "Cem/1")]
    assert exact_duplicates(items) == [("Ann/1", "Ann/2"), ("Bob/1", "Cem/1")]
    assert exact_duplicates(items, across_people=True) == [("Bob/1", "Cem/1")]


@pytest.mark.parametrize(
    ("bits", "degrees", "found"), [(0b1011, 2, 1), (0b1111_1111, 2, 0), (0b1, 30, 0)]
)
def test_near_duplicates(bits: int, degrees: float, found: int) -> None:
    """A few bits of the picture and a small distance of the face; either alone is not enough."""
    first, second = item("Ann", 1, at(0)), item("Ann", 2, at(degrees))
    assert first.seen is not None
    assert second.seen is not None
    near = replace(second, seen=replace(second.seen, picture_hash=first.seen.picture_hash ^ bits))
    assert len(near_duplicates([first, near, item("Bob", 1, None)])) == found


def test_long_lists_are_cut() -> None:
    """How many there are is said all the same."""
    items = tuple(item("Ann", n, None) for n in range(60))
    report = data_report(Dataset(Path(), ()), acquisition(*items))
    assert report["without_a_face"]["count"] == 60
    assert len(report["without_a_face"]["shown"]) == 50
