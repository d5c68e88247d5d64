"""Refused pictures are remembered, also after a crash in the middle of a line."""

from pathlib import Path

from server.photo_ledger import RefusedPhotos


def test_remembered_by_content_and_rules(tmp_path: Path) -> None:
    """A refusal is known again with the same rules, and not with others."""
    path = tmp_path / "database" / "refused.jsonl"
    ledger = RefusedPhotos(path, "encoder/1")
    ledger.add("a" * 64, "Too dark.")
    ledger.add("a" * 64, "Too dark.")
    assert ledger.reason("a" * 64) == "Too dark."
    assert RefusedPhotos(path, "encoder/1").reason("a" * 64) == "Too dark."
    assert RefusedPhotos(path, "encoder/2").reason("a" * 64) is None
    assert len(path.read_text().splitlines()) == 1


def test_a_line_cut_short_costs_one_picture(tmp_path: Path) -> None:
    """Lines before and after one that a crash cut off are read."""
    path = tmp_path / "refused.jsonl"
    ledger = RefusedPhotos(path, "r")
    ledger.add("a" * 64, "One.")
    with path.open("ab") as file:
        file.write(b'{"sha256": "bbbb", "ru')
    again = RefusedPhotos(path, "r")
    again.add("c" * 64, "Three.")
    found = RefusedPhotos(path, "r")
    assert found.reason("a" * 64) == "One."
    assert found.reason("c" * 64) == "Three."
    assert found.reason("bbbb") is None
