"""The table of cases names tests that exist, and each case has some or says why not."""

import re

import pytest

from tests.house import acceptance
from tests.house.rules import ROOT, project_files

TEXT = acceptance.DOCUMENT.read_text(encoding="utf-8")
FOUND = acceptance.tests_by_case(ROOT, project_files(ROOT))
CASES = [case for cases in acceptance.CASES.values() for case in cases]


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_row(case: str) -> None:
    """With tests that exist and have its id in their names, or with the reason for none."""
    (row,) = re.findall(rf"^\| {case} \| .+ \| (.+) \|$", TEXT, re.MULTILINE)
    named = set(re.findall(r"`(test_\w+)`", row))
    assert named <= {name for name, _ in FOUND.get(case, [])}
    assert named or row.startswith("none: ")


def test_the_ids_are_those_of_the_whole_contract() -> None:
    """None is left out, none is made up."""
    counts = {"B": 22, "P": 5, "N": 6, "R": 6, "F": 16, "D": 6}
    whole = {f"{letter}{n}" for letter, count in counts.items() for n in range(1, count + 1)}
    assert set(CASES) == whole


@pytest.mark.parametrize(
    ("name", "cases"),
    [
        ("test_r3_the_same_numbers", {"R3"}),
        ("test_p1_p2_p4_what_is", {"P1", "P2", "P4"}),
        ("test_b6_to_b9_b13_bad_json", {"B6", "B7", "B8", "B9", "B13"}),
        ("test_web2_is_none", set()),
    ],
)
def test_ids_in_a_name(name: str, cases: set[str]) -> None:
    """One, several, a range, and none."""
    assert acceptance.cases_of(name) == cases
