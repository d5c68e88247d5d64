"""The grid as one signed-in person may use it: every call asks, does and writes as them.

A window holds this and not the grid, so there is nothing in its hands that would go around the
table of permissions.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from server.acting_audit import ActingAudit
from server.acting_consents import ActingConsents
from server.acting_devices import ActingDevices, ActingPairing
from server.acting_evaluation import ActingEvaluation
from server.acting_keys import ActingKeys
from server.acting_people import ActingPeople
from server.administration import Administration
from server.audit_records import Details
from server.events import ServerStateChanged
from server.grounds import stated_by
from server.permissions import Action, Actor
from server.settings import ServerSettings
from server.utc import utc_minute

if TYPE_CHECKING:
    from database.reader import EventReader
    from server.backup import BackupMade
    from server.deleted_people import DeletedPerson
    from server.grid import Grid
    from server.last_backup import LastBackup
    from server.receipts import Receipt

T = TypeVar("T")


class ActingGrid:
    """The grid for one actor.

    Args:
        grid: The grid itself.
        administration: Asks and writes.
        actor: Who uses it.
    """

    def __init__(self, grid: "Grid", administration: Administration, actor: Actor) -> None:
        self._grid = grid
        self.administration = administration
        self.actor = actor
        self.evaluation = ActingEvaluation(grid, administration, actor)

    def may(self, action: Action) -> bool:
        """Whether it would be allowed now; for what the window offers."""
        return self.administration.may(self.actor, action)

    def act(
        self,
        action: Action,
        work: Callable[[], T],
        *,
        target: str = "",
        details: Details | None = None,
    ) -> T:
        """Does something as this actor; raises as `Administration.act`."""
        return self.administration.act(self.actor, action, work, target=target, details=details)

    # What everybody who is signed in may see.

    @property
    def settings(self) -> ServerSettings:
        """The settings now."""
        return self._grid.settings

    @property
    def ready(self) -> bool:
        """Whether the data are open."""
        return self._grid.ready

    @property
    def photos_running(self) -> bool:
        """Whether an enrolment from photos is under way."""
        return self._grid.photos_running

    @property
    def expectation(self) -> str:
        """How many strangers will be named and people missed, in one line; when `ready`."""
        return self._grid.expectation

    @property
    def strangers_known(self) -> str:
        """How many strangers are kept and what they do, in one line; when `ready`."""
        return self._grid.strangers_known

    @property
    def status(self) -> ServerStateChanged:
        """As last posted."""
        return self._grid.status

    @property
    def checkpoints(self) -> Any:
        """The registry."""
        return self._grid.checkpoints

    # What some may see.

    @property
    def people(self) -> ActingPeople:
        """Who is enrolled; when `ready`."""
        return ActingPeople(self._grid, self.administration, self.actor)

    @property
    def consents(self) -> ActingConsents:
        """The text that people agree to; when `ready`."""
        return ActingConsents(self._grid.consents, self.administration, self.actor)

    @property
    def devices(self) -> ActingDevices:
        """The paired checkpoints; when `ready`."""
        return ActingDevices(self._grid, self.administration, self.actor)

    @property
    def pairing(self) -> ActingPairing:
        """Lets checkpoints in; when `ready`."""
        return ActingPairing(self._grid, self.administration, self.actor)

    @property
    def history(self) -> "EventReader":
        """The events; when `ready`.

        Raises:
            NotAllowed: They may not see them.
        """
        self.administration.check(self.actor, Action.VIEW_HISTORY)
        return self._grid.history

    @property
    def keys(self) -> ActingKeys:
        """What opens the data; when `ready`."""
        return ActingKeys(self._grid, self.administration, self.actor)

    @property
    def last_backup(self) -> "LastBackup | None":
        """The newest whole backup; reads a file. When `ready`.

        Raises:
            NotAllowed: They may not make one.
        """
        self.administration.check(self.actor, Action.BACK_UP)
        return self._grid.last_backup

    @property
    def audit(self) -> ActingAudit:
        """The log and the data held against each other, and alarms; once the books are open."""
        return ActingAudit(self._grid, self.administration, self.actor)

    # What some may do.

    def erase_person(self, subject_id: str) -> "Receipt":
        """Erases a person for good, also from the history; gives the receipt."""
        return self.administration.act(
            self.actor,
            Action.ERASE_PERSON,
            lambda: self._grid.erase_person(subject_id, by=self.actor.name),
            target=subject_id,
            done=lambda receipt: (subject_id, {"digest": str(receipt.digest)}),
        )

    def deleted_people(self) -> "tuple[DeletedPerson, ...]":
        """Who was deleted and not erased, the latest first; for who may erase people."""
        self.administration.check(self.actor, Action.ERASE_PERSON)
        return self._grid.deleted_people()

    def receipt(self, subject_id: str) -> "Receipt | None":
        """The receipt of an erasure as it stands now."""
        self.administration.check(self.actor, Action.ERASE_PERSON, target=subject_id)
        return self._grid.receipt(subject_id)

    def export_person(self, subject_id: str, folder: Path) -> tuple[Path, ...]:
        """Writes everything about one person into a folder."""
        return self.administration.act(
            self.actor,
            Action.EXPORT_PERSON,
            lambda: self._grid.export_person(subject_id, folder, by=self.actor.name),
            target=subject_id,
        )

    def start(self, *, port: int | None = None) -> "Future[ServerStateChanged]":
        """Listens."""
        details = None if port is None else {"port": port}
        return self.act(Action.START_SERVER, lambda: self._grid.start(port=port), details=details)

    def stop(self) -> "Future[ServerStateChanged]":
        """Stops listening."""
        return self.act(Action.STOP_SERVER, self._grid.stop)

    def restore_database(self) -> "Future[ServerStateChanged]":
        """Mends a damaged database."""
        return self.act(Action.RESTORE, self._grid.restore_database)

    def confirm_clock(self) -> None:
        """Says that the server's clock is right; counts at once."""
        clock, now = self._grid.clock, utc_minute(time.time_ns() // 1_000_000)
        self.act(Action.CONFIRM_CLOCK, clock.confirm, details={"clock": now})

    def back_up(self, destination: Path | None = None) -> "BackupMade":
        """Everything into one file, as `Grid.back_up`; not for the window's own thread."""
        return self.act(Action.BACK_UP, lambda: self._grid.back_up(destination))

    def change_settings(self, settings: ServerSettings) -> "Future[ServerStateChanged]":
        """Keeps new settings; the record has their names, and values that are no text."""
        before, now = asdict(self._grid.settings), asdict(settings)
        changed: dict[str, str | int | bool] = {}
        for name, value in now.items():
            if value != before[name]:
                plain = isinstance(value, (bool, int)) or name in _WORDS_ONLY
                changed[name] = value if plain else "changed"
        return self.act(
            Action.CHANGE_SETTINGS, lambda: self._grid.change_settings(settings), details=changed
        )

    def add_photos(
        self,
        paths: Path | Sequence[Path],
        *,
        ground: str,
        name: str | None = None,
        although_known: str = "",
    ) -> None:
        """Enrols from photos, on a ground that is noted at each person."""
        from server.photo_job import PhotosWanted

        wanted = PhotosWanted(
            paths=(paths,) if isinstance(paths, Path) else tuple(paths),
            consent=stated_by(self.actor, ground),
            name=name,
            although_known=although_known,
        )
        self.act(
            Action.ENROL_PHOTOS,
            lambda: self._grid.add_photos(wanted),
            details={
                "paths": len(wanted.paths),
                "one_person": name is not None,
                "although_known": bool(although_known),
            },
        )

    def cancel_photos(self) -> None:
        """Ends that."""
        self.administration.check(self.actor, Action.ENROL_PHOTOS)
        self._grid.cancel_photos()

    def forget_strangers(self) -> "Future[int]":
        """Deletes every stranger's encoding."""
        return self.act(Action.FORGET_STRANGERS, self._grid.forget_strangers)

    def import_people(self, path: Path, *, ground: str) -> Any:
        """Takes people in from classic files; the report has a row for each entry."""
        from server.classic_import import import_classic

        consent = stated_by(self.actor, ground)
        return self.act(
            Action.IMPORT_PEOPLE, lambda: import_classic(path, self._grid.people, consent=consent)
        )

    def export_people(self, path: Path, layout: Literal["names", "per-person", "list"]) -> int:
        """Writes everybody's encodings, in clear; returns the number of files."""
        from server.classic_export import export_classic

        return self.act(
            Action.EXPORT_PEOPLE,
            lambda: len(export_classic(self._grid.people.stored(), path, layout)),
            details={"layout": layout},
        )


_WORDS_ONLY = frozenset({"theme", "enrolment_quality", "liveness"})
"""Settings whose text is one of a few words of ours, not somebody's own."""
