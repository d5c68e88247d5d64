"""The data while they are open: the lock, the event log, the gallery, and the services on them."""

import logging
import time
from collections.abc import Callable, Iterable

from database.errors import DatabaseProblem
from database.log import EventLog, LogState
from database.reader import EventReader
from database.records import CheckpointRecord
from desktop.logs import log_event
from protocol.text import printable
from server.audit import AuditProblem
from server.audit_records import Entry
from server.backup_keeper import BackupKeeper
from server.books import Books
from server.checkpoints import Checkpoints
from server.command_words import server_command
from server.consent_texts import PURPOSE as TEXTS
from server.consent_texts import ConsentTexts, ConsentTextsBroken, agreed_to
from server.data_folder import DataFolder
from server.decision import Decision
from server.deleted_people import DeletedPerson, deleted_people
from server.doorway import DoorwayProblem, open_doorway
from server.encoders import InstalledEncoder
from server.enrolment import EnrolmentService
from server.enrolment_desk import desk_of
from server.erasure import erasure_of
from server.events import Fault, GalleryChanged, GridEvent, GridState, ServerStateChanged
from server.fault_words import left_out
from server.gallery_files import GalleryFileError, GalleryFiles
from server.history_accepted import ALARM_ACTIONS, Accepted, alarm_in
from server.history_cipher import HistoryCipher
from server.history_proof import look_back
from server.incidents import Incidents
from server.last_time import clock_of
from server.liveness import LivenessRule
from server.mending import status_of
from server.pairing import unaudited
from server.people import PeopleService
from server.photo_ledger import PURPOSE as REFUSED
from server.photo_ledger import RefusedPhotos
from server.pictures import PictureFolder
from server.recognition import RecognitionService
from server.requests import Requests
from server.retention import Kept, Retention
from server.search_codes import CodeKeeper
from server.settings import ServerSettings
from server.shown_names import ShownNames
from server.stand_records import HISTORY, PEOPLE, Stand
from server.strangers import Strangers
from server.strangers_file import PURPOSE as STRANGERS
from server.strangers_upkeep import StrangersUpkeep
from server.suspicion_files import open_suspicion
from server.unlocking import CannotOpen
from server.vault import Vault
from server.verification import VerificationService

_LOG = logging.getLogger(__name__)
# Another program's lock on the database is waited for no longer than this when it is opened.
_LOCK_WAIT_S = 2.0
_END_S = 1.0


