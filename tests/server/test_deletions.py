"""Deletions: enrolments of who was deleted are remembered, sealed, for a year."""

import logging
from pathlib import Path

import pytest

from security.sealing import Sealer
from server import deletions as subject
from server.deletions import KEPT_MS, NAME, Deletions

NOW_MS = 1_790_000_000_000
GRACE, ADA, ANN = ("a" * 32, "b" * 32, "c" * 32)


def opened(folder: Path) -> Deletions:
    """As a start finds them."""
    return Deletions(folder / NAME, Sealer(bytes(32)))


def test_they_are_remembered_over_a_start_and_forgotten_one_by_one(tmp_path: Path) -> None:
    """A second deletion of the same person adds; nothing stands there in clear."""
    opened(tmp_path).note(GRACE, ["d1"], NOW_MS)
    opened(tmp_path).note(ADA, [], NOW_MS)
    opened(tmp_path).note(GRACE, ["d2"], NOW_MS + 1)
    assert opened(tmp_path).all() == {GRACE: ("d1", "d2"), ADA: ()}
    assert GRACE.encode() not in (tmp_path / NAME).read_bytes()
    opened(tmp_path).forget(GRACE)
    assert opened(tmp_path).all() == {ADA: ()}
    opened(tmp_path).forget(ANN, ADA)
    assert not list(tmp_path.iterdir()), "nobody is left: nor is the file"


def test_they_are_forgotten_after_a_year(tmp_path: Path) -> None:
    """At a start, and when somebody else is deleted."""
    kept = opened(tmp_path)
    kept.note(GRACE, ["d1"], NOW_MS)
    kept.tidy(NOW_MS + KEPT_MS)
    assert kept.all() == {GRACE: ("d1",)}
    kept.note(ADA, ["d2"], NOW_MS + KEPT_MS + 1)
    assert kept.all() == {ADA: ("d2",)}
    kept.tidy(NOW_MS + 2 * KEPT_MS + 2)
    assert not list(tmp_path.iterdir())


def test_only_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest."""
    monkeypatch.setattr(subject, "MOST", 2)
    kept = opened(tmp_path)
    for number, who in enumerate((GRACE, ADA, ANN)):
        kept.note(who, [f"d{number}"], NOW_MS)
    assert kept.all() == {ADA: ("d1",), ANN: ("d2",)}


def test_a_damaged_file_is_set_aside_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The next deletion begins anew and writes nothing over; the way back is said until it goes."""
    opened(tmp_path).note(GRACE, ["d1"], NOW_MS)
    whole = (tmp_path / NAME).read_bytes()
    damaged = bytes([whole[0] ^ 1]) + whole[1:]
    (tmp_path / NAME).write_bytes(damaged)
    assert opened(tmp_path).lost == ""
    with caplog.at_level(logging.ERROR):
        opened(tmp_path).note(ADA, ["d2"], NOW_MS)
    assert caplog.records[0].getMessage() == "deletions_damaged"
    aside = tmp_path / f"{NAME}.damaged"
    assert aside.read_bytes() == damaged
    assert opened(tmp_path).all() == {ADA: ("d2",)}
    assert str(aside) in opened(tmp_path).lost
    aside.unlink()
    assert opened(tmp_path).lost == ""


def test_a_file_that_cannot_be_read_is_not_taken_for_empty(tmp_path: Path) -> None:
    """It may be whole: nothing is written over it."""
    (tmp_path / NAME).mkdir()
    with pytest.raises(OSError, match="directory"):
        opened(tmp_path).note(GRACE, ["d1"], NOW_MS)
    with pytest.raises(OSError, match="directory"):
        opened(tmp_path).all()
