"""Backups and keys of the made-up grid."""

from pathlib import Path

import pytest

from security.recovery import RecoveryKey
from server.backup import BackupFailed
from server.ui.made_up_data import MadeUpData


def test_it_does_what_the_real_one_does() -> None:
    """A backup makes the last one new; a recovery key is kept."""
    grid = MadeUpData()
    assert grid.last_backup is not None
    assert grid.last_backup.there
    grid.backup_there = False
    assert not grid.last_backup.there
    grid.backed_up_days = None
    assert grid.last_backup is None
    assert grid.back_up(Path("x.tar")).files == 58
    assert grid.last_backup is not None
    grid.backup_fails = "No room."
    with pytest.raises(BackupFailed, match="No room"):
        grid.back_up()
    assert grid.key_status.recovery_at_ms is None
    key = RecoveryKey.fresh()
    grid.keep_recovery(key, by="Ann")
    assert grid.recovery == key
    assert grid.key_status.recovery_at_ms is not None
