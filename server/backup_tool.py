"""`python -m server backup` and `restore`: the whole grid into one file, and back."""

import sys
from pathlib import Path
from typing import TextIO

from server import key_acts
from server.administration import command_line
from server.audit import DONE, AuditProblem
from server.backup import BackupFailed, make_backup
from server.backup_format import BackupRefused
from server.books import open_books
from server.data_folder import DataFolder, DataInUse
from server.key_tool import Ask, opened, terminal
from server.permissions import Action
from server.restoring import Restored, restore_whole
from server.tools import EXIT_OK, EXIT_PROBLEM
from server.unlocking import CannotOpen
from server.vault import Vault, VaultProblem

_RECOVERY_PROMPT = "Recovery key of the backup (as it was printed): "


def back_up(
    folder: DataFolder,
    destination: Path | None,
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Backs everything up, beside a running server or without one.

    Returns:
        0 when there is a backup that was read again, 1 when not.
    """
    out, err = out or sys.stdout, err or sys.stderr
    try:
        vault = opened(folder, terminal(), make=False)
        administration = open_books(folder, vault).administration
        made = administration.act(
            command_line(),
            Action.BACK_UP,
            lambda: make_backup(folder, vault, destination),
            done=lambda made: ("", {"files": made.files, "bytes": made.size_bytes}),
        )
    except (BackupFailed, VaultProblem, CannotOpen, AuditProblem) as problem:
        err.write(f"{problem}\n")
        return EXIT_PROBLEM
    out.write(f"{made.sentence}\n")
    return EXIT_OK


def restore(
    folder: DataFolder,
    backup: Path,
    *,
    ask: Ask | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Puts a backup in the place of the data; no server may be running on them.

    Returns:
        0 when done, 1 when nothing was changed.
    """
    out, err = out or sys.stdout, err or sys.stderr
    ask = ask or terminal()
    try:
        folder.lock("python -m server restore")
        try:
            restored = _restored(folder, backup, ask)
        finally:
            folder.unlock()
    except (BackupRefused, VaultProblem, CannotOpen, AuditProblem, DataInUse) as problem:
        err.write(f"{problem}\n")
        return EXIT_PROBLEM
    except OSError as error:
        err.write(f"The backup could not be restored ({error}): start the command again.\n")
        return EXIT_PROBLEM
    out.write(f"{restored.sentence}\n")
    return EXIT_OK


def _restored(folder: DataFolder, backup: Path, ask: Ask | None) -> Restored:
    """Restores, and writes it down: before it where there is a log, else in the one that came."""

    def work() -> Restored:
        return restore_whole(
            folder,
            backup,
            lambda there: opened(there, ask),
            open_other=lambda there: _opened_elsewhere(there, ask),
        )

    def told(restored: Restored) -> tuple[str, dict[str, str | int | bool]]:
        return restored.backup, {"files": restored.files, "elsewhere": restored.another_computer}

    if folder.vault.exists():
        administration = open_books(folder, opened(folder, ask)).administration
        return administration.act(command_line(), Action.RESTORE, work, done=told)
    restored = work()
    target, details = told(restored)
    audit = open_books(folder, opened(folder, ask)).audit
    audit.record(Action.RESTORE, command_line(), target, details, outcome=DONE)
    return restored


def _opened_elsewhere(folder: DataFolder, ask: Ask | None) -> Vault:
    """The vault of a backup on a computer that has no key yet: by passphrase or recovery key."""
    status = key_acts.status(folder)
    if status is not None and status.source == "passphrase":
        return opened(folder, ask)
    if ask is None:
        raise VaultProblem(
            "These data have no key yet, and the backup holds none: put the folder keys of the "
            "other computer into the data folder, or type this command at a terminal, which asks "
            "for the recovery key."
        )
    return key_acts.use_recovery(folder, ask(_RECOVERY_PROMPT), by=command_line().name)
