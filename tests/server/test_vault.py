"""The vault: made once, opened again, and never replaced where something is sealed with it."""

from dataclasses import replace
from pathlib import Path

import pytest

from security.keys import Stretching
from security.sealing import KEY_BYTES, SealBroken
from server.data_folder import DataFolder
from server.master_keys import MasterKeyFile
from server.vault import VaultLocked, VaultProblem, open_vault


def test_made_once_and_opened_again(tmp_path: Path) -> None:
    """The same keys at every start; folder and files are for their owner alone."""
    folder = DataFolder(tmp_path)
    first, again = open_vault(folder), open_vault(folder)
    assert (first.made, again.made) == (True, False)
    assert first.fingerprint == again.fingerprint
    assert first.key("devices") == again.key("devices") != first.key("accounts")
    assert len(first.key("devices")) == KEY_BYTES
    sealed = first.sealer("pictures").seal(b"picture", b"about")
    assert again.sealer("pictures").unseal(sealed, b"about") == b"picture"
    with pytest.raises(SealBroken):
        again.sealer("strangers").unseal(sealed, b"about")
    assert folder.keys.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.keys.iterdir()} == {0o600}


def test_two_folders_have_different_keys(tmp_path: Path) -> None:
    """And neither opens what the other sealed."""
    one, other = (open_vault(DataFolder(tmp_path / name)) for name in "ab")
    assert one.fingerprint != other.fingerprint
    with pytest.raises(SealBroken):
        other.sealer("x").unseal(one.sealer("x").seal(b"", b""), b"")


@pytest.mark.parametrize("what", ["missing", "another", "damaged", "emptied"])
def test_a_wrong_master_key_is_refused(tmp_path: Path, what: str) -> None:
    """With a sentence that says what to do; every file stays as it was."""
    folder, other = DataFolder(tmp_path / "a"), DataFolder(tmp_path / "b")
    open_vault(folder)
    open_vault(other)
    if what == "missing":
        folder.master_key.unlink()
    elif what == "another":
        theirs = other.master_key.read_text()
        mine = folder.master_key.read_text()
        folder.master_key.write_text(mine[:36] + theirs[36:])
    else:
        folder.master_key.write_bytes(b"" if what == "emptied" else b"\0" * 80)
    before = {path: path.read_bytes() for path in folder.keys.iterdir()}
    with pytest.raises(VaultProblem, match=r"[Pp]ut .* back"):
        open_vault(folder)
    assert {path: path.read_bytes() for path in folder.keys.iterdir()} == before


def test_a_passphrase_is_asked_for_and_checked(tmp_path: Path) -> None:
    """Without one, or with another, the vault is locked, and opens with the right one."""
    folder = DataFolder(tmp_path)
    vault = open_vault(folder)
    stretching = Stretching(salt=bytes(16), passes=1, memory_kib=64, lanes=1)
    file = replace(vault.file, source="passphrase", stretching=stretching)
    key = vault.file.open(MasterKeyFile(folder.master_key).get(vault.file.key_id) or b"")
    file.wrapping(key, stretching.key("open sesame"), "c" * 32).write(folder.vault, key)
    for wrong in (None, "", "open sesame "):
        with pytest.raises(VaultLocked, match="passphrase"):
            open_vault(folder, passphrase=wrong)
    assert open_vault(folder, passphrase="open sesame").fingerprint == vault.fingerprint


def test_without_its_vault_sealed_data_get_no_new_key(tmp_path: Path) -> None:
    """A new key would look as if all were well, and what is sealed were lost."""
    folder = DataFolder(tmp_path)
    open_vault(folder)
    folder.devices.write_bytes(b"sealed")
    folder.vault.unlink()
    with pytest.raises(VaultProblem, match="No new key was made"):
        open_vault(folder)
    assert not folder.vault.exists()


def test_a_changed_vault_is_refused(tmp_path: Path) -> None:
    """Nobody without the key can change what it says."""
    folder = DataFolder(tmp_path)
    open_vault(folder)
    text = folder.vault.read_text()
    folder.vault.write_text(text.replace('"taking_over": false', '"taking_over": true'))
    with pytest.raises(VaultProblem, match="changed"):
        open_vault(folder)


def test_a_crash_before_the_vault_was_written_is_begun_again(tmp_path: Path) -> None:
    """A master key alone opens nothing: it is replaced."""
    folder = DataFolder(tmp_path)
    open_vault(folder)
    folder.vault.unlink()
    assert open_vault(folder).made
    open_vault(folder)
