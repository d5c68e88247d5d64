"""The master key's places: put, found, forgotten; damaged ones are told and kept."""

from pathlib import Path

import pytest

from security.sealing import new_key
from server.master_keys import MasterKeyFile


def test_a_key_in_a_file(tmp_path: Path) -> None:
    """Its owner alone may read it; two can be there until one is chosen."""
    path = tmp_path / "keys" / "master.key"
    keys, old, new = MasterKeyFile(path), new_key(), new_key()
    assert keys.get("old") is None
    keys.put("old", old)
    keys.put("new", new)
    assert (keys.get("old"), keys.get("new")) == (old, new)
    assert path.stat().st_mode & 0o777 == 0o600
    keys.keep_only("new")
    assert (keys.get("old"), keys.get("new")) == (None, new)
    keys.keep_only("another")
    assert not path.exists()
    keys.keep_only("another")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 1}', b'{"a": "QUJD"}', b"\xff"])
def test_a_damaged_file_is_told_and_kept(tmp_path: Path, content: bytes) -> None:
    """It may hold the only key: nothing is written over it."""
    path = tmp_path / "master.key"
    path.write_bytes(content)
    keys = MasterKeyFile(path)
    for use in (
        lambda: keys.get("a"),
        lambda: keys.put("a", new_key()),
        lambda: keys.keep_only("a"),
    ):
        with pytest.raises(ValueError, match="damaged"):
            use()
    assert path.read_bytes() == content
