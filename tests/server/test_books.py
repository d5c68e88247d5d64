"""The books of a data folder: opened together, with the vault's keys."""

from pathlib import Path

import pytest

from server.books import open_books
from server.data_folder import DataFolder
from server.events import GridState
from server.key_acts import rotate
from server.permissions import Role
from server.unlocking import CannotOpen, unlock_data
from server.vault import open_vault
from tests.server.office import CHEAP, GOOD


def test_they_are_there_again_at_the_next_start(tmp_path: Path) -> None:
    """Accounts and the audit log, sealed and signed by the same vault."""
    folder = DataFolder(tmp_path)
    books = open_books(folder, unlock_data(folder, "a test"), passwords=CHEAP)
    books.administration.first_administrator("administrator", GOOD)
    key = books.audit.public_key
    folder.unlock()
    alarms: list[str] = []
    again = open_books(folder, unlock_data(folder, "a test"), alarms.append, passwords=CHEAP)
    folder.unlock()
    assert [one.role for one in again.accounts.list()] == [Role.ADMINISTRATOR]
    assert again.audit.public_key == key
    assert again.audit.verify().whole
    assert alarms == []
    assert folder.audit_anchor.is_file()


def test_a_log_that_is_gone_with_its_head_is_missed(tmp_path: Path) -> None:
    """The vault knows since when there is one, also where nobody has an account."""
    folder = DataFolder(tmp_path)
    books = open_books(folder, unlock_data(folder, "a test"), passwords=CHEAP)
    assert books.vault.file.log_since_ms is None
    books.note("server started")
    assert books.vault.file.log_since_ms is not None
    folder.unlock()
    (folder.audit / "audit.jsonl").unlink()
    folder.audit_anchor.unlink()
    alarms: list[str] = []
    again = open_books(folder, unlock_data(folder, "a test"), alarms.append, passwords=CHEAP)
    folder.unlock()
    (told,) = alarms
    assert "The audit log is gone, and its sealed head with it: there was one since 20" in told
    assert not again.audit.verify().whole


def test_an_audit_log_that_cannot_be_written_keeps_the_data_closed(tmp_path: Path) -> None:
    """With the sentence for the banner."""
    folder = DataFolder(tmp_path)
    vault = unlock_data(folder, "a test")
    folder.audit.write_text("in the way")
    with pytest.raises(CannotOpen, match="audit log") as found:
        open_books(folder, vault, passwords=CHEAP)
    folder.unlock()
    assert found.value.status.state is GridState.READ_ONLY


def test_the_begin_of_the_log_leaves_another_master_key_in_place(tmp_path: Path) -> None:
    """It was put around meanwhile: a vault of before would be opened by nothing any more."""
    folder = DataFolder(tmp_path)
    books = open_books(folder, unlock_data(folder, "a test"), passwords=CHEAP)
    folder.unlock()
    rotate(folder, open_vault(folder), by="a test", keyring=lambda: None)
    books.note("first of all")
    vault = open_vault(folder)
    assert vault.file.log_since_ms is not None
    assert vault.file == books.vault.file
