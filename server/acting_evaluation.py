"""An evaluation of the people enrolled as one signed-in person may use it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.administration import Administration
from server.permissions import Action, Actor

if TYPE_CHECKING:
    from server.grid import Grid


class ActingEvaluation:
    """An evaluation of the people enrolled, for one actor; as `server.evaluation_job`."""

    def __init__(self, grid: "Grid", administration: Administration, actor: Actor) -> None:
        self._job = grid.evaluation
        self._administration = administration
        self._actor = actor

    @property
    def running(self) -> bool:
        """Whether one is under way."""
        return self._job.running

    def write_to(self, folder: Path) -> tuple[Path, ...]:
        """Writes the newest report's files, which name people, where somebody asks for them."""
        return self._administration.act(
            self._actor,
            Action.EVALUATE,
            lambda: self._job.write_to(folder),
            details={"what": "write the report"},
        )

    def begin(self) -> bool:
        """Begins one; False when one is under way."""
        return self._administration.act(self._actor, Action.EVALUATE, self._job.begin)

    def cancel(self) -> None:
        """Ends it."""
        self._administration.check(self._actor, Action.EVALUATE)
        self._job.cancel()

    def latest(self) -> dict[str, Any] | None:
        """The newest report; reads a file."""
        self._administration.check(self._actor, Action.EVALUATE)
        return self._job.latest()
