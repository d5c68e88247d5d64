"""The banner over the pages, with a bar while something goes on whose end can be told."""

import tkinter

from database.log_state import UpgradeProgress
from desktop.ui.theme import px
from desktop.ui.widgets import StateBanner
from server.ui.controls import progress_bar

_STEP_MS = 40


class ProgressBanner(StateBanner):
    """A state banner that can show how far an upgrade is.

    Args:
        parent: Where it goes.

    Attributes:
        bar: Under both lines; it moves to and fro where nobody knows how far it is.
    """

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent)
        self.bar = progress_bar(self)
        self._moving = False

    def show_progress(self, progress: UpgradeProgress | None) -> None:
        """Shows how far it is; None takes the bar away."""
        if progress is None:
            self._move(on=False)
            self.bar.grid_remove()
            return
        self._move(on=not progress.total)
        if progress.total:
            self.bar.configure(value=100 * progress.done / progress.total)
        self.bar.grid(row=2, column=1, columnspan=3, sticky="ew", pady=(px(self, 8), 0))

    def _move(self, *, on: bool) -> None:
        if on == self._moving:
            return
        self._moving = on
        self.bar.configure(mode="indeterminate" if on else "determinate")
        if on:
            self.bar.start(_STEP_MS)
        else:
            self.bar.stop()
