"""The PDF holds sentences, tables, plots and lists, on pages that hold what fits."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from biometrics.evaluation.document import Document, Listing, Section, Table
from biometrics.evaluation.folder_document import folder_document
from biometrics.evaluation.pdf import write_pdf
from tests.biometrics.evaluation.test_tables import made_result


def pages_of(path: Path, *sections: Section) -> int:
    """Writes these sections."""
    return write_pdf(Document(title="T", summary=("S.",), sections=sections), path)


def test_a_whole_report(tmp_path: Path) -> None:
    """A few pages; names of any letters and signs, which no font may know."""
    result = made_result()
    result["folder"] = "李 $x$ \N{BULLET} Şükrü"
    pages = write_pdf(folder_document(result), tmp_path / "r.pdf")
    data = (tmp_path / "r.pdf").read_bytes()
    assert 2 <= pages <= 6
    assert data.startswith(b"%PDF-")
    assert b"%%EOF" in data[-32:]


def test_long_tables_and_texts_go_on(tmp_path: Path) -> None:
    """On another page."""
    table = Table("Many", ("a", "b"), tuple((str(n), "word " * 9) for n in range(55)), "A note.")
    assert pages_of(tmp_path / "t.pdf", Section(title="T", tables=(table,))) > 1
    sentences = tuple("word " * 60 for _ in range(16))
    assert pages_of(tmp_path / "s.pdf", Section(title="S", sentences=sentences)) > 1
    listing = Listing("Files", 900, tuple(f"{n}.jpg" for n in range(50)))
    assert pages_of(tmp_path / "l.pdf", Section(title="L", listings=(listing,))) == 1


def test_nothing_reaches_over_the_edge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word as long as two lines, and a table of twelve wide columns; seen in the text."""
    drawn: list[float] = []

    def note(page: object, x: float, y: float, words: str, **rest: object) -> object:
        text = real(page, x, y, words, **rest)
        if rest.get("ha") != "right":
            drawn.append(text.get_window_extent().x1 / page.bbox.width)  # type: ignore[attr-defined]
        return text

    real = Figure.text
    monkeypatch.setattr(Figure, "text", note)
    row = tuple(f"{n} of several words" for n in range(12))
    table = Table("W" * 90, row, (row, ("",) * 12))
    pages_of(tmp_path / "w.pdf", Section(title="W", sentences=("W" * 150,), tables=(table,)))
    assert 0.8 < max(drawn) < 0.95


def test_an_empty_table_does_no_harm(tmp_path: Path) -> None:
    """A head without rows."""
    table = Table("None", ("a", "b"), ())
    assert pages_of(tmp_path / "e.pdf", Section(title="E", tables=(table,))) == 1
