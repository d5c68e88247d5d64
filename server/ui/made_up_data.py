"""Backups and keys of a made-up grid, in memory."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from security.recovery import RecoveryKey
    from server.backup import BackupMade
    from server.key_acts import KeyStatus
    from server.last_backup import LastBackup

FINGERPRINT = "5d1e 77a0 93bc 4f26"
_DAY_MS = 86_400_000


class MadeUpData:
    """The part of a made-up grid that is backed up and opened by keys."""

    backed_up_days: int | None = 2
    """How old the last backup is; None for never."""
    backup_fails = ""
    """When not empty, why no backup can be made."""
    backup_there = True
    backup_path = "/media/usb/facenetgrid-2026-11-24-0200.tar"
    recovery_at_ms: int | None = None
    """When a recovery key was printed; None for never."""
    recovery: "RecoveryKey | None" = None

    @property
    def last_backup(self) -> "LastBackup | None":
        """As old as `backed_up_days` says, at `backup_path`, and there as `backup_there` says."""
        from server.last_backup import LastBackup

        class Made(LastBackup):
            """No disk is asked."""

            there = self.backup_there

        if self.backed_up_days is None:
            return None
        made_at_ms = time.time_ns() // 1_000_000 - self.backed_up_days * _DAY_MS
        return Made(self.backup_path, made_at_ms, 58, 18_400_000, FINGERPRINT)

    @property
    def key_status(self) -> "KeyStatus":
        """A master key in the keyring."""
        from server.key_acts import KeyStatus

        made_at_ms = time.time_ns() // 1_000_000 - 40 * _DAY_MS
        return KeyStatus(FINGERPRINT, "keyring", made_at_ms, self.recovery_at_ms)

    def keep_recovery(self, key: "RecoveryKey", *, by: str) -> None:
        """Keeps it, and when."""
        assert by
        self.recovery, self.recovery_at_ms = key, time.time_ns() // 1_000_000

    def back_up(self, destination: Path | None = None) -> "BackupMade":
        """Makes nothing, and says that it did.

        Raises:
            BackupFailed: `backup_fails` says why.
        """
        from server.backup import BackupFailed, BackupMade

        if self.backup_fails:
            raise BackupFailed(self.backup_fails)
        self.backed_up_days = 0
        return BackupMade(destination or Path("x.tar"), 58, 18_400_000, FINGERPRINT, ())
