"""Taking a data folder: each way of failing has its state, and leaves the folder free."""

from pathlib import Path

import pytest

from server import key_acts
from server.data_folder import DataFolder
from server.events import GridState
from server.unlocking import CannotOpen, unlock_data
from server.vault import open_vault
from tests.server.vaults import quick_passphrases
from tests.server.wire import Served

WORDS = "correct horse battery staple"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase is stretched in no time."""
    quick_passphrases(monkeypatch)


def sealed_with_a_passphrase(root: Path) -> DataFolder:
    """A data folder whose master key is in somebody's head."""
    folder = DataFolder(root)
    key_acts.change_source(folder, open_vault(folder), "passphrase", by="t", passphrase=WORDS)
    return folder


def test_locked_and_unlocked(tmp_path: Path) -> None:
    """Without, and with a wrong passphrase; asked for where somebody sits."""
    folder = sealed_with_a_passphrase(tmp_path)
    for wrong in (None, "open sesame"):
        with pytest.raises(CannotOpen, match="passphrase") as refused:
            unlock_data(folder, "the test", passphrase=wrong)
        assert refused.value.status.state is GridState.LOCKED
        assert not folder.locked
    vault = unlock_data(folder, "the test", ask=lambda _question: WORDS)
    assert folder.locked
    folder.unlock()
    assert unlock_data(folder, "the test", passphrase=WORDS).fingerprint == vault.fingerprint
    with pytest.raises(CannotOpen, match="in use") as refused:
        unlock_data(DataFolder(tmp_path), "another", passphrase=WORDS)
    assert refused.value.status.state is GridState.DATA_IN_USE
    folder.unlock()


def test_a_grid_is_unlocked(tmp_path: Path) -> None:
    """It says that it is locked until the passphrase is right, and then listens."""
    sealed_with_a_passphrase(tmp_path)
    running = Served(tmp_path)
    grid = running.grid
    assert grid.start().result(timeout=10).state is GridState.LOCKED
    assert grid.unlock("open sesame").result(timeout=10).state is GridState.LOCKED
    assert "type it again" in grid.status.sentence
    assert grid.unlock(WORDS).result(timeout=10).state.serving
    running.close()
