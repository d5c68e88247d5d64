"""Erasing a person: their key and templates, their picture, who they were in the history, copies.

Each step can be done again, and is, until all are done: after a crash at the next start, and after
a backup of before was restored. What stays is a receipt with the id alone.
"""

import hmac
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from desktop.files import write_atomically
from desktop.logs import log_event
from server.copies import known_copies
from server.data_folder import DataFolder
from server.deletions import NAME as DELETED
from server.deletions import Deletions
from server.forgetting import forget_everywhere, forget_reports
from server.gallery_files import GalleryFiles
from server.person_index import enrolment_in
from server.pictures import PictureFolder
from server.purposes import Purpose
from server.receipts import PURPOSE, Receipt, Receipts
from server.settings import ServerSettings
from server.stored_person import StoredPerson
from server.vault import Vault

_LOG = logging.getLogger(__name__)
_EVENTS_S = 120.0
_NOTE = "applied.note"
_DIGEST_CHARS = 32


class People(Protocol):
    """What erasing asks of the people service (`server.people.PeopleService`)."""

    def kept(self) -> tuple[StoredPerson, ...]:
        """All of whom something is kept, with those of other face models."""

    def erased(self, subject_id: str) -> tuple[tuple[str, ...], int]:
        """Forgets a person and their files under other face models: ids, and how many samples."""


class Events(Protocol):
    """What erasing asks of the event log (`database.log.EventLog`).

    Attributes:
        erased: People whom no event may name any more.
    """

    erased: set[str]

    def erase_subject(self, subject_id: str) -> "Future[int]":
        """Takes the person out of the rows; gives how many were changed."""


class Copies(Protocol):
    """What erasing asks of the copies of the data (`erasure_of` makes one of a folder)."""

    def count(self) -> int:
        """How many the server knows of."""

    def forget(self, subject_ids: frozenset[str]) -> tuple[int, tuple[str, ...]]:
        """As `server.forgetting.forget_everywhere`."""


