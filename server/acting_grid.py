"""The grid as one signed-in person may use it: every call asks, does and writes as them.

A window holds this and not the grid, so there is nothing in its hands that would go around the
table of permissions.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from protocol.sign_in import WhoEnrols
from server.acting_audit import ActingAudit
from server.acting_consents import ActingConsents
from server.acting_evaluation import ActingEvaluation
from server.acting_keys import ActingKeys
from server.acting_people import ActingPeople
from server.administration import Administration
from server.audit_records import Details
from server.events import ServerStateChanged
from server.grounds import stated_by
from server.permissions import Action, Actor
from server.settings import ServerSettings

if TYPE_CHECKING:
    from database.reader import EventReader
    from server.backup import BackupMade
    from server.devices import Device
    from server.events import PairingWindow
    from server.grid import Grid
    from server.held_up import HeldUp
    from server.last_backup import LastBackup
    from server.receipts import Receipt

T = TypeVar("T")


class ActingDevices:
    """The paired checkpoints, for one actor; as `server.devices.Devices`."""

    def __init__(self, grid: "Grid", administration: Administration, actor: Actor) -> None:
        self._devices = grid.devices
        self._suspicion = grid.suspicion
        self._administration = administration
        self._actor = actor

    def list(self) -> "tuple[Device, ...]":
        """Everybody who was ever paired."""
        self._administration.check(self._actor, Action.VIEW_STATE)
        return self._devices.list()

    def revoke(self, checkpoint_id: str) -> None:
        """Shuts one out, within two seconds."""
        self._administration.act(
            self._actor,
            Action.REVOKE_CHECKPOINT,
            lambda: self._devices.revoke(checkpoint_id),
            target=checkpoint_id,
        )

    def let_enrol(self, checkpoint_id: str, who: WhoEnrols) -> None:
        """Who may enrol people there."""
        self._administration.act(
            self._actor,
            Action.LET_ENROL,
            lambda: self._devices.let_enrol(checkpoint_id, who),
            target=checkpoint_id,
            details={"who_enrols": str(who)},
        )

    def enrollers(self) -> int:
        """How many accounts could sign in at a checkpoint to enrol."""
        self._administration.check(self._actor, Action.VIEW_STATE)
        return self._administration.enrollers

    def held_up(self, checkpoint_id: str) -> "HeldUp":
        """What gets no answers there for too many tries."""
        self._administration.check(self._actor, Action.VIEW_STATE)
        return self._suspicion.held_up(checkpoint_id)

    def let_try_again(self, checkpoint_id: str) -> "HeldUp":
        """Opens that for a few more tries; the second record says how much and how often."""
        return self._administration.act(
            self._actor,
            Action.LET_TRY_AGAIN,
            lambda: self._suspicion.let_try_again(checkpoint_id),
            target=checkpoint_id,
            done=lambda was: (checkpoint_id, {"faces": str(was.places), "times": str(was.opened)}),
        )


class ActingPairing:
    """Lets checkpoints in, for one actor; as `server.pairing.PairingService`."""

    def __init__(self, grid: "Grid", administration: Administration, actor: Actor) -> None:
        self._pairing = grid.pairing
        self._administration = administration
        self._actor = actor

    @property
    def fingerprint(self) -> str:
        """The server's, as a checkpoint shows it of the server it is paired with."""
        return self._pairing.fingerprint

    @property
    def now(self) -> "PairingWindow | None":
        """The open code, for those who may open one."""
        if not self._administration.may(self._actor, Action.ADD_CHECKPOINT):
            return None
        return self._pairing.now

    def open(
        self, name_hint: str = "", *, who_enrols: WhoEnrols | None = None, address: str = ""
    ) -> "PairingWindow":
        """Makes a code for one checkpoint."""
        return self._administration.act(
            self._actor,
            Action.ADD_CHECKPOINT,
            lambda: self._pairing.open(name_hint, who_enrols=who_enrols, address=address),
            details={} if who_enrols is None else {"who_enrols": str(who_enrols)},
        )

    def close(self) -> None:
        """Makes it worthless."""
        self._administration.check(self._actor, Action.ADD_CHECKPOINT)
        self._pairing.close()


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
