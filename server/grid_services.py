"""What the grid's data offer while they are open, one property a service; any thread may ask."""

import time
from pathlib import Path

from database.reader import EventReader
from security.recovery import RecoveryKey
from server.backup import BackupMade, make_backup, place_for_backups
from server.books import Books
from server.consents import Consents
from server.deleted_people import ACTIONS as DELETIONS
from server.deleted_people import DeletedPerson
from server.devices import Devices
from server.enrolment import EnrolmentService
from server.key_acts import KeyStatus, keep_recovery
from server.last_backup import LastBackup, read_last_backup
from server.open_data import OpenData
from server.pairing import PairingService
from server.people import PeopleService
from server.person_export import export_person
from server.receipts import Receipt
from server.recognition import RecognitionService
from server.retention import EvenClock
from server.settings import ServerSettings
from server.shutting_out import ShuttingOut
from server.suspicion import Suspicion
from server.vault import Vault
from server.verification import VerificationService


class GridServices:
    """The part of the grid that hands out services; those that open and close are in `Grid`."""

    settings: ServerSettings
    books: Books | None

    def __init__(self) -> None:
        self._data: OpenData | None = None

    @property
    def vault(self) -> Vault:
        """What seals the data on the disk; when `ready`."""
        return self._opened.vault

    @property
    def people(self) -> PeopleService:
        """Who is enrolled; when `ready`."""
        return self._opened.people

    @property
    def consents(self) -> Consents:
        """The text that people agree to; when `ready`."""
        people = self.people
        return Consents(self._opened.texts, lambda: (one.consent for one in people.stored()))

    @property
    def devices(self) -> Devices:
        """The paired checkpoints; when `ready`."""
        return self._opened.doorway.devices

    @property
    def clock(self) -> EvenClock:
        """Whether the server's clock is believed; when `ready`."""
        return self._opened.clock

    @property
    def shutting_out(self) -> ShuttingOut:
        """What of that waits to be written; when `ready`."""
        return self._opened.doorway.shutting_out

    @property
    def pairing(self) -> PairingService:
        """Lets checkpoints in; when `ready`."""
        return self._opened.doorway.pairing

    @property
    def suspicion(self) -> Suspicion:
        """What is held up, and opens it; when `ready`."""
        return self._opened.suspicion

    @property
    def recognition(self) -> RecognitionService:
        """Identifies; when `ready`."""
        return self._opened.recognition

    @property
    def verification(self) -> VerificationService:
        """Compares a probe with one person; when `ready`."""
        return self._opened.verification

    @property
    def enrolment(self) -> EnrolmentService:
        """Enrols from checkpoints; when `ready`."""
        return self._opened.enrolment

    @property
    def history(self) -> EventReader:
        """Questions to the database, from any thread; when `ready`."""
        return self._opened.history

    @property
    def key_status(self) -> KeyStatus:
        """Where the master key is and whether there is a recovery key; when `ready`."""
        return KeyStatus.of(self.vault.file)

    def keep_recovery(self, key: RecoveryKey, *, by: str) -> None:
        """Makes `key` the recovery key; when `ready`.

        Raises:
            VaultProblem: The disk refused; the one before still counts.
        """
        keep_recovery(self._opened.folder, self.vault, key, by=by)

    def back_up(self, destination: Path | None = None) -> BackupMade:
        """Copies everything into one file while the server runs; seconds to minutes.

        For a thread of the caller's, not the window's. When `ready`.

        Raises:
            BackupFailed: With a sentence.
        """
        place = destination or place_for_backups(self._opened.folder, self.settings)
        return make_backup(self._opened.folder, self.vault, place)

    @property
    def last_backup(self) -> LastBackup | None:
        """The newest whole backup that was made of these data; None before the first."""
        return read_last_backup(self._opened.folder)

    def erase_person(self, subject_id: str, *, by: str = "window") -> Receipt:
        """Erases a person for good, also from the history; waits. When `ready`.

        Raises:
            GalleryFileError: A file cannot be removed; ask again.
            DatabaseProblem: The history cannot be changed; ask again.
            OSError: As `server.erasure.Erasure.erase`.
        """
        receipt = self._opened.erasure.erase(self.people, subject_id, by=by)
        self._opened.backups.clean_soon()
        return receipt

    def deleted_people(self) -> tuple[DeletedPerson, ...]:
        """Who was deleted and not erased, the latest first; reads the whole log. When `ready`.

        Raises:
            AuditProblem: The audit log cannot be read.
            DatabaseProblem: The history cannot be read.
        """
        entries = () if self.books is None else self.books.audit.entries(DELETIONS)
        return self._opened.deleted_people(entries)

    def receipt(self, subject_id: str) -> Receipt | None:
        """The receipt of a person's erasure, which says later that copies were cleaned too.

        Raises:
            ReceiptBroken: It was changed or is damaged.
        """
        return self._opened.erasure.receipts.read(subject_id)

    def export_person(
        self, subject_id: str, folder: Path, *, by: str = "window"
    ) -> tuple[Path, ...]:
        """Writes everything about one person into a folder; waits. When `ready`.

        Raises:
            PersonUnknown: Nobody has this id.
            OSError: A file cannot be written.
        """
        return export_person(
            self.people,
            self.history,
            subject_id,
            folder,
            by=by,
            names=self._opened.account_names(),
            now_ms=time.time_ns() // 1_000_000,
        )

    @property
    def _opened(self) -> OpenData:
        data = self._data
        if data is None:
            raise RuntimeError("the grid's data are not open: look at `ready` first")
        return data
