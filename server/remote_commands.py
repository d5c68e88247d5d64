"""What the command line asks of the server that runs: checkpoints, and the consent text."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from desktop.logs import log_event
from protocol.sign_in import WhoEnrols
from server import consent_tool
from server.accounts_file import AccountsProblem
from server.audit import AuditProblem
from server.devices import Device, Devices
from server.enrol_words import of_typed
from server.held_up import HeldUp
from server.pairing import PairingService
from server.permissions import Action
from server.request_folder import Answer, RequestFolder

_LOG = logging.getLogger(__name__)


class Asked(Protocol):
    """The grid as the person at the command line may use it (`server.acting_grid.ActingGrid`)."""

    def act(
        self,
        action: Action,
        work: Callable[[], Any],
        *,
        target: str = "",
        details: Mapping[str, str | int | bool] | None = None,
    ) -> Any:
        """Does it, if they may, and writes it down."""

    def confirm_clock(self) -> None:
        """Says that the server's clock is right."""

    @property
    def devices(self) -> "Opener":
        """The checkpoints, as that person may use them."""

    @property
    def consents(self) -> Any:
        """The text that people agree to, for that person."""


class Opener(Protocol):
    """Shuts out, lets enrol and go on (`server.acting_devices.ActingDevices`)."""

    def revoke(self, checkpoint_id: str) -> str:
        """Shuts one out; why it is not written yet."""

    def let_enrol(self, checkpoint_id: str, who: WhoEnrols) -> None:
        """Who may enrol people there."""

    def rename(self, checkpoint_id: str, name: str) -> None:
        """Gives one a name that stays."""

    def enrollers(self) -> int:
        """How many accounts could sign in at a checkpoint to enrol."""

    def held_up(self, checkpoint_id: str) -> HeldUp:
        """What gets no answers there."""

    def let_try_again(self, checkpoint_id: str) -> HeldUp:
        """Opens it."""

    def sign_ins_wait(self) -> Mapping[str, int]:
        """Where sign-ins wait, and until when, ms since the epoch."""

    def let_sign_in_again(self, checkpoint_id: str) -> int:
        """Ends that wait; gives until when it would have been."""


class Doors(Protocol):
    """Of the grid, what lets checkpoints in (`server.grid.Grid`)."""

    @property
    def devices(self) -> Devices:
        """Who is paired."""

    @property
    def pairing(self) -> PairingService:
        """Lets others in."""


class RemoteCommands:
    """Answers requests of the command line, as the person who gave it.

    Args:
        folder: Where requests are left.
        grid: What lets checkpoints in.
        asked: The grid for that person.
    """

    def __init__(self, folder: Path, grid: Doors, asked: Asked) -> None:
        self._grid = grid
        self._asked = asked
        self._requests = RequestFolder(folder, self.answer)
        self._told = False

    def look(self) -> None:
        """Answers what was asked since the last time; a folder that cannot be read is told once."""
        try:
            self._requests.look()
        except OSError as error:
            if not self._told:
                self._told = True
                log_event(_LOG, "requests_unreadable", level=logging.ERROR, reason=str(error))
        else:
            self._told = False

    def end(self) -> None:
        """Removes what nobody answers any more."""
        self._requests.clear()

    def answer(self, action: str, words: Mapping[str, Any]) -> Answer:
        """Does what is asked for.

        Raises:
            ValueError: It cannot be done, or there is no such request; the text is a sentence.
        """
        try:
            return self._done(action, words)
        except (AccountsProblem, AuditProblem) as problem:
            raise ValueError(str(problem)) from problem

    def _done(self, action: str, words: Mapping[str, Any]) -> Answer:
        match action:
            case "checkpoints":
                waits = self._asked.devices.sign_ins_wait()
                found = self._grid.devices.list()
                return {"checkpoints": [self._listed(one, waits) for one in found]}
            case "add checkpoint":
                return self._add(words)
            case "revoke checkpoint":
                return self._revoke(self._known(words))
            case "rename checkpoint":
                return self._rename(self._known(words), str(words.get("name", "")))
            case "who enrols":
                return self._let_enrol(self._known(words), of_typed(str(words.get("who", ""))))
            case "let try again":
                return asdict(self._asked.devices.let_try_again(self._known(words)))
            case "let sign in again":
                return {"until_ms": self._asked.devices.let_sign_in_again(self._known(words))}
            case "confirm clock":
                self._asked.confirm_clock()
                return {}
            case "consent" | "set consent":
                return consent_tool.answer(self._asked.consents, action, words)
            case _:
                raise ValueError(
                    "The running server does not know this request: it is another version."
                )

    def _add(self, words: Mapping[str, Any]) -> Answer:
        name, address = str(words.get("name", "")), str(words.get("address", ""))
        typed = words.get("who_enrols")
        who = None if typed is None else of_typed(str(typed))
        window = self._asked.act(
            Action.ADD_CHECKPOINT,
            lambda: self._grid.pairing.open(name, who_enrols=who, address=address),
            details={} if who is None else {"who_enrols": str(who)},
        )
        return {
            **asdict(window),
            "who_enrols": None if who is None else str(who),
            "enrollers": self._asked.devices.enrollers(),
        }

    def _rename(self, checkpoint_id: str, name: str) -> Answer:
        self._asked.devices.rename(checkpoint_id, name)
        return {"renamed": checkpoint_id}

    def _let_enrol(self, checkpoint_id: str, who: WhoEnrols) -> Answer:
        devices = self._asked.devices
        devices.let_enrol(checkpoint_id, who)
        return {"who_enrols": str(who), "enrollers": devices.enrollers()}

    def _listed(self, device: Device, sign_ins: Mapping[str, int]) -> Answer:
        return {
            **asdict(device),
            "sign_ins_until_ms": sign_ins.get(device.checkpoint_id, 0),
            "held_up": asdict(self._asked.devices.held_up(device.checkpoint_id)),
        }

    def _known(self, words: Mapping[str, Any]) -> str:
        """The id in a request.

        Raises:
            ValueError: No checkpoint is paired under it.
        """
        checkpoint_id = str(words.get("checkpoint_id", ""))
        if self._grid.devices.find(checkpoint_id) is None:
            known = ", ".join(device.checkpoint_id for device in self._grid.devices.list())
            raise ValueError(
                f"No checkpoint is paired as {checkpoint_id!r}."
                + (f" There are: {known}." if known else "")
            )
        return checkpoint_id

    def _revoke(self, checkpoint_id: str) -> Answer:
        return {"revoked": checkpoint_id, "unwritten": self._asked.devices.revoke(checkpoint_id)}
