"""The grid: one object that owns the server's parts, for the window and for `--headless` alike.

`open`, `start`, `stop` and `close` only ask: the work is done by the grid's own thread, in order,
so a Tk callback may call them. Each returns a future for those that can wait.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from biometrics.encode import EncoderFailed
from database.errors import DatabaseProblem
from database.records import CheckpointRecord
from desktop import settings as settings_file
from desktop.logs import log_event
from server.acting_grid import ActingGrid
from server.administration import command_line
from server.books import Books, open_books
from server.checkpoints import Checkpoints
from server.condition import Condition
from server.control import ControlThread
from server.data_folder import DataFolder
from server.decision import Decision, Rows, no_strangers
from server.encoders import InstalledEncoder, installed_encoder
from server.evaluation_job import EvaluationJob
from server.events import Fault, GridEvent, GridState, ServerStateChanged
from server.grid_services import GridServices
from server.knocks import Knocks
from server.liveness import LivenessRule
from server.log_lines import RateLimited, WindowHandler
from server.mending import mend_history
from server.open_data import OpenData
from server.patience import Patience
from server.photo_enrolment import PhotoEnrolment
from server.photo_job import PhotoJob, PhotosWanted
from server.photo_ledger import PURPOSE as REFUSED
from server.photo_ledger import RefusedPhotos, rules_of
from server.photo_workers import PhotoVision
from server.ports import HostRefused, PortInUse, whom
from server.remote_commands import RemoteCommands
from server.replica import replica_of
from server.serving import Serving
from server.settings import ServerSettings
from server.troubles import Troubles, free_bytes
from server.unlocking import CannotOpen, unlock_data
from server.vault import Vault

_LOG = logging.getLogger(__name__)
_PHOTOS_END_S = 1.0


class Grid(GridServices):
    """The server without a window.

    Args:
        folder: Where the data are.
        settings: The settings to start with.
        post: Called with every `GridEvent`, from any thread; must not block.
        encoder: Opens the face model of the settings (`ServerSettings.network`).
        vision_factory: Makes the vision of one photo worker; None for that of the face model.
        patience: How long peers may take; by the heartbeat unless told otherwise.
        room: How much room the disk of a folder has.
    """

    def __init__(
        self,
        folder: DataFolder,
        settings: ServerSettings,
        post: Callable[[GridEvent], None],
        *,
        encoder: Callable[[str], InstalledEncoder] = installed_encoder,
        vision_factory: Callable[[], PhotoVision] | None = None,
        patience: Patience | None = None,
        room: Callable[[Path], int] = free_bytes,
    ) -> None:
        super().__init__()
        self.settings = settings
        self._network = settings.network
        self._folder = folder
        self._post = post
        self._encoder = encoder
        self._vision_factory = vision_factory
        self._patience = patience
        self._condition = Condition(post)
        self._knocks = Knocks()
        self._limited = RateLimited(logging.getLogger("server.strangers"))
        self._photos = PhotoJob(post)
        self.evaluation = EvaluationJob(
            folder,
            post,
            network=lambda: self._network,
            vault=lambda: None if self._data is None else self._data.vault,
            name_of=self._name_of,
        )
        self._decision = Decision(
            lambda: self.settings.strangers_named_per_1000, strangers=self._strangers
        )
        self._troubles = Troubles(self._condition, post, folder.root, room, self._decision.withheld)
        self._liveness = LivenessRule(lambda: self.settings.liveness)
        self.books: Books | None = None
        self._commands: RemoteCommands
        self._unlocked: Vault
        self._open_vision: Callable[[], PhotoVision]
        self._serving: Serving | None = None
        self.checkpoints = Checkpoints(self._troubles.checkpoint_changed, self._remember_checkpoint)
        self._control = ControlThread("grid", self._tick, self._died)
        self._handler = WindowHandler(post)
        logging.getLogger().addHandler(self._handler)

    # What the window reads; any thread.

    @property
    def status(self) -> ServerStateChanged:
        """The state now, as it was last posted."""
        return self._condition.now

    @property
    def ready(self) -> bool:
        """Whether the data are open: people, recognition, enrolment and history can be used."""
        return self._data is not None

    @property
    def alive(self) -> bool:
        """Whether a thread of the grid still runs: after `close`, wait for False."""
        serving, data = self._serving, self._data
        return (
            self._control.alive
            or self._photos.running
            or self.evaluation.running
            or (serving is not None and serving.alive)
            or (data is not None and (data.log.alive or data.backups.alive))
        )

    @property
    def expectation(self) -> str:
        """What to expect of the policy, in one line; empty while it is measured; when `ready`."""
        return self._decision.expectation(self.people.gallery)

    @property
    def strangers_known(self) -> str:
        """How many strangers are kept and what they do, in one line; when `ready`."""
        return self._decision.strangers_line

    @property
    def photos_running(self) -> bool:
        """Whether an enrolment from photos is under way."""
        return self._photos.running

    # What the window asks for; from its main thread, never waits.

    def open(self) -> "Future[ServerStateChanged]":
        """Locks the data folder, opens the database and loads the gallery."""
        return self._control.ask(self._open)

    def start(self, *, port: int | None = None) -> "Future[ServerStateChanged]":
        """Listens for checkpoints, after `open` when that was not done.

        Args:
            port: In place of the one of the settings, for this time; 0 takes any free one.
        """
        return self._control.ask(lambda: self._start(port))

    def unlock(self, passphrase: str) -> "Future[ServerStateChanged]":
        """Opens data that are sealed with a passphrase, and listens; still locked when wrong."""
        return self._control.ask(lambda: self._start(None, passphrase))

    def stop(self) -> "Future[ServerStateChanged]":
        """Ends every connection and the listening; the data stay open."""
        return self._control.ask(self._stop)

    def close(self) -> "Future[ServerStateChanged]":
        """Stops, closes the database, gives the data folder back, ends every thread."""
        self._photos.cancel()
        self.evaluation.cancel()
        future = self._control.ask(self._close)
        self._control.end()
        return future

    def restore_database(self) -> "Future[ServerStateChanged]":
        """Sets a damaged database aside, restores the newest good backup (or begins anew)."""
        return self._control.ask(self._restore)

    def change_settings(self, settings: ServerSettings) -> "Future[ServerStateChanged]":
        """Keeps new settings in the data folder; host, port and caps count at the next start."""
        return self._control.ask(lambda: self._change_settings(settings))

    def add_photos(self, wanted: PhotosWanted) -> None:
        """Enrols from photos in a thread of its own: `PhotoProgress`, then a `PhotoReport`."""
        self._control.ask(lambda: self._add_photos(wanted))

    def forget_strangers(self) -> "Future[int]":
        """Deletes every stranger's encoding; the future says how many there were."""
        return self._control.ask(self._opened.strangers.forget)

    def cancel_photos(self) -> None:
        """Ends a running enrolment from photos after the pictures at hand; what is in stays."""
        self._photos.cancel()

    # From here on in the grid's thread, unless said otherwise.

    def _open(self, passphrase: str | None = None) -> ServerStateChanged:
        if self._data is not None:
            return self.status
        self._say(GridState.STARTING, "Opening the data.")
        try:
            holder = f"the server {self.settings.name!r}"
            self._unlocked = vault = unlock_data(self._folder, holder, passphrase=passphrase)
            self.books = open_books(
                self._folder, vault, lambda found: self._post(Fault(found, tampering=True))
            )
            self._network = self.settings.network
            encoder = self._encoder(self._network)
            self._decision.use(encoder.yardstick)
            data = OpenData(
                self._folder,
                vault,
                encoder=encoder,
                settings=lambda: self.settings,
                post=self._troubles.data_changed,
                on_log_state=self._troubles.log_state,
                on_backup_trouble=self._troubles.backup,
                where=lambda: (self.status.host, self.status.port),
                cut_off=self._cut_off,
                books=self.books,
            )
            data.decide_by(self._decision)
            data.recognition.demand(self._liveness.objection)
            data.enrolment.demand(self._liveness.objection)
            data.open()
            self.checkpoints.load(data.known_checkpoints)
            data.backups.start()
        except EncoderFailed as error:
            self._post(Fault(str(error)))
            return self._say(GridState.STOPPED, str(error))
        except CannotOpen as error:
            log_event(_LOG, "cannot_open", level=logging.ERROR, reason=str(error))
            return self._condition.does(error.status)
        self._data = data
        acting = ActingGrid(self, self.books.administration, command_line())
        self._commands = RemoteCommands(self._folder.requests, self, acting)
        self._open_vision = self._vision_factory or encoder.open_vision
        log_event(
            _LOG, "data_opened", folder=str(self._folder.root), people=len(self.people.gallery)
        )
        return self._say(GridState.STOPPED, "The data are open; not listening for checkpoints.")

    def _start(self, port: int | None, passphrase: str | None = None) -> ServerStateChanged:
        self._open(passphrase)
        if self._data is None or self._serving is not None:
            return self.status
        wanted = self.settings if port is None else replace(self.settings, port=port)
        self._say(GridState.STARTING, "Starting to listen.")
        requests = self._data.requests(self.checkpoints, self._liveness)
        copies = replica_of(self._data, self._decision.without_strangers, lambda: self.settings)
        requests.give_copies(copies)
        try:
            serving = Serving(
                wanted,
                requests,
                self._opened.doorway,
                self._limited,
                self._fault,
                knocks=self._knocks,
                patience=self._patience,
            )
        except PortInUse as error:
            log_event(_LOG, "port_in_use", level=logging.ERROR, reason=str(error))
            return self._condition.does(error.status)
        except (HostRefused, OSError) as error:
            self._post(Fault(str(error)))
            return self._say(GridState.STOPPED, str(error))
        self._serving = serving
        self._troubles.look_at_disk()
        log_event(_LOG, "listening", host=serving.host, port=serving.port)
        self._note("server started")
        sentence = f"Listening on {serving.host}:{serving.port}, {whom(serving.host)}."
        return self._say(GridState.RUNNING, sentence, host=serving.host, port=serving.port)

    def _stop(self) -> ServerStateChanged:
        if self._serving is None:
            return self.status
        self._say(GridState.STOPPING, "Saying goodbye to the checkpoints.")
        if not self._serving.stop():
            log_event(_LOG, "connections_cut_off", level=logging.WARNING)
        self._serving = None
        log_event(_LOG, "stopped")
        self._note("server stopped")
        return self._say(GridState.STOPPED, "The server is stopped.")

    def _close(self) -> ServerStateChanged:
        self._stop()
        self._photos.join(_PHOTOS_END_S)
        if self._data is not None:
            self._data.close()
            self._data = None
            self._commands.end()
        self._folder.unlock()
        logging.getLogger().removeHandler(self._handler)
        return self._say(GridState.STOPPED, "The server is closed.")

    def _restore(self) -> ServerStateChanged:
        if self._data is not None or self.status.state is not GridState.DATABASE_DAMAGED:
            return self.status
        try:
            mend_history(self._folder, self._unlocked, self.settings)
        except DatabaseProblem as problem:
            self._post(Fault(str(problem)))
            return self.status
        return self._open()

    def _change_settings(self, settings: ServerSettings) -> ServerStateChanged:
        self.settings = settings
        try:
            settings_file.save(settings, self._folder.settings)
        except OSError as error:
            self._post(Fault(f"The settings could not be kept: {error.strerror}."))
        return self.status

    def _add_photos(self, wanted: PhotosWanted) -> None:
        data, quality = self._opened, self.settings.enrolment_quality
        refused = RefusedPhotos(
            self._folder.refused_photos,
            data.vault.sealer(REFUSED),
            rules_of(data.people.encoder, quality),
        )
        enrolment = PhotoEnrolment(
            data.people,
            refused,
            self._open_vision,
            consent=wanted.consent,
            quality=quality,
            although_known=wanted.although_known,
        )
        if not self._photos.begin(enrolment, wanted.paths, name=wanted.name):
            self._post(Fault("An enrolment from photos is under way: wait for it or cancel it."))

    def _tick(self) -> None:
        if self._data is not None:
            self._data.mend_log()
            self._data.tidy()
            self._data.doorway.tick()
            self._troubles.clock(self._data.clock.doubt)
            self._decision.latest(self._data.people.gallery)
        if self._serving is not None:
            self._troubles.look_at_disk()
            self._troubles.flood(self._knocks.look())
            self._commands.look()
            if not self._serving.alive:
                port = self._serving.port
                self._stop()
                self._start(port)

    def _say(
        self, state: GridState, sentence: str, *, host: str = "", port: int = 0
    ) -> ServerStateChanged:
        return self._condition.does(ServerStateChanged(state, sentence, host=host, port=port))

    # From here on in any thread.

    def _note(
        self, fact: str, details: Mapping[str, str] | None = None, *, refused: bool = False
    ) -> None:
        if self.books is not None:
            self.books.note(fact, details, refused=refused)

    def _strangers(self) -> Rows:
        data = self._data
        return no_strangers() if data is None else data.strangers.rows

    def _name_of(self, subject_id: str) -> str | None:
        person = None if self._data is None else self._data.people.gallery.get(subject_id)
        return None if person is None else person.display_name

    def _cut_off(self, checkpoint_id: str) -> None:
        serving = self._serving
        if serving is not None:
            serving.dismiss(checkpoint_id)

    def _remember_checkpoint(self, record: CheckpointRecord) -> None:
        data = self._data
        if data is not None:
            data.log.seen_checkpoint(record)

    def _fault(self, sentence: str, error: BaseException) -> None:
        _LOG.error("unexpected_error", exc_info=error)
        self._post(Fault(sentence, repr(error)))

    def _died(self, error: BaseException) -> None:
        if self.status.state in (GridState.STARTING, GridState.STOPPING):
            # Nobody shall look at "Starting" for ever.
            self._say(GridState.STOPPED, "The server could not start; see the log.")
        self._fault("The server met an unexpected error; see the log.", error)
