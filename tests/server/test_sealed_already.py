"""What a folder without a vault holds: things sealed by a lost one, or plain ones to take over."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from database.migrations import APPLICATION_ID, SEALED_SINCE
from server.__main__ import main
from server.data_folder import DataFolder
from server.sealed_already import SEALED_MARK, is_new, sealed_already, unsealed_before
from server.vault import VaultProblem, open_vault
from tests.database.examples import open_it


def test_an_empty_folder_has_neither(tmp_path: Path) -> None:
    """A new key can be made, and nothing has to be taken over."""
    assert sealed_already(DataFolder(tmp_path)) is None
    assert not unsealed_before(DataFolder(tmp_path))


@pytest.mark.parametrize(
    "name", ["keys/devices.sealed", "keys/people.anchor", "pictures/a.sealed", "known_faces/a.pkl"]
)
def test_what_a_lost_vault_sealed(tmp_path: Path, name: str) -> None:
    """Each kind of file is known, a person's by its mark."""
    path = tmp_path / name
    path.parent.mkdir()
    path.write_bytes(b"\x80\x04}" + SEALED_MARK)
    assert sealed_already(DataFolder(tmp_path)) == path
    assert not is_new(DataFolder(tmp_path))


def test_a_history_with_sealed_names_is_known(tmp_path: Path) -> None:
    """No key is made over the lost one; in a history of before names are in clear."""
    folder = DataFolder(tmp_path)
    open_it(folder.database).close()
    assert sealed_already(folder) == folder.database
    with pytest.raises(VaultProblem, match="put a copy of the folder keys back"):
        open_vault(folder)
    assert not folder.vault.exists()
    folder.database.write_bytes(folder.database.read_bytes()[:50])
    assert sealed_already(folder) is None
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as older:
        older.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        older.execute(f"PRAGMA user_version = {SEALED_SINCE - 1}")
        folder.database.write_bytes(older.serialize())
    assert sealed_already(folder) is None


@pytest.mark.parametrize("name", ["pictures/a.jpg", "known_faces/a.pkl", "database/strangers.pkl"])
def test_what_an_earlier_version_left(tmp_path: Path, name: str) -> None:
    """People, pictures and strangers in clear."""
    path = tmp_path / name
    path.parent.mkdir()
    path.write_bytes(b"\x80\x04}plain")
    assert sealed_already(DataFolder(tmp_path)) is None
    assert unsealed_before(DataFolder(tmp_path))


def test_what_cannot_be_read_is_not_taken_for_sealed(tmp_path: Path) -> None:
    """Links and folders are somebody else's."""
    (tmp_path / "known_faces" / "b.pkl").mkdir(parents=True)
    (tmp_path / "known_faces" / "a.pkl").symlink_to("/dev/zero")
    assert sealed_already(DataFolder(tmp_path)) is None


@pytest.mark.parametrize(
    "words",
    [("export", "x"), ("verify", "A", "a.png"), ("export-person", "A", "x"), ("accept-people",)],
)
def test_a_command_about_data_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """A slip in the folder's name makes neither that folder nor a key in it."""
    root = tmp_path / "mistyped"
    assert main([*words, "--data", str(root)]) == 1
    assert f"There are no data in {root}" in capsys.readouterr().err
    assert not root.exists()
