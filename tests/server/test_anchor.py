"""The anchor: the newest note that is in order, whatever happens to the other place."""

from pathlib import Path

import pytest

from server.anchor import Anchor, Noted

KEY = bytes(32)


def test_the_newest_note_counts(tmp_path: Path) -> None:
    """None before the first; for its owner alone."""
    path = tmp_path / "keys" / "people.anchor"
    anchor = Anchor(path, KEY)
    assert anchor.read() is None
    assert not anchor.exists
    for number in range(5):
        anchor.write(number, f"{number:032x}")
        assert anchor.read() == Noted(number, f"{number:032x}")
    assert path.stat().st_mode & 0o777 == 0o600
    assert Anchor(path, b"\1" * 32).read() is None, "another vault's"


def test_a_write_that_was_cut_short_leaves_the_one_before(tmp_path: Path) -> None:
    """At every byte: the note before, or the new one; never something else."""
    path = tmp_path / "people.anchor"
    anchor = Anchor(path, KEY)
    anchor.write(1, "a" * 32)
    anchor.write(2, "b" * 32)
    before = path.read_bytes()
    anchor.write(3, "c" * 32)
    after = path.read_bytes()
    for cut in range(len(after)):
        path.write_bytes(after[:cut] + before[cut:])
        assert anchor.read() in (Noted(2, "b" * 32), Noted(3, "c" * 32))


@pytest.mark.parametrize("data", [b"", b"\n", b"1 a b\n" * 50, b"\xff" * 300, b"\0" * 256])
def test_nonsense_is_no_note(tmp_path: Path, data: bytes) -> None:
    """Nothing is raised for it."""
    path = tmp_path / "people.anchor"
    path.write_bytes(data)
    assert Anchor(path, KEY).read() is None
