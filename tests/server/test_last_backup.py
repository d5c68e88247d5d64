"""The newest backup is remembered; a note that cannot be kept or read is no backup."""

import logging
from pathlib import Path

import pytest

from server.data_folder import DataFolder
from server.last_backup import LastBackup, note_backup, read_last_backup


def test_remembered(tmp_path: Path) -> None:
    """As it was noted, and whether its file is still there."""
    folder = DataFolder(tmp_path)
    assert read_last_backup(folder) is None
    file = tmp_path / "Sicherung ä.tar"
    backup = LastBackup(str(file), 1_790_000_000_000, 58, 18_400_000, "5d1e 77a0")
    note_backup(folder, backup)
    assert read_last_backup(folder) == backup
    assert not backup.there
    file.touch()
    assert backup.there


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"path": 1, "made_at_ms": null}', "nonsense"])
def test_a_note_that_is_damaged_counts_as_none(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is in the log; the next backup writes it anew."""
    folder = DataFolder(tmp_path)
    folder.last_backup.parent.mkdir()
    folder.last_backup.write_text(text)
    with caplog.at_level(logging.WARNING):
        assert read_last_backup(folder) is None
    assert "backup_note_unreadable" in caplog.text
    caplog.clear()


def test_a_disk_that_refuses_the_note_keeps_the_backup(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning in the log, no error."""
    folder = DataFolder(tmp_path)
    (tmp_path / "database").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        note_backup(folder, LastBackup("x.tar", 1, 1, 1, "f"))
    assert "backup_not_noted" in caplog.text
    caplog.clear()
