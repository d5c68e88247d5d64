"""Tables and lists from figures."""

from pathlib import Path

from biometrics.evaluation.calibration import calibration_report
from biometrics.evaluation.data_report import data_report
from biometrics.evaluation.document import Listing
from biometrics.evaluation.openset import openset_report
from biometrics.evaluation.samples import Dataset
from biometrics.evaluation.tables import (
    balance_table,
    between,
    calibration_table,
    changed_table,
    fixed_table,
    fmr_table,
    fold_table,
    listings,
    measures_table,
    openset_table,
    percent,
    speed_table,
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
        "openset": openset_report(openset),
        "calibration": calibration_report(openset, sizes=(2, 4), seeds=(0, 1)),
        "limit": None,
        "engine": "made-up engine",
        "speed": {
            "looked_at": 8,
            "kept_from_before": 1,
            "seconds": 2.0,
            "pictures_per_s": 4.0,
            "ms_per_picture": {"read": 1.0, "encode": 20.5},
            "threads": 2,
            "cores": 2,
            "engine": "made-up engine",
        },
        "folder": "made|up",
        "encoder": "made-up",
        "data": data_report(dataset, seen),
        "verification": {**verification, "every_pair": None, "changed": changed},
    }


def test_shares_and_intervals() -> None:
    """As percent."""
    assert percent(0.12345) == "12.35 %"
    assert between((0.001, 0.006), 1) == "0.1 to 0.6 %"


def test_tables_are_whole() -> None:
    """Every row has a cell for every head."""
    result = made_result()
    verification = result["verification"]
    assert isinstance(verification, dict)
    openset = result["openset"]
    assert isinstance(openset, dict)
    calibration, speed = result["calibration"], result["speed"]
    assert isinstance(calibration, dict)
    assert isinstance(speed, dict)
    for table in (
        openset_table(openset),
        fixed_table(openset),
        changed_table(verification),
        measures_table(result),
        balance_table(result),
        fold_table(verification),
        fmr_table(verification),
        calibration_table(calibration),
        speed_table(speed),
    ):
        assert table.rows
        assert all(len(row) == len(table.head) for row in table.rows)


def test_listings_leave_out_what_is_empty() -> None:
    """Only what needs somebody's eye."""
    assert listings(made_result()) == (Listing("Pictures without a face", 1, ("Ann/1",)),)


def test_a_set_without_faces_has_tables_too() -> None:
    """Measures of nothing are left out."""
    seen = acquisition(item("Ann", 1, None))
    result = {"data": data_report(Dataset(Path(), ()), seen)}
    assert [row[0] for row in measures_table(result).rows] == ["width, px", "height, px"]
