"""Holds the data on the disk against the audit log: what was put back, changed, or is gone.

For `python -m server audit verify`; a server may be running. The log is read first: the data may
be newer than it, never older.
"""

from collections.abc import Callable
from dataclasses import replace

from database.backups import DAY_MS
from database.errors import DatabaseDamaged, DatabaseProblem
from database.migrations import PROVEN_SINCE
from database.opening import is_there
from database.reader import EventReader
from database.shape import look_at_shape
from database.verifying import Progress, RowsLooked, look_at_rows
from database.whole_check import check_whole
from desktop.files import unreadable
from security.chain import Finding
from server.audit_records import DONE, Verified
from server.command_words import server_command
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.history_accepted import MOST_EVENTS, accepted_in, beyond, said_of, why_not
from server.history_cipher import HistoryCipher
from server.history_proof import sentences_of
from server.permissions import Action
from server.receipts import PURPOSE, Receipts
from server.settings import KEPT_DAYS
from server.stand_records import (
    HISTORY,
    PEOPLE,
    PROVEN,
    ROWS,
    Stand,
    free_in,
    known_in,
    outstanding,
    went_back,
)
from server.stands import files_of, stand_of
from server.vault import Vault

_RECEIPTS_KEPT_MS = DAY_MS * next(least for kind, least, _ in KEPT_DAYS if kind == "receipt_days")
"""At least: the fewest days that can be set."""


def with_data(
    verified: Verified,
    folder: DataFolder,
    vault: Vault,
    *,
    now_ms: int,
    progress: Progress = lambda _done, _total: None,
    pause_s: float = 0.0,
    stop: Callable[[], bool] = lambda: False,
) -> Verified:
    """What a look at the log gave, with what the data themselves show.

    Args:
        verified: The log's.
        folder: The data.
        vault: What seals them.
        now_ms: The clock, ms since the epoch, UTC.
        progress: Called now and then with how many of how many events were looked at.
        pause_s: Left to others of this process after every few milliseconds of work.
        stop: Asked again and again whether to give up the look at the history, which takes longest;
            then what was found till then is told, and nothing can be accepted.

    Raises:
        OSError: The data cannot be read.
    """
    known, told = known_in(verified.entries), outstanding(verified.entries)
    now: dict[str, Stand | None] = {name: stand_of(path) for name, path in files_of(folder).items()}
    now[PEOPLE] = GalleryFiles(folder.known_faces, vault).stand(writable=False)
    pages = _trouble_of_pages(folder, stop)
    history, looked, trouble = _look_at_history(folder, vault, progress, pause_s, stop)
    cancelled = stop()
    now |= history
    accepted = accepted_in(verified.entries)
    receipts, findings_of_receipts = _receipts(verified, folder, vault, now_ms)
    findings = [
        Finding(known[name][-1].record, sentence)
        for name, sentence in went_back(known, now, free_in(verified.entries, known)).items()
        if name not in told
    ]
    rest = beyond(looked or RowsLooked(), accepted)
    rest.nameless -= receipts
    of_rows = [Finding(0, sentence) for sentence in sentences_of(rest)]
    findings += of_rows
    findings += findings_of_receipts
    return replace(
        verified,
        findings=(*verified.findings, *findings),
        rows=None if looked is None or looked.strange else looked.looked,
        accepted=() if looked is None else tuple(said_of(looked, accepted)),
        history=rest if of_rows else None,
        acceptable=bool(of_rows) and not cancelled and not why_not(rest),
        trouble=pages or trouble,
        cancelled=cancelled,
        there=0 if looked is None else looked.there,
    )


def _trouble_of_pages(folder: DataFolder, stop: Callable[[], bool] = lambda: False) -> str:
    """Whether SQLite can read all of the history: rows alone do not show a page of an index."""
    try:
        if is_there(folder.database):
            check_whole(folder.database, stop)
    except (DatabaseProblem, OSError) as problem:
        return _told(problem, folder)
    return ""


def _look_at_history(
    folder: DataFolder,
    vault: Vault,
    progress: Progress,
    pause_s: float,
    stop: Callable[[], bool],
) -> tuple[dict[str, Stand | None], RowsLooked | None, str]:
    """How far the history is, nothing where it cannot be read; what its rows say; why it cannot."""
    history = EventReader(folder.database, None)
    try:
        if not folder.database.exists():
            return {HISTORY: None}, RowsLooked(), ""
        if strange := look_at_shape(folder.database):
            return {}, RowsLooked(strange), ""
        if history.version() < PROVEN_SINCE:
            return {HISTORY: Stand(history.newest()), ROWS: None}, None, ""
        if stop():
            return {HISTORY: Stand(history.newest())}, None, ""
        looked = look_at_rows(
            folder.database,
            HistoryCipher(vault),
            progress=progress,
            pause_s=pause_s,
            stop=stop,
            named=MOST_EVENTS,
        )
        return {HISTORY: Stand(history.newest()), ROWS: Stand(PROVEN)}, looked, ""
    except (DatabaseProblem, OSError) as problem:
        return {}, None, _told(problem, folder)
    finally:
        history.close()


def _told(problem: DatabaseProblem | OSError, folder: DataFolder) -> str:
    if isinstance(problem, OSError):
        return f"The history was not verified. {unreadable(folder.database, problem)}"
    said = f"The history was not verified. {problem}"
    if isinstance(problem, DatabaseDamaged):
        command = server_command("restore", folder=folder.root)
        said += (
            f" With the server stopped, this sets it aside and takes the newest backup: {command}"
        )
    return said


def erased_of(folder: DataFolder, vault: Vault) -> set[str]:
    """Ids of people whose names may be gone."""
    found, _broken = Receipts(folder.erasures, vault.key(PURPOSE)).all()
    return {receipt.subject_id for receipt in found}


def _receipts(
    verified: Verified, folder: DataFolder, vault: Vault, now_ms: int
) -> tuple[set[str], list[Finding]]:
    """Who was erased; erasures whose receipt is not there, though too young to be deleted."""
    found, broken = Receipts(folder.erasures, vault.key(PURPOSE)).all()
    there = {receipt.subject_id for receipt in found}
    findings = [Finding(0, sentence) for sentence in broken]
    for entry in verified.entries:
        young = now_ms - entry.at_ms < _RECEIPTS_KEPT_MS
        erased = entry.action == Action.ERASE_PERSON and entry.outcome == DONE
        if erased and young and entry.target not in there:
            findings.append(
                Finding(
                    entry.sequence,
                    f"The receipt of the erasure in record {entry.sequence} is gone or changed: "
                    "put it back from a backup. Without it an older backup brings the person "
                    "back.",
                )
            )
    return there, findings
