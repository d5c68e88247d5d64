"""Erasing a person: their key and templates, their picture, who they were in the history, copies.

Each step can be done again, and is, until all are done: after a crash at the next start, and after
a backup of before was restored. What stays is a receipt with the id alone.
"""

import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from database.backups import list_backups
from desktop.files import write_atomically
from desktop.logs import log_event
from desktop.scrubbing import scrub
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.pictures import PictureFolder
from server.receipts import PURPOSE, Receipt, Receipts
from server.vault import Vault

_LOG = logging.getLogger(__name__)
_EVENTS_S = 120.0
_NOTE = "applied.note"


class People(Protocol):
    """What erasing asks of the people service (`server.people.PeopleService`)."""

    def erased(self, subject_id: str) -> tuple[tuple[str, ...], int]:
        """Forgets a person and their files under other face models: ids, and how many samples."""


class Events(Protocol):
    """What erasing asks of the event log (`database.log.EventLog`)."""

    def erase_subject(self, subject_id: str) -> "Future[int]":
        """Takes the person out of the rows; gives how many were changed."""


class Erasure:
    """Erases people and keeps the receipts. Any thread but the window's may call; it waits.

    Args:
        folder: Where the receipts are.
        vault: What proves them.
        pictures: The pictures.
        events: The history.
        backups: How many backups there are now.
        also: Removes what else may name somebody and can be made again.
        now_ms: The server's clock, ms since the epoch, UTC.

    Attributes:
        listeners: Called with the id of who was erased; for what checkpoints hold of them.
    """

    def __init__(
        self,
        folder: Path,
        vault: Vault,
        pictures: PictureFolder,
        events: Events,
        *,
        backups: Callable[[], int] = lambda: 0,
        also: Callable[[], None] = lambda: None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._folder = folder
        self.receipts = Receipts(folder, vault.key(PURPOSE))
        self._pictures = pictures
        self._events = events
        self._backups = backups
        self._also = also
        self._now_ms = now_ms
        self.listeners: list[Callable[[str], None]] = []

    def erase(self, people: People, subject_id: str, *, by: str) -> Receipt:
        """Erases a person for good.

        Args:
            people: The people service.
            subject_id: Who; somebody deleted before is erased from the history all the same.
            by: Who asks, as the audit log names them.

        Raises:
            GalleryFileError: A file cannot be removed; ask again.
            OSError: Another one cannot; ask again.
            DatabaseProblem: The history cannot be changed; ask again.
            ReceiptBroken: There is a receipt of this person that was changed.
        """
        before = self.receipts.read(subject_id)
        begun = before or Receipt(subject_id=subject_id, begun_at_ms=self._now_ms(), by=by)
        # From here on it is done, if not now then at the next start.
        self.receipts.write(
            begun if begun.ended_at_ms is None else replace(begun, ended_at_ms=None)
        )
        pictures = int(self._pictures.delete(subject_id))
        ids, samples = people.erased(subject_id)
        events = 0
        for one in {subject_id, *ids}:
            if one != subject_id:
                # Of the same person under another face model: their own note, for backups.
                note = Receipt(subject_id=one, begun_at_ms=begun.begun_at_ms, by=by)
                self.receipts.write(replace(note, ended_at_ms=self._now_ms()))
            events += self._events.erase_subject(one).result(timeout=_EVENTS_S)
            self._tell(one)
        self._also()
        receipt = replace(
            begun,
            ended_at_ms=self._now_ms(),
            samples=begun.samples + samples,
            pictures=begun.pictures + pictures,
            events=begun.events + events,
            backups=self._backups(),
        )
        self.receipts.write(receipt)
        log_event(_LOG, "person_erased", subject=subject_id, by=by, events=receipt.events)
        return receipt

    def again_in_files(self, files: GalleryFiles) -> tuple[str, ...]:
        """Removes the files of everybody who was erased, before people are loaded.

        Returns:
            What somebody has to look at, as sentences.

        Raises:
            GalleryFileError: One cannot be removed.
            OSError: A picture cannot be removed.
        """
        receipts, broken = self.receipts.all()
        for receipt in receipts:
            if files.has(receipt.subject_id):
                log_event(_LOG, "erased_again", level=logging.WARNING, subject=receipt.subject_id)
                files.delete(receipt.subject_id)
            self._pictures.delete(receipt.subject_id)
        return broken

    def again_in_history(self, people: People, newest_sequence: int) -> "Sequence[Future[int]]":
        """Finishes what a crash cut short; erases again where the history has become shorter.

        Then an older backup of it was put in its place.

        Args:
            people: The people service.
            newest_sequence: The number of the newest event, 0 without any.

        Returns:
            What the event log does about it, in the background.

        Raises:
            OSError: As `erase`.
        """
        receipts, _ = self.receipts.all()
        for receipt in receipts:
            if receipt.ended_at_ms is None:
                self.erase(people, receipt.subject_id, by=receipt.by)
        if newest_sequence >= self._noted():
            return []
        return [self._events.erase_subject(one.subject_id) for one in receipts]

    def note(self, newest_sequence: int) -> None:
        """Notes how far the history has come, at the end.

        Raises:
            OSError: The disk refused.
        """
        if self._folder.is_dir():
            write_atomically(self._folder / _NOTE, json.dumps(newest_sequence).encode("ascii"))

    def restored(self) -> None:
        """Tells that a backup was put in the place of the data: erasures are done again.

        Raises:
            OSError: The disk refused.
        """
        if self._folder.is_dir():
            write_atomically(self._folder / _NOTE, json.dumps(2**53).encode("ascii"))

    def _noted(self) -> int:
        try:
            return int(json.loads((self._folder / _NOTE).read_bytes()))
        except (OSError, ValueError, TypeError):
            return 2**53  # nobody knows: it is done again

    def _tell(self, subject_id: str) -> None:
        for listener in self.listeners:
            listener(subject_id)


def forget_reports(evaluation: Path, refused_photos: Path) -> None:
    """Removes what may tell of a person and can be made again: the report, refused pictures.

    Raises:
        OSError: One cannot be removed.
    """
    for path in (*evaluation.glob("report.*"), refused_photos):
        scrub(path)


def copies_of_before(folder: DataFolder) -> tuple[Path, ...]:
    """What may still hold somebody who is erased now: all backups, and what a restore set aside.

    Backups that were carried elsewhere nobody here knows of.
    """
    daily = [backup.path for backup in list_backups(folder.backups)]
    whole = sorted(folder.backups.glob("facenetgrid-*.tar"))
    return (*daily, *whole, *sorted(folder.root.glob("set-aside-*")))


def erasure_of(
    folder: DataFolder, vault: Vault, pictures: PictureFolder, events: Events
) -> Erasure:
    """The erasures of a data folder."""
    return Erasure(
        folder.erasures,
        vault,
        pictures,
        events,
        backups=lambda: len(copies_of_before(folder)),
        also=lambda: forget_reports(folder.evaluation, folder.refused_photos),
    )
