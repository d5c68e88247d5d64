"""An opened vault is told when it is not that of the data any more."""

import shutil
from dataclasses import replace
from pathlib import Path

from server.data_folder import DataFolder
from server.meanwhile import RENEWED, meanwhile
from server.swap import Plan, begin, finish
from server.vault import BEING_PUT, open_vault


def test_what_was_opened_counts_as_long_as_its_key_lies_there(tmp_path: Path) -> None:
    """Another key is told, and files that are being put in place; no other change of the file."""
    folder, other = DataFolder(tmp_path / "a"), DataFolder(tmp_path / "b")
    vault = open_vault(folder)
    open_vault(other)
    assert meanwhile(folder, vault) == ""
    vault.keep(replace(vault.file, log_since_ms=1), folder.vault)
    assert meanwhile(folder, vault) == ""
    begin(folder.root, Plan("set-aside-1", (), ()))
    assert meanwhile(folder, vault) == BEING_PUT
    finish(folder.root)
    assert meanwhile(folder, vault) == ""
    shutil.copyfile(other.vault, folder.vault)
    assert meanwhile(folder, vault) == RENEWED


def test_a_damaged_vault_ends_nothing_that_is_open(tmp_path: Path) -> None:
    """The next start says so, with what to do."""
    folder = DataFolder(tmp_path)
    vault = open_vault(folder)
    folder.vault.write_bytes(b"{")
    assert meanwhile(folder, vault) == ""
    folder.vault.unlink()
    assert meanwhile(folder, vault) == ""
