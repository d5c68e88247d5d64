"""Sentences and tables from figures."""

from pathlib import Path

from biometrics.evaluation.data_report import data_report
from biometrics.evaluation.openset import openset_report
from biometrics.evaluation.samples import Dataset
from biometrics.evaluation.tables import (
    balance_table,
    between,
    changed_table,
    fixed_table,
    fmr_table,
    fold_table,
    listings,
    measures_table,
    openset_table,
    percent,
    report_tables,
    statements,
)
from biometrics.evaluation.verification import verification_report
from tests.biometrics.evaluation.sets import acquisition, at, item
from tests.biometrics.evaluation.test_verification import two_folds


def made_result(*, broken: bool = True) -> dict[str, object]:
    """The result of a small made-up set."""
    pairs, seen = two_folds(broken=broken)
    samples = tuple(found.sample for found in seen.items)
    dataset = Dataset(Path(), samples, (("Ann", "ann"),))
    verification = verification_report(pairs, seen)
    openset = [
        item(f"P{n}", k, at(8 * n + 0.1 * k)) for n in range(8) for k in range(4 if n < 4 else 1)
    ]
    row = {"change": "dark", "not_acquired": 1, "fnmr": 0.5, "fnmr_interval": [0.2, 0.8]}
    changed = {"pairs": 2, "threshold": 0.38, "rows": [{**row, "median_distance": None}]}
    return {
        "openset": openset_report(acquisition(*openset)),
        "folder": "made|up",
        "encoder": "made-up",
        "data": data_report(dataset, seen),
        "verification": {**verification, "every_pair": None, "changed": changed},
    }


def test_shares_and_intervals() -> None:
    """As percent."""
    assert percent(0.12345) == "12.35 %"
    assert between((0.001, 0.006), 1) == "0.1 to 0.6 %"


def test_statements_hold_what_matters() -> None:
    """The accuracy with its sample and interval, the failures, and the names."""
    text = "\n".join(statements(made_result()))
    assert "8 pictures of 4 people; 1 without a usable face" in text
    assert "Taken for one person: Ann = ann." in text
    assert "Verification accuracy 83.33 %" in text
    assert "counted as refused: 1 of one person, 0 of two" in text
    assert "Identification among 4 people" in text
    assert "Fused template: missed 0.0 % at FPIR 1 %" in text


def test_what_was_not_measured_is_said() -> None:
    """The reason is handed on."""
    result = {**made_result(), "verification": {"skipped": "Nobody has two pictures."}}
    assert "Verification was not measured: Nobody has two pictures." in statements(result)
    result = {**made_result(), "openset": {"skipped": "Why."}}
    assert "Identification was not measured: Why." in statements(result)


def test_tables_are_whole() -> None:
    """Every row has a cell for every head."""
    result = made_result()
    verification = result["verification"]
    assert isinstance(verification, dict)
    openset = result["openset"]
    assert isinstance(openset, dict)
    assert len(report_tables(result)) == 7
    assert len(report_tables({**result, "openset": {}, "verification": {}})) == 2
    for table in (
        openset_table(openset),
        fixed_table(openset),
        changed_table(verification),
        measures_table(result),
        balance_table(result),
        fold_table(verification),
        fmr_table(verification),
    ):
        assert table.rows
        assert all(len(row) == len(table.head) for row in table.rows)


def test_listings_leave_out_what_is_empty() -> None:
    """Only what needs somebody's eye."""
    assert listings(made_result()) == [("Pictures without a face", 1, ["Ann/1"])]


def test_a_set_without_faces_has_tables_too() -> None:
    """Measures of nothing are left out."""
    seen = acquisition(item("Ann", 1, None))
    result = {"data": data_report(Dataset(Path(), ()), seen)}
    assert [row[0] for row in measures_table(result).rows] == ["width, px", "height, px"]
