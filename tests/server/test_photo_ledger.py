"""Refused pictures are remembered, also after a crash in the middle of a line."""

from pathlib import Path

from security.sealing import Sealer, new_key
from server.photo_ledger import RefusedPhotos
from tests.server.vaults import refused_photos


def test_remembered_by_content_and_rules(tmp_path: Path) -> None:
    """A refusal is known again with the same rules, and not with others."""
    path = tmp_path / "database" / "refused.jsonl"
    ledger = refused_photos(path, "encoder/1")
    ledger.add("a" * 64, "Too dark.")
    ledger.add("a" * 64, "Too dark.")
    assert ledger.reason("a" * 64) == "Too dark."
    assert refused_photos(path, "encoder/1").reason("a" * 64) == "Too dark."
    assert refused_photos(path, "encoder/2").reason("a" * 64) is None
    assert len(path.read_text().splitlines()) == 1
    assert b"dark" not in path.read_bytes()
    assert b"a" * 64 not in path.read_bytes()


def test_old_refusals_are_forgotten(tmp_path: Path) -> None:
    """Those of before a time, whatever their rules; the picture is looked at again."""
    path, clock = tmp_path / "refused", iter((1_000, 2_000, 3_000))
    for rules, content in (("r", "a"), ("other", "b"), ("r", "c")):
        ledger = refused_photos(path, rules, now_ms=lambda: next(clock))
        ledger.add(content * 64, "Too dark.")
    assert ledger.forget_before(500) == 0
    assert ledger.forget_before(2_500) == 2
    assert (ledger.reason("a" * 64), ledger.reason("c" * 64)) == (None, "Too dark.")
    assert refused_photos(path, "other").reason("b" * 64) is None
    assert refused_photos(tmp_path / "none", "r").forget_before(5) == 0


def test_lines_of_another_vault_are_passed_over(tmp_path: Path) -> None:
    """Nobody else can make a picture count as refused."""
    path = tmp_path / "refused"
    RefusedPhotos(path, Sealer(new_key()), "r").add("a" * 64, "Too dark.")
    assert refused_photos(path, "r").reason("a" * 64) is None


def test_a_line_cut_short_costs_one_picture(tmp_path: Path) -> None:
    """Lines before and after one that a crash cut off are read."""
    path = tmp_path / "refused.jsonl"
    ledger = refused_photos(path, "r")
    ledger.add("a" * 64, "One.")
    with path.open("ab") as file:
        file.write(b'{"sha256": "bbbb", "ru')
    again = refused_photos(path, "r")
    again.add("c" * 64, "Three.")
    found = refused_photos(path, "r")
    assert found.reason("a" * 64) == "One."
    assert found.reason("c" * 64) == "Three."
    assert found.reason("bbbb") is None


def test_written_elsewhere_with_another_key(tmp_path: Path) -> None:
    """All of them, whatever their rules."""
    path, other, sealer = tmp_path / "refused", tmp_path / "other", Sealer(new_key())
    refused_photos(path, "r").add("a" * 64, "Too dark.")
    ledger = refused_photos(path, "s")
    ledger.add("b" * 64, "Too small.")
    ledger.write_with(sealer, other)
    for rules, content, reason in (("r", "a", "Too dark."), ("s", "b", "Too small.")):
        assert RefusedPhotos(other, sealer, rules).reason(content * 64) == reason
    assert refused_photos(other, "r").reason("a" * 64) is None
