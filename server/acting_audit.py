"""The audit log and the data held against each other, and alarms, for one actor."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from server.administration import Administration
from server.audit_records import Verified
from server.permissions import Action, Actor

if TYPE_CHECKING:
    from server.books import Books
    from server.grid import Grid

_PAUSE_S = 0.005
"""Left to the running server after every 500 rows of the history, which take 4 ms."""


class ActingAudit:
    """What somebody may know and do of tampering.

    Args:
        grid: The grid itself.
        administration: Asks and writes.
        actor: Who uses it.
    """

    def __init__(self, grid: "Grid", administration: Administration, actor: Actor) -> None:
        self._grid = grid
        self._administration = administration
        self._actor = actor

    def log(self) -> Verified:
        """The log alone, as `Administration.verified`."""
        return self._administration.verified(self._actor)

    def verified(
        self, progress: Callable[[int, int], None] = lambda _done, _total: None
    ) -> Verified:
        """The log, every row of the history and the other data: as `server audit verify`.

        Args:
            progress: Called now and then, by who asks, with how many of how many rows are done.

        Raises:
            NotAllowed: They may not see that.
            AuditProblem: The log cannot be read.
            OSError: The data cannot be read.
        """
        books = cast("Books", self._grid.books)
        return books.look_at_data(self.log(), progress, pause_s=_PAUSE_S)

    def dismiss(self, sentence: str) -> None:
        """Puts an alarm away that somebody changed the data; what it was is in the log."""
        self._administration.act(
            self._actor, Action.DISMISS_ALARM, lambda: None, details={"what": sentence}
        )
