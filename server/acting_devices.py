"""The checkpoints and how they are let in, as one signed-in person may see and change them."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from protocol.sign_in import WhoEnrols
from server.administration import Administration
from server.audit import AuditProblem
from server.permissions import Action, Actor

if TYPE_CHECKING:
    from server.devices import Device
    from server.events import PairingWindow
    from server.grid import Grid
    from server.held_up import HeldUp


class ActingDevices:
    """The paired checkpoints, for one actor; as `server.devices.Devices`."""

    def __init__(self, grid: "Grid", administration: Administration, actor: Actor) -> None:
        books = grid.books
        assert books is not None, "who administers has them"
        self._accounts = books.accounts
        self._audit = books.audit
        self._devices = grid.devices
        self._grid = grid
        self._suspicion = grid.suspicion
        self._administration = administration
        self._actor = actor

    def list(self) -> "tuple[Device, ...]":
        """Everybody who was ever paired."""
        self._administration.check(self._actor, Action.VIEW_STATE)
        return self._devices.list()

    def revoke(self, checkpoint_id: str) -> str:
        """Shuts one out, within two seconds, also when that cannot be written down.

        Returns:
            Why it is not written yet, as a sentence; empty when it is.
        """
        action = Action.REVOKE_CHECKPOINT
        # Beforehand: what keeps a refusal from being written must not let anybody do it.
        self._administration.check(self._actor, action, target=checkpoint_id)
        try:
            self._administration.act(
                self._actor,
                action,
                lambda: self._devices.revoke(checkpoint_id),
                target=checkpoint_id,
            )
        except (AuditProblem, OSError) as error:
            record = partial(self._audit.record, action, self._actor, checkpoint_id)
            return self._grid.shutting_out.anyway(checkpoint_id, record, error)
        return ""

    def let_enrol(self, checkpoint_id: str, who: WhoEnrols) -> None:
        """Who may enrol people there."""
        self._administration.act(
            self._actor,
            Action.LET_ENROL,
            lambda: self._devices.let_enrol(checkpoint_id, who),
            target=checkpoint_id,
            details={"who_enrols": str(who)},
        )

    def rename(self, checkpoint_id: str, name: str) -> None:
        """Gives one a name that stays."""
        self._administration.act(
            self._actor,
            Action.RENAME_CHECKPOINT,
            lambda: self._devices.rename(checkpoint_id, name),
            target=checkpoint_id,
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

    def sign_ins_wait(self) -> Mapping[str, int]:
        """Where sign-ins wait after wrong passwords: until when, ms since the epoch, by id."""
        self._administration.check(self._actor, Action.VIEW_STATE)
        return self._accounts.waiting_at()

    def let_sign_in_again(self, checkpoint_id: str) -> int:
        """Ends that wait; gives until when it would have been, 0 for none."""
        return self._administration.act(
            self._actor,
            Action.LET_SIGN_IN_AGAIN,
            lambda: self._accounts.let_sign_in_again(checkpoint_id),
            target=checkpoint_id,
            done=lambda until_ms: (checkpoint_id, {"waited": bool(until_ms)}),
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
