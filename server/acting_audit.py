"""The audit log and the data held against each other, and alarms, for one actor."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from database.verifying import PAUSE_S, RowsLooked
from server.administration import Administration
from server.audit_records import Details, Verified
from server.history_accepted import accept, beyond
from server.permissions import Action, Actor

if TYPE_CHECKING:
    from server.books import Books
    from server.grid import Grid


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
        self,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Verified:
        """The log, every row of the history and the other data: as `server audit verify`.

        Args:
            progress: Called now and then, by who asks, with how many of how many rows are done.
            stop: Asked again and again whether to give up; what was found till then is given.

        Raises:
            NotAllowed: They may not see that.
            AuditProblem: The log cannot be read.
            OSError: The data cannot be read.
        """
        books = cast("Books", self._grid.books)
        return books.look_at_data(self.log(), progress, pause_s=PAUSE_S, stop=stop)

    def unaccepted(self, found: RowsLooked) -> RowsLooked:
        """What of a look at the history nobody has accepted; for whoever sees events.

        Raises:
            NotAllowed: They see none.
            AuditProblem: The log cannot be read.
        """
        self._administration.check(self._actor, Action.VIEW_HISTORY)
        return beyond(found, cast("Books", self._grid.books).accepted())

    def accept(self, found: RowsLooked) -> int:
        """Takes what is wrong with the history as it is: what was shown, nothing that came since.

        Args:
            found: Of `Verified.history`.

        Returns:
            How many records of the audit log it is in.

        Raises:
            NotAllowed: They may not; that is written.
            NotAccepted: It cannot be taken as it is; nothing was accepted.
            AuditProblem: It cannot be written.
        """
        act = self._administration.act

        def write(target: str, details: Details) -> None:
            act(self._actor, Action.ACCEPT_HISTORY, lambda: None, target=target, details=details)

        self._administration.check(self._actor, Action.ACCEPT_HISTORY)
        return accept(found, write)

    def dismiss(self, sentence: str) -> None:
        """Puts an alarm away that somebody changed the data; what it was is in the log."""
        self._administration.act(
            self._actor, Action.DISMISS_ALARM, lambda: None, details={"what": sentence}
        )
