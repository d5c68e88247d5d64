"""Tests of the key that seals what a checkpoint keeps."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from client.storage_key import KeyUnusable, OpenKeyring, StorageKey, move_key, storage_key
from security.keyring_store import KeyringStore
from tests.conftest import ROOT
from tests.security.keyrings import MemoryKeyring

_ASK = """
import pathlib, sys
from client.storage_key import storage_key
print(storage_key(pathlib.Path(sys.argv[1])).key.hex())
"""


def opening(backend: MemoryKeyring) -> OpenKeyring:
    """A keyring that answers within a tenth of a second, or not."""
    return lambda: KeyringStore(backend, patience_s=0.1)


def no_keyring() -> None:
    """A system without one, or with one that is locked."""


def test_made_once_and_the_same_ever_after(tmp_path: Path) -> None:
    """32 bytes, for their owner's eyes alone, in a folder that need not be there."""
    path = tmp_path / "new" / "storage.key"
    key = storage_key(path)
    assert (len(key.key), key.place) == (32, "file")
    assert storage_key(path) == key
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_bytes() == key.key
    assert storage_key(tmp_path / "other.key") != key


@pytest.mark.parametrize("damaged", [b"", b"short", b"x" * 33, b'{"keyring": 1}', b"[1]"])
def test_a_file_of_another_length_is_kept_aside(tmp_path: Path, damaged: bytes) -> None:
    """A key that was cut off may still be mended by hand: it is not overwritten."""
    path = tmp_path / "storage.key"
    path.write_bytes(damaged)
    key = storage_key(path)
    assert storage_key(path) == key
    (kept,) = tmp_path.glob("storage.key.unusable-*")
    assert kept.read_bytes() == damaged


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    """No key is made up that would be gone at the next start."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        storage_key(tmp_path / "file" / "storage.key")


def test_programs_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    """One makes it; the other finds it, and seals nothing with another."""
    words = [sys.executable, "-c", _ASK, str(tmp_path / "new" / "storage.key")]
    asking = [
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = {process.communicate(timeout=60)[0].strip() for process in asking}
    assert len(said) == 1
    assert len(bytes.fromhex(said.pop())) == 32


def test_the_keyring_is_used_where_there_is_one(tmp_path: Path) -> None:
    """The file names the key and does not hold it."""
    path, backend = tmp_path / "storage.key", MemoryKeyring()
    key = storage_key(path, keyring=opening(backend))
    assert key.place == "keyring"
    assert key.key not in path.read_bytes()
    assert list(json.loads(path.read_bytes())) == ["keyring", "fingerprint"]
    assert path.stat().st_mode & 0o077 == 0
    assert storage_key(path, keyring=opening(backend)) == key


@pytest.mark.parametrize("trouble", ["refuses", "forgetful", "hangs"])
def test_a_keyring_that_does_not_work_is_none(tmp_path: Path, trouble: str) -> None:
    """The key lies in the file then; nothing waits longer than the keyring's patience."""
    path, backend = tmp_path / "storage.key", MemoryKeyring()
    if trouble == "hangs":
        backend.hangs.clear()
    else:
        setattr(backend, trouble, True)
    key = storage_key(path, keyring=opening(backend))
    backend.hangs.set()
    assert key == StorageKey(path.read_bytes(), "file")
    assert storage_key(path, keyring=opening(MemoryKeyring())) == key, "it stays where it is"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("none", "FACENETGRID_KEYRING=off keeps away from it: start without that"),
        ("refuses", "refused (access denied)"),
        ("hangs", "did not answer within 0.1 s: unlock it"),
        ("empty", "it is not there any more"),
        ("other", "it is not there any more"),
        ("garbage", "holds something else"),
    ],
)
def test_a_key_in_a_keyring_that_cannot_be_had_is_never_replaced(
    tmp_path: Path, trouble: str, words: str
) -> None:
    """What was sealed with it could be read no more: it is refused, and what to do is said."""
    path, backend = tmp_path / "storage.key", MemoryKeyring()
    key = storage_key(path, keyring=opening(backend))
    before, kept = path.read_bytes(), dict(backend.kept)
    keyring: OpenKeyring = opening(backend)
    match trouble:
        case "none":
            keyring = no_keyring
        case "refuses":
            backend.refuses = True
        case "hangs":
            backend.hangs.clear()
        case "empty":
            backend.kept.clear()
        case "other":
            backend.kept = dict.fromkeys(kept, "A" * 43 + "=")
        case _:
            backend.kept = dict.fromkeys(kept, "?")
    with pytest.raises(KeyUnusable) as caught:
        storage_key(path, keyring=keyring)
    assert words in str(caught.value)
    assert str(caught.value).endswith("Nothing was changed.")
    assert path.read_bytes() == before
    backend.kept, backend.refuses = kept, False
    backend.hangs.set()
    assert storage_key(path, keyring=opening(backend)) == key


def test_a_key_moves_into_the_keyring_and_out_again(tmp_path: Path) -> None:
    """The same key all the time; where it was, nothing is left."""
    path, backend = tmp_path / "storage.key", MemoryKeyring()
    key = storage_key(path).key
    with path.open("rb") as old:
        moved = move_key(path, "keyring", keyring=opening(backend))
        assert moved == StorageKey(key, "keyring")
        assert old.read() == bytes(32), "the old file's place on the disk is written over"
    assert storage_key(path, keyring=opening(backend)) == moved
    assert move_key(path, "keyring", keyring=opening(backend)) == moved
    assert move_key(path, "file", keyring=opening(backend)) == StorageKey(key, "file")
    assert backend.kept == {}
    assert storage_key(path) == StorageKey(key, "file")


@pytest.mark.parametrize("backend", [None, "refuses"])
def test_a_key_stays_where_it_is_when_the_keyring_does_not_take_it(
    tmp_path: Path, backend: str | None
) -> None:
    """Asked for, it is said that there is no keyring to use."""
    path, memory = tmp_path / "storage.key", MemoryKeyring()
    memory.refuses = True
    key = storage_key(path)
    with pytest.raises(KeyUnusable, match="no keyring of the system to use"):
        move_key(path, "keyring", keyring=no_keyring if backend is None else opening(memory))
    assert storage_key(path) == key


def test_a_crash_while_it_moves_loses_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F15: the file is replaced in one step, after the keyring has the key."""
    path, backend = tmp_path / "storage.key", MemoryKeyring()
    key = storage_key(path)

    def crash(_path: Path, _data: bytes) -> None:
        raise OSError(28, "no room")

    with monkeypatch.context() as patched:
        patched.setattr("client.storage_key.replace_scrubbed", crash)
        with pytest.raises(OSError, match="no room"):
            move_key(path, "keyring", keyring=opening(backend))
    assert len(backend.kept) == 1
    assert storage_key(path, keyring=opening(backend)) == key
    move_key(path, "keyring", keyring=opening(backend))
    with monkeypatch.context() as patched:
        patched.setattr("client.storage_key.write_atomically", crash)
        with pytest.raises(OSError, match="no room"):
            move_key(path, "file", keyring=opening(backend))
    assert storage_key(path, keyring=opening(backend)).key == key.key