class Erasure:
    """Erases people and keeps the receipts. Any thread but the window's may call; it waits.

    Args:
        folder: Where the receipts are.
        vault: What proves them.
        pictures: The pictures.
        events: The history.
        copies: The copies of the data, which hold people too.
        also: Removes what else may name somebody and can be made again.
        now_ms: The server's clock, ms since the epoch, UTC.

    Attributes:
        listeners: Called with the id of who was erased; for what checkpoints hold of them.
        copies_due: Whether somebody is to be taken out of the copies (`clean_copies`).
    """

    def __init__(
        self,
        folder: Path,
        vault: Vault,
        pictures: PictureFolder,
        events: Events,
        *,
        copies: Copies | None = None,
        also: Callable[[], None] = lambda: None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._folder = folder
        self.receipts = Receipts(folder, vault.key(PURPOSE))
        self._pictures = pictures
        self._events = events
        self._copies = copies
        self._also = also
        self._now_ms = now_ms
        self._enrolment_keys = vault.keys(Purpose.ENROLMENTS)
        self._enrolments: set[str] = set()
        self._deletions = Deletions(folder / DELETED, vault.sealer(Purpose.DELETIONS))
        self._writing = threading.Lock()  # of receipts and deletions
        self.listeners: list[Callable[[str], None]] = []
        self.copies_due = False

    def erase(self, people: People, subject_id: str, *, by: str) -> Receipt:
        """Erases a person for good, under every id that the same enrolments gave them.

        Who was deleted, and whom a checkpoint then sent again, has two: the history knows the
        first, the gallery the second. It is one person, who asked to be gone.

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
        also, enrolments = self._same(people, subject_id, begun.enrolments)
        begun = replace(
            begun,
            ended_at_ms=None,
            copies_ended_at_ms=None,
            enrolments=tuple(sorted(enrolments)),
            also=tuple(sorted({*begun.also, *also})),
        )

        def note(one: str) -> Receipt:
            # Another id of the same person: a note of its own, for backups and for a crash.
            return Receipt(subject_id=one, begun_at_ms=begun.begun_at_ms, by=by)

        # From here on it is done, if not now then at the next start.
        self._write(begun)
        for one in also:
            self._write(note(one))
        self._enrolments |= enrolments
        pictures = samples = 0
        models: set[str] = set()  # ids of the person under other face models
        for one in (subject_id, *also):
            pictures += int(self._pictures.delete(one))
            gone, count = people.erased(one)
            samples += count
            models.update(gone)
        models -= {subject_id, *also}
        for one in models:
            self._write(note(one))
        events = 0
        for one in (subject_id, *also, *models):
            events += self._events.erase_subject(one).result(timeout=_EVENTS_S)
            self._tell(one)
            if one != subject_id:
                self._write(replace(note(one), ended_at_ms=self._now_ms()))
        self._also()
        receipt = replace(
            begun,
            ended_at_ms=self._now_ms(),
            samples=begun.samples + samples,
            pictures=begun.pictures + pictures,
            events=begun.events + events,
            backups=0 if self._copies is None else self._copies.count(),
        )
        self._write(receipt)
        with self._writing:
            self._deletions.forget(subject_id, *also)
        self.copies_due = True
        log_event(_LOG, "person_erased", subject=subject_id, by=by, events=receipt.events)
        return receipt

    def deleting(self, stored: StoredPerson) -> None:
        """Somebody is about to be deleted: should they be erased later, it is known from what."""
        try:
            with self._writing:
                self._deletions.note(stored.subject_id, self._digests(stored), self._now_ms())
        except OSError as error:
            # Nobody stays enrolled for the sake of a note.
            log_event(_LOG, "deletion_not_noted", level=logging.WARNING, reason=str(error))

    def was_erased(self, enrolment_id: str) -> bool:
        """Whether this enrolment was of somebody who was erased since; any thread, never waits."""
        # Receipts of before the key was renewed have the digests of then.
        return any(_digest(key, enrolment_id) in self._enrolments for key in self._enrolment_keys)

    def clean_copies(self) -> tuple[str, ...]:
        """Takes everybody erased out of the copies that the server knows of; may take minutes.

        Their receipts say so then.

        Returns:
            A sentence for each copy that could not be changed; those are due again.

        Raises:
            OSError: The disk refused; all are due again.
        """
        receipts, _broken = self.receipts.all()
        self.copies_due = False
        if self._copies is None or not receipts:
            return ()
        try:
            _count, problems = self._copies.forget(frozenset(one.subject_id for one in receipts))
            for receipt in () if problems else receipts:
                self._copies_ended(receipt)
        except BaseException:
            self.copies_due = True
            raise
        self.copies_due = self.copies_due or bool(problems)
        return problems

    def again_in_files(self, files: GalleryFiles) -> tuple[str, ...]:
        """Removes the files of everybody who was erased, before people are loaded.

        Returns:
            What somebody has to look at, as sentences.

        Raises:
            GalleryFileError: One cannot be removed.
            OSError: A picture cannot be removed, or the disk refused.
        """
        receipts, broken = self.receipts.all()
        self._deletions.tidy(self._now_ms())
        for receipt in receipts:
            self._enrolments.update(receipt.enrolments)
            self.copies_due = self.copies_due or receipt.copies_ended_at_ms is None
            if files.has(receipt.subject_id):
                log_event(_LOG, "erased_again", level=logging.WARNING, subject=receipt.subject_id)
                files.delete(receipt.subject_id)
            self._pictures.delete(receipt.subject_id)
        return broken

    @property
    def lost(self) -> str:
        """What is not known any more of who was deleted, for somebody to look at; else empty."""
        return self._deletions.lost

    def again_in_history(self, people: People, newest_sequence: int) -> "Sequence[Future[int]]":
        """Finishes what a crash cut short; erases again where the history has become shorter.

        Then an older backup of it was put in its place. An event that a checkpoint decided alone,
        before it heard of an erasure, may come after any restart: it names nobody then.

        Args:
            people: The people service.
            newest_sequence: The number of the newest event, 0 without any.

        Returns:
            What the event log does about it, in the background.

        Raises:
            OSError: As `erase`.
        """
        receipts, _ = self.receipts.all()
        self._events.erased.update(receipt.subject_id for receipt in receipts)
        for receipt in receipts:
            if receipt.ended_at_ms is None:
                self.erase(people, receipt.subject_id, by=receipt.by)
        if newest_sequence >= self._noted():
            return []
        self.copies_due = bool(receipts)  # a backup was restored: what it set aside is a copy too
        return [self._events.erase_subject(one.subject_id) for one in receipts]

    def note(self, newest_sequence: int) -> None:
        """Notes how far the history has come, at the end.

        Raises:
            OSError: The disk refused.
        """
        if self._folder.is_dir():
            write_atomically(self._folder / _NOTE, json.dumps(newest_sequence).encode("ascii"))

    def _noted(self) -> int:
        try:
            return int(json.loads((self._folder / _NOTE).read_bytes()))
        except (OSError, ValueError, TypeError):
            return 2**53  # nobody knows: it is done again

    def _write(self, receipt: Receipt) -> None:
        with self._writing:
            self.receipts.write(receipt)

    def _copies_ended(self, receipt: Receipt) -> None:
        """Notes it, unless the person is being erased once more or the receipt is gone."""
        with self._writing:
            if self.receipts.read(receipt.subject_id) == receipt and receipt.ended_at_ms:
                self.receipts.write(replace(receipt, copies_ended_at_ms=self._now_ms()))

    def _same(
        self, people: People, subject_id: str, enrolments: Iterable[str]
    ) -> tuple[tuple[str, ...], set[str]]:
        """The other ids of a person, enrolled or deleted, and digests of all their enrolments.

        Args:
            people: The people service.
            subject_id: Who.
            enrolments: Digests that are known already.
        """
        with self._writing:
            known = {one: set(digests) for one, digests in self._deletions.all().items()}
        for stored in people.kept():
            known.setdefault(stored.subject_id, set()).update(self._digests(stored))
        found = {*enrolments, *known.pop(subject_id, ())}
        also: list[str] = []
        while same := [one for one, digests in known.items() if digests & found]:
            also += same
            found.update(*(known.pop(one) for one in same))
        return tuple(sorted(also)), found

    def _digests(self, stored: StoredPerson) -> set[str]:
        made = {enrolment_in(one.sample_id) for one in stored.templates}
        # Who was deleted before the key was renewed has the digests of then.
        return {_digest(key, one) for one, mark in made if mark for key in self._enrolment_keys}

    def _tell(self, subject_id: str) -> None:
        for listener in self.listeners:
            listener(subject_id)


def _digest(key: bytes, enrolment_id: str) -> str:
    return hmac.digest(key, enrolment_id.encode("utf-8"), "sha256").hex()[:_DIGEST_CHARS]


@dataclass(frozen=True, slots=True)
class _CopiesOf:
    """The copies of a data folder."""

    folder: DataFolder
    vault: Vault
    settings: Callable[[], ServerSettings]

    def count(self) -> int:
        return len(known_copies(self.folder, self.settings(), self.vault.fingerprints))

    def forget(self, subject_ids: frozenset[str]) -> tuple[int, tuple[str, ...]]:
        return forget_everywhere(self.folder, self.vault, self.settings(), subject_ids)


def erasure_of(
    folder: DataFolder,
    vault: Vault,
    pictures: PictureFolder,
    events: Events,
    settings: Callable[[], ServerSettings] = ServerSettings,
) -> Erasure:
    """The erasures of a data folder."""
    return Erasure(
        folder.erasures,
        vault,
        pictures,
        events,
        copies=_CopiesOf(folder, vault, settings),
        also=lambda: forget_reports(folder.evaluation, folder.refused_photos),
    )
