"""`backup`, `restore`, `forget-in-backups`: the whole grid into one file, and back."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from desktop.settings import SettingsError, load
from protocol.text import printable
from server import key_acts
from server.administration import command_line
from server.audit import AuditProblem
from server.audit_records import DONE
from server.backup import BackupFailed, make_backup, place_for_backups
from server.backup_format import BackupRefused, made_with
from server.books import open_books
from server.copies import ENDING, turn
from server.data_folder import DataFolder, DataInUse
from server.forgetting import NotForgotten, forget
from server.key_tool import Ask, opened, terminal
from server.permissions import Action
from server.receipts import PURPOSE as RECEIPTS
from server.receipts import Receipts
from server.restoring import Restored, restore_whole
from server.settings import ServerSettings
from server.tools import EXIT_OK, EXIT_PROBLEM
from server.unlocking import CannotOpen
from server.vault import Vault, VaultProblem

_PART = ".part"
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
        place = destination or place_for_backups(folder, load(ServerSettings, folder.settings))
        administration = open_books(folder, vault).administration
        made = administration.act(
            command_line(),
            Action.BACK_UP,
            lambda: make_backup(folder, vault, place),
            done=lambda made: ("", {"files": made.files, "bytes": made.size_bytes}),
        )
    except (BackupFailed, VaultProblem, CannotOpen, AuditProblem, SettingsError) as problem:
        err.write(f"{problem}\n")
        return EXIT_PROBLEM
    out.write(f"{made.sentence}\n")
    return EXIT_OK


def forget_in_backups(
    folder: DataFolder,
    paths: Sequence[Path],
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Takes everybody who was erased out of backups, beside a running server or without one.

    Args:
        folder: The data that they are backups of.
        paths: Backups, and folders with backups in them.
        out: Standard output.
        err: Standard error.

    Returns:
        0 when nobody erased is left in any of them, 1 when not.
    """
    out, err = out or sys.stdout, err or sys.stderr
    try:
        vault = opened(folder, terminal(), make=False)
        # One turn for all: a renewal of the key comes before all of them, or after.
        with turn(folder, vault):
            receipts, broken = Receipts(folder.erasures, vault.key(RECEIPTS)).all()
            err.writelines(f"{sentence}\n" for sentence in broken)
            ids = frozenset(receipt.subject_id for receipt in receipts)
            copies = [copy for path in paths for copy in _in(path)]
            left = open_books(folder, vault).administration.act(
                command_line(),
                Action.BACK_UP,
                lambda: _forget(copies, folder, vault, ids, out, err),
                details={"what": "forget in backups", "backups": len(copies)},
                done=lambda left: ("", {"what": "forget in backups", "left": left}),
            )
    except (VaultProblem, CannotOpen, AuditProblem) as problem:
        err.write(f"{problem}\n")
        return EXIT_PROBLEM
    except OSError as error:
        err.write(f"The backups could not be looked through ({error}).\n")
        return EXIT_PROBLEM
    if not copies:
        err.write("There is no backup in what was named.\n")
    return EXIT_PROBLEM if left or broken or not copies else EXIT_OK


def _in(path: Path) -> list[Path]:
    """The backups that somebody names: one, or all in a folder, whatever they are called."""
    if not path.is_dir():
        return [path]
    return sorted(
        one
        for one in path.iterdir()
        if one.suffix != _PART and one.is_file() and (one.suffix == ENDING or made_with(one))
    )


def _forget(
    copies: Sequence[Path],
    folder: DataFolder,
    vault: Vault,
    subject_ids: frozenset[str],
    out: TextIO,
    err: TextIO,
) -> int:
    """Goes through them, says what was done to each; how many could not be changed."""
    left = 0
    for copy in copies:
        try:
            done = forget(copy, folder, vault, subject_ids)
            out.write(f"{printable(done.sentence, 600)}\n")
        except NotForgotten as problem:
            left += 1
            err.write(f"{printable(str(problem), 600)}\n")
    return left


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
