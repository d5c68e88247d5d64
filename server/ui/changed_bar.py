"""The banner over the history while only changed events are shown: looks for them and tells.

Every row of the history is proven for it, in a thread of its own: seconds where there are many.
"""

import tkinter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from database.verifying import RowsLooked
from desktop.ui.widgets import StateBanner
from server.fault_words import count, number
from server.permissions import Action
from server.ui.desk import Desk, GridLike
from server.ui.look import Look

_PROGRESS_MS = 200
_NOT_RECORDED = "What a changed event says is not what was recorded."
Offer = tuple[str, Callable[[], None]]


class ChangedBar(StateBanner):
    """One look at a time.

    Args:
        parent: Where it goes.
        desk: What pages share.
        found: Called with the numbers of changed events when a look is over or cancelled.
        again: Called when somebody wants another look.
        verify: Verifies everything where it can be accepted.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        found: Callable[[Sequence[int]], None],
        again: Callable[[], None],
        verify: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._found = found
        self._again = again
        self._verify = verify
        self._look: Look | None = None
        self._timer: str | None = None

    @property
    def looking(self) -> bool:
        """Whether a look is under way."""
        return self._look is not None

    def begin(self, grid: GridLike) -> None:
        """Looks at every event; another look that is under way is given up."""
        self.end()
        look = self._look = Look()
        self._show_progress()
        history, audit = grid.history, grid.audit

        def work() -> tuple[RowsLooked, RowsLooked]:
            found = history.changed(look.note, look.cancelled.is_set)
            return found, audit.unaccepted(found)

        self._desk.background.apart(
            work,
            partial(self._take, look),
            partial(self._fail, look),
        )

    def cancel(self) -> None:
        """What was found till now is shown."""
        if self._look is not None:
            self._look.cancelled.set()

    def end(self) -> None:
        """Nobody wants to know any more."""
        self.cancel()
        self._look = None
        if self._timer is not None:
            self.after_cancel(self._timer)
            self._timer = None

    def destroy(self) -> None:
        """Takes it away, and gives up a look that is under way."""
        self.end()
        super().destroy()

    def _show_progress(self) -> None:
        if self._look is None:
            return
        done, total = self._look.far
        far = f"{number(done)} of {number(total)} looked at." if total else "It begins."
        self.show(
            tone="info",
            line="Every event is looked at",
            reason=f"{far} Other filters are left out: a changed event could hide from them.",
            button=("Cancel", self.cancel),
        )
        self._timer = self.after(_PROGRESS_MS, self._show_progress)

    def _take(self, look: Look, both: tuple[RowsLooked, RowsLooked]) -> None:
        if look is not self._look:
            return
        found, unaccepted = both
        total = look.far[1]
        cancelled = look.cancelled.is_set() and found.looked < total
        self.end()
        self._say(found, unaccepted, cancelled_of=total if cancelled else 0)
        self._found(found.numbers)

    def _fail(self, look: Look, error: Exception) -> None:
        if look is not self._look:
            return
        self.end()
        self.show(
            tone="bad",
            line="The events could not be looked at",
            reason=str(error),
            button=("Look again", self._again),
        )
        self._found(())

    def _say(self, found: RowsLooked, unaccepted: RowsLooked, *, cancelled_of: int) -> None:
        many, looked = found.changed_count, number(found.looked)
        if found.strange:
            line, more = "Nothing that the history shows can be trusted", ""
        elif many:
            line = f"{count(many, 'event was', 'events were')} changed outside of the program"
            more = f"{looked} were looked at. {_NOT_RECORDED}"
            if known := many - unaccepted.changed_count:
                is_or_are = "is" if known == 1 < many else "are"
                whom = "All" if known == many else number(known)
                more += f" {whom} of them {is_or_are} known and accepted."
        else:
            line, more = "No event was changed", f"{looked} were looked at."
        others = _beside(unaccepted)
        bad = bool(unaccepted.changed_count or others)
        if cancelled_of:
            more = f"{looked} of {number(cancelled_of)} were looked at before it was cancelled."
            line = line if many else "No changed event was found till then"
        self.show(
            tone="bad" if bad else "warn" if cancelled_of or many else "good",
            line=line,
            reason=" ".join(filter(None, (more, *others, self._what_now(bad=bad)))),
            icon_name="shield-exclamation" if bad else None,
            button=("Look again", self._again) if cancelled_of else self._way_on(bad=bad),
        )

    def _what_now(self, *, bad: bool) -> str:
        return "" if not bad or self._desk.may(Action.VIEW_AUDIT) else "Tell the administrator."

    def _way_on(self, *, bad: bool) -> Offer | None:
        """To where it can be accepted, for whom there is such a page."""
        if not bad or not self._desk.may(Action.VIEW_AUDIT):
            return None
        return "Verify, then accept", self._verify


def _beside(looked: RowsLooked) -> list[str]:
    """What is wrong with the history besides events that can be shown, a sentence each."""
    from server.history_proof import sentences_of  # late: the window comes first

    # Whose name may be gone only the audit log knows: that page says it.
    return sentences_of(replace(looked, changed=[], changed_count=0), looked.nameless)
