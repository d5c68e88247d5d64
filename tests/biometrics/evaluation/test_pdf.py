"""The PDF holds sentences, tables and plots."""

from pathlib import Path

from biometrics.evaluation.pdf import write_pdf
from tests.biometrics.evaluation.test_tables import made_result


def test_every_part_has_its_page(tmp_path: Path) -> None:
    """One of text, seven of tables, four of plots; names of any letters and signs."""
    result = made_result()
    result["folder"] = "李 $x$"
    pages = write_pdf(result, tmp_path / "r.pdf")
    data = (tmp_path / "r.pdf").read_bytes()
    assert pages == 12
    assert data.startswith(b"%PDF-")
    assert b"%%EOF" in data[-32:]


def test_long_texts_and_tables_go_on(tmp_path: Path) -> None:
    """On another page."""
    result = made_result()
    data, verification = result["data"], result["verification"]
    assert isinstance(data, dict)
    assert isinstance(verification, dict)
    before = write_pdf(result, tmp_path / "a.pdf")
    data["two_spellings"] = [["Ann", "ann"]] * 30
    verification["per_fold"] = verification["per_fold"] * 20
    verification["thresholds"] = verification["thresholds"] * 20
    assert write_pdf(result, tmp_path / "b.pdf") == before + 2
