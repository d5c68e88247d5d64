"""`python -m server restore` without a backup: a damaged history is taken from the newest one."""

import sys
from typing import TextIO

from database.errors import DatabaseDamaged, DatabaseProblem
from database.log import EventLog
from desktop.settings import SettingsError, load
from server.administration import command_line
from server.audit import AuditProblem
from server.books import open_books
from server.command_words import server_command
from server.data_folder import DataFolder
from server.history_cipher import HistoryCipher
from server.key_tool import opened, terminal
from server.mending import mend_history
from server.permissions import Action
from server.settings import ServerSettings
from server.tools import EXIT_OK, EXIT_PROBLEM, Unusable, lock
from server.unlocking import CannotOpen
from server.vault import Vault, VaultProblem


def mend(folder: DataFolder, *, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Sets a damaged history aside and puts the newest good backup in its place.

    Returns:
        0 when done, or when nothing is wrong with the history; 1 when it could not be done.
    """
    out, err = out or sys.stdout, err or sys.stderr
    try:
        lock(folder, "python -m server restore")
        try:
            vault = opened(folder, terminal())
            problem = _problem_of(folder, vault)
            if problem is None:
                command = server_command("restore", "BACKUP", folder=folder.root)
                out.write(
                    "The history is sound: nothing was changed. To go back to a backup of "
                    f"everything, name it: {command}\n"
                )
                return EXIT_OK
            out.write(f"{problem}\n")
            settings = load(ServerSettings, folder.settings)
            restored, kept = open_books(folder, vault).administration.act(
                command_line(), Action.RESTORE, lambda: mend_history(folder, vault, settings)
            )
        finally:
            folder.unlock()
    except (
        Unusable,
        DatabaseProblem,
        VaultProblem,
        CannotOpen,
        AuditProblem,
        SettingsError,
    ) as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    names = ", ".join(path.name for path in kept)
    place = f"the backup {restored.name}" if restored else "an empty history at the next start"
    out.write(f"Kept beside it: {names}. In its place: {place}.\n")
    return EXIT_OK


def _problem_of(folder: DataFolder, vault: Vault) -> DatabaseDamaged | None:
    """What is damaged; other troubles, such as a lock, are no reason to restore and are raised."""
    log = EventLog(folder.database, HistoryCipher(vault), backup_folder=folder.backups)
    try:
        log.open()
    except DatabaseDamaged as problem:
        return problem
    log.close(5.0)
    return None
