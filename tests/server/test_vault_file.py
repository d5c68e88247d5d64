"""vault.json: what stands in it, that changes are noticed, that broken ones are told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from security.keys import Stretching, wrap
from security.sealing import SealBroken, new_key
from server.vault_file import VaultFile, VaultFileInvalid, read_vault_file

KEY, MASTER = new_key(), new_key()


def a_file() -> VaultFile:
    """One with everything in it."""
    return VaultFile(
        key_id="a" * 32,
        fingerprint="1234-5678-9abc-def0",
        made_at_ms=1_790_000_000_000,
        source="passphrase",
        wrapped=wrap(MASTER, KEY, "master " + "a" * 32),
        stretching=Stretching.fresh(),
    )


def test_written_and_read(tmp_path: Path) -> None:
    """The same comes back, proven, and no key stands in it."""
    path = tmp_path / "vault.json"
    recovery = new_key()
    file = a_file().recoverable(KEY, recovery, 1_790_000_000_001)
    file.write(path, KEY)
    found = read_vault_file(path)
    assert found == file
    found.check(path, KEY)
    assert found.open(MASTER) == found.open_with_recovery(recovery) == KEY
    assert path.stat().st_mode & 0o777 == 0o600
    for key in (KEY, MASTER, recovery):
        assert key not in path.read_bytes()


def test_other_keys_open_nothing(tmp_path: Path) -> None:
    """Neither another master key nor another recovery key, nor none at all."""
    file = a_file()
    with pytest.raises(SealBroken):
        file.open(new_key())
    with pytest.raises(SealBroken):
        file.open_with_recovery(new_key())
    other = file.wrapping(KEY, new_key(), "b" * 32)
    with pytest.raises(SealBroken):
        other.open(MASTER)


def test_when_the_audit_log_was_begun(tmp_path: Path) -> None:
    """It stands in the file and is proven; a file of before has none."""
    path = tmp_path / "vault.json"
    begun = replace(a_file(), log_since_ms=1_790_000_000_007)
    begun.write(path, KEY)
    assert read_vault_file(path) == begun
    found = json.loads(path.read_bytes())
    path.write_text(json.dumps({**found, "log_since_ms": None}))
    with pytest.raises(VaultFileInvalid, match="changed by somebody else"):
        begun.check(path, KEY)
    del found["log_since_ms"]
    path.write_text(json.dumps(found))
    before = read_vault_file(path)
    assert before is not None
    assert before.log_since_ms is None


def test_no_file_is_none(tmp_path: Path) -> None:
    """A new data folder."""
    assert read_vault_file(tmp_path / "vault.json") is None


@pytest.mark.parametrize(
    "change",
    [
        {"source": "file"},
        {"taking_over": True},
        {"made_at_ms": 1},
        {"recovery": "AAAA"},
        {"extra": 1},
    ],
)
def test_a_change_by_hand_is_noticed(tmp_path: Path, change: dict[str, object]) -> None:
    """Every field is under the proof."""
    path = tmp_path / "vault.json"
    a_file().write(path, KEY)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    found = read_vault_file(path)
    assert found is not None
    with pytest.raises(VaultFileInvalid, match="changed"):
        found.check(path, KEY)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff" * 40,
        b"[" * 60_000,
        b" " * 70_000,
        b'{"format": "facenetgrid-vault", "version": 1}',
        b'{"format": "facenetgrid-vault", "version": 2}',
        b'{"format": "facenetgrid-vault", "version": 1, "source": "file", "passphrase": 3}',
        b'{"format": "facenetgrid-vault", "version": 1, "source": "elsewhere", "key_id": "a"}',
    ],
)
def test_a_broken_file_is_told(tmp_path: Path, content: bytes) -> None:
    """With its path; nothing else is raised."""
    path = tmp_path / "vault.json"
    path.write_bytes(content)
    with pytest.raises(VaultFileInvalid, match=r"vault\.json"):
        read_vault_file(path)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    """What cannot be read is no vault."""
    (tmp_path / "vault.json").mkdir()
    with pytest.raises(VaultFileInvalid, match="cannot be read"):
        read_vault_file(tmp_path / "vault.json")


def test_keys_of_before_are_carried_sealed(tmp_path: Path) -> None:
    """The same come back with the fingerprints; they stand nowhere, and another key has none."""
    path = tmp_path / "vault.json"
    kept = {"replays": (b"1" * 32, b"2" * 32)}
    file = replace(a_file(), earlier=("aa", "bb")).carrying(KEY, kept)
    file.write(path, KEY)
    again = read_vault_file(path)
    assert again == file
    assert again.earlier == ("aa", "bb")
    assert again.carried_by(KEY) == kept
    assert b"MTEx" not in path.read_bytes()
    with pytest.raises(VaultFileInvalid, match="put together"):
        again.carried_by(new_key())
    assert a_file().carried_by(KEY) == {}
