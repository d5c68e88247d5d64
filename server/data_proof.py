"""Holds the data on the disk against the audit log: what was put back, and receipts that are gone.

For `python -m server audit verify`; a server may be running. The log is read first: the data may
be newer than it, never older.
"""

from dataclasses import replace

from database.backups import DAY_MS
from database.errors import DatabaseProblem
from database.reader import EventReader
from security.chain import Finding
from server.audit import DONE
from server.audit_records import Verified
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.permissions import Action
from server.receipts import PURPOSE, Receipts
from server.settings import KEPT_DAYS
from server.stand_records import (
    HISTORY,
    PEOPLE,
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


def with_data(verified: Verified, folder: DataFolder, vault: Vault, *, now_ms: int) -> Verified:
    """What a look at the log gave, with what the data themselves show.

    Args:
        verified: The log's.
        folder: The data.
        vault: What seals them.
        now_ms: The clock, ms since the epoch, UTC.

    Raises:
        OSError: The data cannot be read.
    """
    known, told = known_in(verified.entries), outstanding(verified.entries)
    now: dict[str, Stand | None] = {name: stand_of(path) for name, path in files_of(folder).items()}
    now[PEOPLE] = GalleryFiles(folder.known_faces, vault).stand(writable=False)
    newest, missing = _history(folder)
    if newest is not None:
        now[HISTORY] = Stand(newest)
    findings = [
        Finding(known[name][-1].record, sentence)
        for name, sentence in went_back(known, now, free_in(verified.entries, known)).items()
        if name not in told
    ]
    if missing:
        count = "1 event is" if missing == 1 else f"{missing} events are"
        findings.append(
            Finding(
                0,
                f"{count} missing in the history, which came to number {newest}: somebody deleted "
                "rows, or the server's clock was set back by more than an hour.",
            )
        )
    findings += _receipts_gone(verified, folder, vault, now_ms)
    return replace(verified, findings=(*verified.findings, *findings))


def _history(folder: DataFolder) -> tuple[int | None, int]:
    """The newest event's number, None where it cannot be read just now; how many are missing."""
    if not folder.database.exists():
        return 0, 0
    history = EventReader(folder.database, None)
    try:
        return history.newest(), history.missing()
    except DatabaseProblem:
        return None, 0  # the server says what is wrong with it
    finally:
        history.close()


def _receipts_gone(
    verified: Verified, folder: DataFolder, vault: Vault, now_ms: int
) -> list[Finding]:
    """Erasures whose receipt is not there, though it is too young to be deleted by its age."""
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
    return findings
