"""The grid: one object that owns the server's parts, for the window and for `--headless` alike.

`open`, `start`, `stop` and `close` only ask: the work is done by the grid's own thread, in order,
so a Tk callback may call them. Each returns a future for those that can wait.
"""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from database.reader import EventReader
from server.checkpoints import Checkpoints
from server.data_folder import DataFolder
from server.enrolment import EnrolmentService
from server.events import GridEvent, ServerStateChanged
from server.people import PeopleService
from server.recognition import RecognitionService
from server.settings import ServerSettings


class Grid:
    """The server without a window.

    Args:
        folder: Where the data are.
        settings: The settings to start with.
        post: Called with every `GridEvent`, from any thread; must not block
            (`Mailbox.post` is meant).
    """

    def __init__(
        self,
        folder: DataFolder,
        settings: ServerSettings,
        post: Callable[[GridEvent], None],
    ) -> None:
        raise NotImplementedError

    # What the window reads. `people`, `recognition`, `enrolment` and `history` are there once
    # `open` has answered with a state that is not a DATABASE_... state.
    people: PeopleService
    recognition: RecognitionService
    enrolment: EnrolmentService
    history: EventReader
    checkpoints: Checkpoints
    settings: ServerSettings

    @property
    def status(self) -> ServerStateChanged:
        """The state now, as it was last posted."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """Whether the data are open: people and history can be used."""
        raise NotImplementedError

    @property
    def alive(self) -> bool:
        """Whether a thread of the grid still runs: after `close`, wait for False."""
        raise NotImplementedError

    def open(self) -> Future[ServerStateChanged]:
        """Locks the data folder, opens the database and loads the gallery."""
        raise NotImplementedError

    def start(self, *, port: int | None = None) -> Future[ServerStateChanged]:
        """Listens for checkpoints; `port` replaces the one of the settings (0: any free one)."""
        raise NotImplementedError

    def stop(self) -> Future[ServerStateChanged]:
        """Ends every connection and the listening; the data stay open."""
        raise NotImplementedError

    def close(self) -> Future[ServerStateChanged]:
        """Stops, closes the database, gives the data folder back and ends the grid's thread."""
        raise NotImplementedError

    def restore_database(self) -> Future[ServerStateChanged]:
        """Sets the damaged database aside, restores the newest good backup (or starts a new
        database when there is none) and opens again.
        """
        raise NotImplementedError

    def change_settings(self, settings: ServerSettings) -> Future[ServerStateChanged]:
        """Keeps new settings in the data folder; host, port and limits count from the next start."""
        raise NotImplementedError

    def add_photos(self, path: Path, *, name: str | None = None) -> None:
        """Enrols from a folder or picture files in a thread of its own: posts `PhotoProgress`
        and at the end a `PhotoReport`.
        """
        raise NotImplementedError

    def cancel_photos(self) -> None:
        """Ends a running enrolment from photos after the pictures at hand; what is in stays in."""
        raise NotImplementedError