class OpenData:
    """Everything that needs the data folder, opened together and closed together.

    Args:
        folder: Where the data are; its lock is held.
        vault: What seals them.
        encoder: What the gallery is searched with.
        settings: What the administrator has set now.
        post: Where events go.
        on_log_state: Called from the event log's thread with its state and a sentence.
        where: The host and port that the server listens on.
        cut_off: Ends the connections of a checkpoint that was shut out.
        on_backup_trouble: Called with a sentence when no backup can be made, None when it can.
        books: Where it is written what happened, and how far the data are.

    Raises:
        CannotOpen: Raised when what the vault seals cannot be used.
    """

    def __init__(
        self,
        folder: DataFolder,
        vault: Vault,
        *,
        encoder: InstalledEncoder,
        settings: Callable[[], ServerSettings] = ServerSettings,
        post: Callable[[GridEvent], None],
        on_log_state: Callable[[LogState, str], None],
        where: Callable[[], tuple[str, int]] = lambda: ("", 0),
        cut_off: Callable[[str], None] = lambda _checkpoint_id: None,
        on_backup_trouble: Callable[[str | None], None] = lambda _sentence: None,
        books: Books | None = None,
    ) -> None:
        self.folder = folder
        self._books, self._settings = books, settings
        self.vault = vault
        self._post = post
        self._on_log_state = on_log_state
        audit = unaudited if books is None else books.note
        try:
            self.doorway = open_doorway(
                folder,
                vault,
                server_name=lambda: settings().name,
                where=where,
                post=post,
                cut_off=cut_off,
                audit=audit,
            )
        except DoorwayProblem as problem:
            raise CannotOpen(ServerStateChanged(GridState.KEY_UNUSABLE, str(problem))) from problem
        self._files = GalleryFiles(folder.known_faces, vault)
        pictures = PictureFolder(folder.pictures, vault)
        self.people = PeopleService(
            self._files,
            pictures,
            encoder.fingerprint,
            yardstick=encoder.yardstick,
            keep_pictures=lambda: settings().keep_pictures,
            deleting=lambda stored: self.erasure.deleting(stored),  # noqa: PLW0108 - it is made below
            post=self._people_changed,
        )
        self.codes = CodeKeeper(lambda: self.people.gallery, post=post)
        cipher, self.clock = HistoryCipher(vault), clock_of(folder, vault, books, now_ms)
        self.log = EventLog(
            folder.database,
            cipher,
            backup_folder=folder.backups,
            on_state=on_log_state,
            on_fault=self._log_died,
            on_upgrade=post,
            lock_wait_s=_LOCK_WAIT_S,
        )
        self.history = EventReader(folder.database, cipher)
        self.known_checkpoints: tuple[CheckpointRecord, ...] = ()
        self.recognition = RecognitionService(
            lambda: self.people.gallery,
            self.log,
            unknown=lambda found: self.strangers.offer(
                found.encoding,
                distance=found.distance,
                quality=found.quality,
                frames=found.frames,
            ),
            norms=encoder.yardstick.norms,
            post=post,
        )
        self.strangers = Strangers(
            folder.strangers,
            vault.sealer(STRANGERS),
            encoder.fingerprint,
            dimensions=encoder.yardstick.dimensions,
            # How near a stranger may come to somebody is known of dlib's distances alone.
            allowed=lambda: settings().keep_strangers and not encoder.yardstick.own,
            kept_days=lambda: settings().stranger_days,
            believed=self.clock.believed,
        )
        self._strangers_upkeep = StrangersUpkeep(self.strangers, post)
        self.verification = VerificationService(
            lambda: self.people.gallery,
            lambda: settings().accepted_per_10000,
            lambda: self.strangers.rows,
            yardstick=encoder.yardstick,
        )
        self.texts = ConsentTexts(
            folder.consent_texts,
            vault.key(TEXTS),
            now_ms,
            lambda: agreed_to(one.consent for one in self.people.stored()),
        )
        self.erasure = erasure_of(folder, vault, pictures, self.log, settings)
        self.backups = BackupKeeper(
            folder,
            vault,
            self.erasure,
            settings=settings,
            quiet_s=lambda: self.log.quiet_s,
            trouble=on_backup_trouble,
            tell=lambda sentence: post(Fault(sentence)),
            note=lambda fact, details: audit(fact, details, refused=False),
            alarm=lambda said: post(Fault(said, tampering=True, in_history=True)),
            accepted=lambda: Accepted() if books is None else books.accepted(),
            believed=self.clock.believed,
        )
        self.enrolment = EnrolmentService(
            self.people,
            quality=lambda: settings().enrolment_quality,
            texts=self.texts,
            erased=self.erasure.was_erased,
        )
        refused = RefusedPhotos(folder.refused_photos, vault.sealer(REFUSED), "")
        kinds: dict[str, Kept] = {"event_days": self.log, "picture_days": pictures}
        kinds |= {"refused_photo_days": refused, "receipt_days": self.erasure.receipts}
        self.retention = Retention(settings, kinds, now_ms, believed=self.clock.believed)
        self.suspicion, self._suspicion_files = open_suspicion(
            folder, vault, encoder.yardstick.dimensions, lambda told, at: post(Fault(told, "", at))
        )
        self._incidents = Incidents(audit, lambda told, at: post(Fault(told, "", at, odd=True)))
        self.recognition.watch(self.suspicion)
        self.enrolment.watch(self.suspicion)

    def decide_by(self, decision: Decision) -> None:
        """From now on searches, enrolment and photos go by its policy."""
        self.recognition.use(decision.fitted)
        if not self.people.yardstick.own:  # else the usual distances guard the gallery
            self.enrolment.use(decision.policy)
            self.people.use(decision.policy)

    def open(self) -> None:
        """Opens the event log, loads the people.

        Every page of the history is looked at meanwhile, in the log's thread: of all that has to
        be done before the server listens, only that grows with the number of events.

        Raises:
            CannotOpen: Raised with the state to show; nothing is open then but the lock.
        """
        try:
            self.log.begin()
            receipts_broken = self.erasure.again_in_files(self._files)
            set_aside = self.people.load()
            self._suspicion_files.load()
            self.log.open()
            self.known_checkpoints = self.history.checkpoints()
            self.erasure.again_in_history(self.people, self.history.newest())
            put_back = self._look_back()
        except DatabaseProblem as problem:
            self._let_go()
            raise CannotOpen(status_of(problem, self.folder, self._settings())) from problem
        except (GalleryFileError, OSError, AuditProblem) as error:
            self._let_go()
            raise CannotOpen(ServerStateChanged(GridState.READ_ONLY, str(error))) from error
        for item in set_aside:
            log_event(
                _LOG,
                "person_file_set_aside",
                level=logging.WARNING,
                file=printable(item.path.name),
                reason=item.reason,
            )
        self._strangers_upkeep.load()
        command = server_command("accept-people", folder=self.folder.root)
        accept = f"To take the data as they are: {command}"
        for alarm in (*receipts_broken, *self.people.alarms, *put_back):
            log_event(_LOG, "people_alarm", level=logging.ERROR, sentence=alarm)
            self._post(Fault(alarm, accept, tampering=True))
        if lost := self.erasure.lost:
            self._post(Fault(lost))
        if set_aside:
            self._post(left_out([(item.path.name, item.reason) for item in set_aside]))
        if self.people.elsewhere:
            log_event(
                _LOG,
                "people_of_another_face_model",
                level=logging.WARNING,
                people=len(self.people.elsewhere),
            )

    def _let_go(self) -> None:
        self.codes.stop()
        self.history.close()
        self.log.close(_END_S)

    def _look_back(self) -> tuple[str, ...]:
        """What is older than the audit log knows it to be, as sentences."""
        try:
            self.texts.all()
        except ConsentTextsBroken as broken:
            self._post(Fault(str(broken), tampering=True))
        if self._books is None:
            return ()
        stands = self._books.stands
        stands.watch(PEOPLE, self._files.stand)
        stands.watch(HISTORY, lambda: Stand(self.history.newest()), lazily=True)
        put_back = look_back(stands, upgraded_from=self.log.upgraded_from)
        if stands.by_hand:
            self._post(Fault(stands.by_hand, tampering=True))
        changed = alarm_in(self._books.audit.entries(ALARM_ACTIONS))
        if changed:
            self._post(Fault(changed, tampering=True, in_history=True))
        return put_back

    def account_names(self) -> dict[str, str]:
        """Those of the accounts by their ids; none where nobody keeps books."""
        return {} if self._books is None else self._books.accounts.names()

    def requests(self, checkpoints: Checkpoints, liveness: LivenessRule) -> Requests:
        """The services as checkpoints see them."""
        devices = self.doorway.devices
        return Requests(
            self.people,
            self.recognition,
            desk_of(self.enrolment, devices.who_enrols, self._books),
            checkpoints,
            liveness,
            self._settings,
            consent_text=self.texts.shown,
            shown_name=ShownNames(devices.list, checkpoints.list, self._incidents).of,
            incidents=self._incidents,
            audit=None if self._books is None else self._books.audit,
        )

    def tidy(self, *, now: bool = False) -> None:
        """Drops what may not be kept any more, writes what has to be; called every second.

        Args:
            now: Write at once, at the end.
        """
        self._strangers_upkeep.tidy(self.people.gallery, now=now)
        self._incidents.tidy(now=now)
        if not now:
            self.retention.tick()
            if self._books is not None:
                self._books.stands.tick()
        try:
            self._suspicion_files.tidy(now=now)
        except OSError as error:
            # The disk's own alarm is on by now; what is in memory goes on counting.
            log_event(_LOG, "suspicion_not_kept", level=logging.WARNING, reason=str(error))

    def close(self) -> None:
        """Closes the log and the history and gives the folder back."""
        self.backups.stop(_END_S)
        self.tidy(now=True)
        self.codes.stop()
        self._note_history()
        if self._books is not None:
            self._books.stands.note(lazily=True)
        # The readers first: the last connection, the one that writes, then folds the journal in.
        self.history.close()
        self.log.close(_END_S)
        self.folder.unlock()

    def deleted_people(self, entries: Iterable[Entry]) -> tuple[DeletedPerson, ...]:
        """Who was deleted and not erased, by the history and by these records of the audit log.

        Raises:
            DatabaseProblem: The history cannot be read.
        """
        receipts, _broken = self.erasure.receipts.all()
        return deleted_people(
            self.history.named(),
            entries,
            enrolled=self._files.has,
            erased={one.subject_id for one in receipts},
        )

    def accept_people(self, *, by: str) -> tuple[str, ...]:
        """Takes the people's files as they are after an alarm; the ids of who counts as deleted.

        Raises:
            GalleryFileError: The disk refused.
        """
        missing = self._files.accept()
        log_event(_LOG, "people_accepted", by=by, missing=len(missing))
        return missing

    def _note_history(self) -> None:
        """How far it has come, by which an older backup in its place is noticed."""
        try:
            self.erasure.note(self.history.newest())
        except (DatabaseProblem, OSError) as error:
            log_event(_LOG, "history_not_noted", level=logging.WARNING, reason=str(error))

    def mend_log(self) -> None:
        """Opens the event log again after its thread died; called until it works."""
        if self.log.alive:
            return
        try:
            self.log.open()
        except DatabaseProblem as problem:
            self._on_log_state(LogState.FAULT, str(problem))
        else:
            log_event(_LOG, "event_log_restarted")

    def _people_changed(self, event: GridEvent) -> None:
        self._post(event)
        if isinstance(event, GalleryChanged):
            self.codes.look()

    def _log_died(self, sentence: str, error: BaseException) -> None:
        self._post(Fault(sentence, repr(error)))


def now_ms() -> int:
    """The server's clock, ms since the epoch, UTC."""
    return time.time_ns() // 1_000_000
