"""The report's files: whole or not at all, for their owner alone."""

import csv
import json
import os
from pathlib import Path

import pytest

from biometrics.evaluation import report_files
from biometrics.evaluation.report_files import NAMES, as_text, write_curves, write_reports
from tests.biometrics.evaluation.sets import small_document
from tests.biometrics.evaluation.test_tables import made_result


def test_four_files(tmp_path: Path) -> None:
    """JSON that is the result, and the same report three times."""
    result = made_result()
    paths = write_reports(small_document(), result, tmp_path / "a" / "b")
    assert [path.name for path in paths] == list(NAMES)
    assert json.loads(paths[0].read_text()) == json.loads(as_text(result))
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(NAMES)
    if os.name == "posix":
        assert {path.stat().st_mode & 0o077 for path in paths} == {0}


def test_a_report_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing half written."""
    result = made_result()
    write_reports(small_document(), result, tmp_path)
    before = (tmp_path / "report.html").read_text()

    def fail(_document: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report_files, "page", fail)
    with pytest.raises(OSError, match="No space"):
        write_reports(small_document(), result, tmp_path)
    assert (tmp_path / "report.html").read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)


def test_curves_of_their_own(tmp_path: Path) -> None:
    """A PNG a plot, and the curve's points as CSV."""
    result = made_result()
    paths = write_curves(small_document(), result, tmp_path / "curves")
    assert [path.suffix for path in paths] == [".png", ".csv"]
    rows = list(csv.reader(paths[-1].read_text().splitlines()))
    assert rows[0] == ["threshold", "fmr", "fnmr"]
    assert float(rows[-1][1]) == 1.0
    assert paths[0].read_bytes().startswith(b"\x89PNG")
