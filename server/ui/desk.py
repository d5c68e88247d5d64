"""What every page of the window is given: the grid, the questions, the messages."""

import logging
import tkinter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from database.reader import EVERYTHING, Counters, EventFilter, Page
from database.records import EventRecord
from database.verifying import RowsLooked
from desktop.ui.toast import Toast
from server.checkpoint_rows import DevicesLike, PairingLike
from server.command_words import start_command
from server.events import CheckpointStatus, ServerStateChanged
from server.permissions import Action as Right
from server.permissions import Actor
from server.presenter import Presenter
from server.receipts import Receipt
from server.settings import ServerSettings
from server.state_words import Action
from server.ui.background import Background
from server.ui.backup_run import BackupRun

if TYPE_CHECKING:
    from server.acting_audit import ActingAudit
    from server.acting_consents import ActingConsents
    from server.acting_evaluation import ActingEvaluation
    from server.acting_keys import ActingKeys
    from server.administration import Administration
    from server.backup import BackupMade
    from server.deleted_people import DeletedPerson
    from server.last_backup import LastBackup

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_FOOT = 78
"""Logical pixels at the bottom where pages have their buttons: no message covers them."""
# The grid's thread may be listening or saying goodbye before it comes to the settings.
_SAVED_WITHIN_S = 10.0


class NamedLike(Protocol):
    """Somebody who is enrolled, or was."""

    @property
    def subject_id(self) -> str:
        """The opaque id."""

    @property
    def display_name(self) -> str:
        """The name."""


class PersonLike(NamedLike, Protocol):
    """What the window reads of a person (`biometrics.gallery.Person`)."""

    @property
    def templates(self) -> Sequence[Any]:
        """One a sample."""

    @property
    def enrolled_at_ms(self) -> int:
        """When, ms since the epoch, UTC."""


class PeopleLike(Protocol):
    """What the window asks of the people service (`server.people.PeopleService`)."""

    def list(self) -> Sequence[PersonLike]:
        """Everybody, by name."""

    def rename(self, subject_id: str, display_name: str) -> PersonLike:
        """Gives another name."""

    def delete(self, subject_id: str) -> None:
        """Forgets a person."""

    def picture(self, subject_id: str) -> bytes | None:
        """The kept picture, JPEG."""

    def forget_pictures(self) -> int:
        """Deletes every kept picture, once none may be kept."""

    def consent(self, subject_id: str) -> Mapping[str, Any] | None:
        """What was agreed to."""

    def without_consent(self) -> frozenset[str]:
        """The ids of people of whom nothing was noted."""

    def note_consent(self, subject_id: str, ground: str) -> PersonLike:
        """Notes afterwards on what ground somebody is enrolled."""


class HistoryLike(Protocol):
    """What the window asks of the history (`database.reader.EventReader`)."""

    def query(
        self,
        where: EventFilter = EVERYTHING,
        *,
        limit: int = 100,
        before_sequence: int | None = None,
    ) -> Page:
        """A page of events, newest first."""

    def changed(self, progress: Callable[[int, int], None], stop: Callable[[], bool]) -> RowsLooked:
        """Which of them somebody changed; looks at every event."""

    def numbered(self, numbers: Sequence[int]) -> Sequence[EventRecord]:
        """Those of these numbers, newest first."""

    def count(self, where: EventFilter = EVERYTHING) -> int:
        """How many match."""

    def today(self, since_ms: int) -> Counters:
        """Counts of each outcome."""

    def per_minute(self, *, now_ms: int, minutes: int = 60) -> Sequence[tuple[int, int, int]]:
        """(minute, identified, others)."""

    def latency_percentile(self, share: float = 0.95, *, since_ms: int) -> int | None:
        """Time to the verdict."""


class CheckpointsLike(Protocol):
    """What the window asks of the registry (`server.checkpoints.Checkpoints`)."""

    def list(self) -> tuple[CheckpointStatus, ...]:
        """Every known checkpoint."""


