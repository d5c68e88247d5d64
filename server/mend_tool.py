"""`python -m server restore` without a backup: a damaged or lost history, from the newest one."""

import sys
from typing import TextIO

from database.errors import DatabaseDamaged, DatabaseProblem
from database.log import EventLog
from database.opening import is_there
from desktop.settings import SettingsError, load
from server.administration import command_line
from server.audit import AuditProblem
from server.books import open_books
from server.command_words import server_command
from server.data_folder import DataFolder
from server.history_cipher import HistoryCipher
from server.key_tool import opened, terminal
from server.mending import histories, mend_history
from server.permissions import Action
from server.settings import ServerSettings
from server.tools import EXIT_OK, EXIT_PROBLEM, Unusable, lock
from server.unlocking import CannotOpen
from server.vault import Vault, VaultProblem


def mend(folder: DataFolder, *, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Sets a damaged history aside, or finds it gone, and puts the newest good backup there.

    Returns:
        0 when done, or when nothing is wrong with the history; 1 when it could not be done.
    """
    out, err = out or sys.stdout, err or sys.stderr
    try:
        lock(folder, "python -m server restore")
        try:
            vault = opened(folder, terminal(), make=False)
            settings = load(ServerSettings, folder.settings)
            problem = _problem_of(folder, vault, settings)
            if problem is None:
                command = server_command("restore", "BACKUP", folder=folder.root)
                out.write(
                    "The history is sound: nothing was changed. To go back to a backup of "
                    f"everything, name it: {command}\n"
                )
                return EXIT_OK
            out.write(f"{problem}\n")
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
    beside = f"Kept beside it: {names}. " if names else ""
    place = f"the backup {restored.name}" if restored else "an empty history at the next start"
    out.write(f"{beside}In its place: {place}.\n")
    return EXIT_OK


def _problem_of(
    folder: DataFolder, vault: Vault, settings: ServerSettings
) -> DatabaseDamaged | None:
    """What is damaged or gone; other troubles, such as a lock, are no reason and are raised.

    Raises:
        Unusable: There is none, and nothing that it could be taken from.
    """
    try:
        if not is_there(folder.database):
            if histories(folder, settings):
                return DatabaseDamaged(f"{folder.database} is gone.")
            raise Unusable(
                f"There is no {folder.database}, and no backup to take it from: the server makes "
                "an empty history when it starts."
            )
    except DatabaseDamaged as problem:
        return problem
    log = EventLog(folder.database, HistoryCipher(vault), backup_folder=folder.backups)
    try:
        log.open()
    except DatabaseDamaged as problem:
        return problem
    log.close(5.0)
    return None
