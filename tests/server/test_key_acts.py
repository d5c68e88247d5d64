"""The keys' acts: each replaces what it says and nothing else, and is old or new after a crash."""

import os
from pathlib import Path

import pytest

from security.keyring_store import KeyringStore
from security.recovery import RecoveryKey
from server import key_acts
from server.data_folder import DataFolder
from server.purposes import Purpose
from server.vault import VaultLocked, VaultProblem, open_vault
from tests.security.keyrings import MemoryKeyring
from tests.server.crashes import output_of
from tests.server.vaults import quick_passphrases

WORDS = "correct horse battery staple"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase is stretched in no time."""
    quick_passphrases(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A data folder with a vault."""
    folder = DataFolder(tmp_path)
    open_vault(folder)
    return folder


def test_the_status_needs_no_key(folder: DataFolder, tmp_path: Path) -> None:
    """Where it is, which it is, and since when; None before there is one."""
    vault = open_vault(folder)
    folder.master_key.unlink()
    found = key_acts.status(folder)
    assert found is not None
    assert (found.fingerprint, found.source) == (vault.fingerprint, "file")
    assert found.recovery_at_ms is None
    assert key_acts.status(DataFolder(tmp_path / "new")) is None


def test_the_recovery_key_opens_a_vault_whose_master_key_is_lost(folder: DataFolder) -> None:
    """A new master key is made; the last recovery key printed counts, again and again."""
    vault = open_vault(folder)
    old = key_acts.print_recovery(folder, vault, by="Ann")
    key = key_acts.print_recovery(folder, vault, by="Ann")
    folder.master_key.unlink()
    before = folder.vault.read_bytes()
    for wrong in (old.text, RecoveryKey.fresh().text, "nonsense"):
        with pytest.raises(VaultProblem):
            key_acts.use_recovery(folder, wrong, by="Ann")
    assert folder.vault.read_bytes() == before
    assert not folder.master_key.exists()
    for _ in range(2):
        assert key_acts.use_recovery(folder, key.text, by="Ann").key("x") == vault.key("x")
        assert open_vault(folder).key("x") == vault.key("x")


def test_recovery_over_a_damaged_master_key(folder: DataFolder) -> None:
    """The damaged file is kept beside, for whoever can mend it."""
    key = key_acts.print_recovery(folder, open_vault(folder), by="Ann")
    folder.master_key.write_bytes(b"\0" * 60)
    key_acts.use_recovery(folder, key.text, by="Ann")
    open_vault(folder)
    assert folder.keys.joinpath("master.key.damaged").read_bytes() == b"\0" * 60


def test_recovery_without_anything_to_recover(folder: DataFolder, tmp_path: Path) -> None:
    """Each case has its sentence."""
    text = RecoveryKey.fresh().text
    with pytest.raises(VaultProblem, match="ever printed"):
        key_acts.use_recovery(folder, text, by="Ann")
    with pytest.raises(VaultProblem, match="missing"):
        key_acts.use_recovery(DataFolder(tmp_path / "new"), text, by="Ann")
    folder.vault.write_bytes(b"{")
    with pytest.raises(VaultProblem, match="damaged"):
        key_acts.use_recovery(folder, text, by="Ann")


def test_the_master_key_moves_between_its_places(folder: DataFolder) -> None:
    """File, keyring, passphrase and back: nothing is left behind, the recovery key stays good."""
    backend = MemoryKeyring()

    def keyring() -> KeyringStore:
        return KeyringStore(backend)

    vault = open_vault(folder)
    secret = vault.key("x")
    recovery = key_acts.print_recovery(folder, vault, by="Ann")
    key_acts.change_source(folder, vault, "keyring", by="Ann", keyring=keyring)
    assert not folder.master_key.exists()
    assert len(backend.kept) == 1
    assert open_vault(folder, keyring=keyring).key("x") == secret
    with pytest.raises(VaultProblem, match="keyring"):
        open_vault(folder, keyring=lambda: None)
    key_acts.change_source(folder, vault, "passphrase", passphrase=WORDS, by="A", keyring=keyring)
    assert not backend.kept
    assert not folder.master_key.exists()
    with pytest.raises(VaultLocked):
        open_vault(folder)
    assert open_vault(folder, passphrase=WORDS).key("x") == secret
    key_acts.change_source(folder, vault, "file", by="Ann", keyring=keyring)
    assert open_vault(folder, keyring=lambda: None).key("x") == secret
    assert key_acts.use_recovery(folder, recovery.text, by="Ann").key("x") == secret


def test_a_place_that_cannot_be_used_changes_nothing(folder: DataFolder) -> None:
    """No keyring, one that refuses, a short passphrase."""
    backend = MemoryKeyring()
    backend.refuses = True
    vault = open_vault(folder)
    before = {path: path.read_bytes() for path in folder.keys.iterdir()}
    with pytest.raises(VaultProblem, match="no keyring"):
        key_acts.change_source(folder, vault, "keyring", by="A", keyring=lambda: None)
    with pytest.raises(VaultProblem, match="refused"):
        key_acts.change_source(
            folder, vault, "keyring", by="A", keyring=lambda: KeyringStore(backend)
        )
    for words in (None, "", "short"):
        with pytest.raises(VaultProblem, match="12 characters"):
            key_acts.change_source(folder, vault, "passphrase", by="A", passphrase=words)
    assert {path: path.read_bytes() for path in folder.keys.iterdir()} == before