class GridLike(Protocol):
    """What pages ask of the grid in somebody's hands (`server.acting_grid.ActingGrid`).

    There is nothing in it that would go around the table of permissions.
    """

    @property
    def settings(self) -> ServerSettings:
        """The settings now."""

    @property
    def ready(self) -> bool:
        """Whether the data are open."""

    @property
    def administration(self) -> "Administration":
        """Accounts and the audit log."""

    @property
    def actor(self) -> Actor:
        """Who is signed in."""

    def may(self, action: Right) -> bool:
        """Whether it would be allowed now; for what the window offers."""

    def act(
        self,
        action: Right,
        work: Callable[[], T],
        *,
        target: str = "",
        details: Mapping[str, str | int | bool] | None = None,
    ) -> T:
        """Does something as who is signed in."""

    @property
    def audit(self) -> "ActingAudit":
        """The log and the data held against each other, and alarms."""

    @property
    def photos_running(self) -> bool:
        """Whether an enrolment from photos is under way."""

    @property
    def people(self) -> PeopleLike:
        """When `ready`."""

    @property
    def history(self) -> HistoryLike:
        """When `ready`."""

    @property
    def expectation(self) -> str:
        """How many strangers will be named and people missed, in one line; when `ready`."""

    @property
    def strangers_known(self) -> str:
        """How many strangers are kept and what they do, in one line; when `ready`."""

    def forget_strangers(self) -> "Future[int]":
        """Deletes all of them."""

    @property
    def checkpoints(self) -> CheckpointsLike:
        """The registry."""

    @property
    def consents(self) -> "ActingConsents":
        """The text that people agree to; when `ready`."""

    @property
    def devices(self) -> DevicesLike:
        """The paired checkpoints; when `ready`."""

    @property
    def pairing(self) -> PairingLike:
        """Lets checkpoints in; when `ready`."""

    @property
    def evaluation(self) -> "ActingEvaluation":
        """Measures the people enrolled."""

    @property
    def status(self) -> ServerStateChanged:
        """As last posted."""

    @property
    def keys(self) -> "ActingKeys":
        """What opens the data; when `ready`."""

    @property
    def last_backup(self) -> "LastBackup | None":
        """The newest whole backup; reads a file. When `ready`."""

    def confirm_clock(self) -> None:
        """Says that the server's clock is right."""

    def back_up(self, destination: Path) -> "BackupMade":
        """Copies everything into one file; seconds to minutes."""

    def erase_person(self, subject_id: str) -> Receipt:
        """Erases a person for good, also from the history; waits."""

    def deleted_people(self) -> "Sequence[DeletedPerson]":
        """Who was deleted and not erased, the latest first; reads the whole audit log."""

    def receipt(self, subject_id: str) -> Receipt | None:
        """The receipt of an erasure as it stands now."""

    def export_person(self, subject_id: str, folder: Path) -> tuple[Path, ...]:
        """Writes everything about one person into a folder; waits."""

    def start(self, *, port: int | None = None) -> object:
        """Listens."""

    def stop(self) -> object:
        """Stops listening."""

    def restore_database(self) -> object:
        """Mends a damaged database."""

    def change_settings(self, settings: ServerSettings) -> "Future[Any]":
        """Keeps new settings."""

    def add_photos(
        self,
        paths: Path | Sequence[Path],
        *,
        ground: str,
        name: str | None = None,
        although_known: str = "",
    ) -> None:
        """Enrols from photos, on a ground that is noted at each person."""

    def cancel_photos(self) -> None:
        """Ends that."""

    def import_people(self, path: Path, *, ground: str) -> Any:
        """Takes people in from classic files."""

    def export_people(self, path: Path, layout: Literal["names", "per-person", "list"]) -> int:
        """Writes everybody's encodings, in clear."""


class Desk:
    """The parts of the window that its pages share. Main thread only, but for `grid`'s own.

    Args:
        root: The window.
        presenter: What is shown.
        background: Where questions go.
        act: Carries out a button of the banner.
        go: Shows a page by its name.
        data_folder: Where the data are, for the eye and for commands to be typed.

    Attributes:
        backup: The one that is being made, and how the last one ended.
        grid: The grid in the hands of who is signed in; None while nobody is.
        name: What they sign in with.
        drafts: What somebody wrote and did not put in force, by who it was.
    """

    def __init__(
        self,
        root: tkinter.Tk,
        presenter: Presenter,
        background: Background,
        *,
        act: Callable[[Action], None],
        go: Callable[[str], None],
        data_folder: Path,
    ) -> None:
        self.root = root
        self.presenter = presenter
        self.background = background
        self.act = act
        self.go = go
        self.data_folder = data_folder
        self.toast = Toast(root, above=_FOOT)
        self.backup = BackupRun()
        self.grid: GridLike | None = None
        self.name = ""
        self.drafts: dict[str, str] = {}
        presenter.may = lambda right: self.grid is None or self.may(right)

    @property
    def ready(self) -> GridLike | None:
        """The grid when its data are open, else None."""
        grid = self.grid
        return grid if grid is not None and grid.ready and not self.presenter.closing else None

    def start_command(self) -> str:
        """What starts a checkpoint on this computer that finds this server."""
        return start_command(self.presenter.address, self.data_folder)

    def may(self, action: Right) -> bool:
        """Whether who is signed in may do it; nobody may do anything."""
        return self.grid is not None and self.grid.may(action)

    def read_checkpoints(self, grid: GridLike) -> bool:
        """Gives the presenter what is known of checkpoints now; True when that is something new."""
        devices = grid.devices
        return self.presenter.take_checkpoints(
            grid.checkpoints.list(),
            devices.list(),
            held_up=devices.held_up,
            sign_ins=devices.sign_ins_wait(),
        )

    def do(self, act: Callable[[], object]) -> None:
        """Does something at once; a refusal is shown in the corner."""
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is, told on the screen
            _LOG.warning("act_failed", exc_info=error)
            self.complain(error)

    def ask(
        self,
        key: str,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """As `Background.ask`; without `failed` the error's sentence is shown in the corner."""
        self.background.ask(key, work, done, failed or self.complain)

    def forget_pictures(self, people: PeopleLike, saved: "Future[Any]") -> None:
        """Has every kept picture deleted once the settings that say so are `saved`."""

        def forget() -> int:
            saved.result(timeout=_SAVED_WITHIN_S)
            return people.forget_pictures()

        def told(count: int) -> None:
            pictures = "picture was" if count == 1 else "pictures were"
            self.toast.show(f"{count} kept {pictures} deleted.", tone="good")

        def failed(error: Exception) -> None:
            _LOG.warning("pictures_not_deleted", exc_info=error)
            sentence = "Kept pictures could not be deleted; the next start tries again."
            self.toast.show(f"{sentence} ({error})", tone="bad", for_ms=12_000)

        self.ask("", forget, told, failed)

    def complain(self, error: Exception) -> None:
        """Shows an error's sentence; while closing there is nobody to tell."""
        if not self.presenter.closing:
            self.toast.show(str(error) or type(error).__name__, tone="bad", for_ms=8000)

    def copy(self, text: str) -> None:
        """Puts a text on the clipboard and says so."""
        self.root.clipboard_clear()
        self.root.clipboard_append(text)
        short = text if len(text) <= 40 and "\n" not in text else f"{text.count(chr(10)) + 1} lines"
        self.toast.show(f"Copied: {short}", tone="good", for_ms=3000)
