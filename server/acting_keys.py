"""The keys as one signed-in person may use them: see where they are, keep a recovery key."""

from typing import TYPE_CHECKING

from server.administration import Administration
from server.permissions import Action, Actor

if TYPE_CHECKING:
    from security.recovery import RecoveryKey
    from server.grid import Grid
    from server.key_acts import KeyStatus


class ActingKeys:
    """The keys of the data, for one actor; when the grid is `ready`."""

    def __init__(self, grid: "Grid", administration: Administration, actor: Actor) -> None:
        self._grid = grid
        self._administration = administration
        self._actor = actor

    @property
    def status(self) -> "KeyStatus":
        """Where the master key is, and since when there is a recovery key.

        Raises:
            NotAllowed: They may not see that.
        """
        self._administration.check(self._actor, Action.MANAGE_KEYS)
        return self._grid.key_status

    def keep_recovery(self, key: "RecoveryKey") -> None:
        """Makes `key`, which was shown and written down, the recovery key.

        Raises:
            NotAllowed: They may not.
            VaultProblem: The disk refused; the one before still counts.
        """
        self._administration.act(
            self._actor,
            Action.MANAGE_KEYS,
            lambda: self._grid.keep_recovery(key, by=self._actor.name),
            details={"what": "recovery"},
        )