def test_a_rotation_voids_the_keys_before(folder: DataFolder) -> None:
    """Old master key, old recovery key: neither opens anything; what was sealed opens."""
    vault = open_vault(folder)
    sealed = vault.sealer("x").seal(b"plain", b"")
    old_master, old_recovery = (
        folder.master_key.read_bytes(),
        key_acts.print_recovery(folder, vault, by="Ann"),
    )
    new = key_acts.rotate(folder, vault, by="Ann")
    assert open_vault(folder).sealer("x").unseal(sealed, b"") == b"plain"
    now = folder.master_key.read_bytes()
    folder.master_key.write_bytes(old_master)
    with pytest.raises(VaultProblem):
        open_vault(folder)
    with pytest.raises(VaultProblem, match="not the recovery key"):
        key_acts.use_recovery(folder, old_recovery.text, by="Ann")
    folder.master_key.write_bytes(now)
    key_acts.use_recovery(folder, new.text, by="Ann")


@pytest.mark.parametrize("place", ["file", "keyring", "passphrase"])
def test_a_new_vault_has_another_key_inside_and_another_master_key(
    folder: DataFolder, tmp_path: Path, place: str
) -> None:
    """In the same place; what is there still opens with the one before, until it is forgotten."""
    backend = MemoryKeyring()

    def keyring() -> KeyringStore:
        return KeyringStore(backend)

    vault = open_vault(folder)
    if place != "file":
        key_acts.change_source(
            folder, vault, place, by="A", passphrase=WORDS if place == "passphrase" else None,
            keyring=keyring,
        )  # type: ignore[arg-type]  # fmt: skip
    new = DataFolder(tmp_path / "new")
    words = WORDS.upper() if place == "passphrase" else None
    with pytest.raises(VaultProblem, match="12 characters"):
        key_acts.new_vault(new, vault, carry=(), passphrase="short", keyring=keyring)
    fresh = key_acts.new_vault(
        new, vault, carry=(Purpose.REPLAYS,), passphrase=words, keyring=keyring
    )
    assert fresh.key(Purpose.REPLAYS) != vault.key(Purpose.REPLAYS)
    assert fresh.keys(Purpose.REPLAYS) == (vault.key(Purpose.REPLAYS), fresh.key(Purpose.REPLAYS))
    assert fresh.keys(Purpose.PICTURES) == (fresh.key(Purpose.PICTURES),)
    assert fresh.fingerprints == {vault.fingerprint, fresh.fingerprint}
    assert (fresh.file.source, fresh.file.recovery) == (place, None)
    fresh.keep(fresh.file, new.vault)
    assert open_vault(new, passphrase=words, keyring=keyring).key("x") == fresh.key("x")
    old = WORDS if place == "passphrase" else None
    assert open_vault(folder, passphrase=old, keyring=keyring).key("x") == vault.key("x")
    key_acts.forget_master(vault.file, keyring)
    assert len(backend.kept) == (1 if place == "keyring" else 0)


def test_a_forgetful_keyring_is_no_reason_to_stay(folder: DataFolder) -> None:
    """The old key opens nothing any more, wherever it still is."""
    backend = MemoryKeyring()
    vault = open_vault(folder)
    key_acts.change_source(folder, vault, "keyring", by="A", keyring=lambda: KeyringStore(backend))
    key_acts.change_source(
        folder, vault, "passphrase", by="A", passphrase=WORDS, keyring=lambda: None
    )
    assert open_vault(folder, passphrase=WORDS).key("x") == vault.key("x")


CRASHES = """
import sys
from pathlib import Path
from server import key_acts
from server.data_folder import DataFolder
from server.vault import open_vault
from tests.server.crashes import dies_at

folder = DataFolder(Path(sys.argv[1]))
before = open_vault(folder).key("x")
recovery = key_acts.print_recovery(folder, open_vault(folder), by="test")
acts = {
    "rotate": lambda: key_acts.rotate(folder, open_vault(folder), by="test"),
    "change": lambda: key_acts.change_source(folder, open_vault(folder), "file", by="test"),
    "recover": lambda: key_acts.use_recovery(folder, recovery.text, by="test"),
    "print": lambda: key_acts.print_recovery(folder, open_vault(folder), by="test"),
}

for name in ("print", "change", "recover", "rotate"):
    step = 1
    while dies_at(step, acts[name]):
        assert open_vault(folder).key("x") == before, (name, step)
        assert not list(folder.keys.glob("*.damaged"))
        step += 1
        if name == "print":
            recovery = key_acts.print_recovery(folder, open_vault(folder), by="test")
    print(name, step - 1)
    if name == "print":
        recovery = key_acts.print_recovery(folder, open_vault(folder), by="test")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to die in the middle")
def test_f15_a_key_change_that_dies_anywhere_leaves_a_key_that_opens(tmp_path: Path) -> None:
    """F15: killed before every fsync, rename and removal, old or new opens; never neither."""
    printed = output_of(CRASHES, tmp_path / "data")
    steps = {line.split()[0]: int(line.split()[1]) for line in printed.splitlines()}
    assert steps["print"] >= 3
    assert min(steps["change"], steps["recover"], steps["rotate"]) >= 9
