"""Asks whether the computer's clock is right, and lets the server believe it."""

import time

from desktop.ui.widgets import Confirmation
from server.permissions import Action
from server.ui.desk import Desk

_DETAIL = (
    "By this clock the server deletes what was kept for as many days as the settings say, such as "
    "events and pictures. By a wrong one it deletes too much, and that does not come back."
)
_DONE = "The clock is believed."


def clock_question(desk: Desk) -> Confirmation:
    """The question, which says what the clock shows."""
    now = time.strftime("%A, %Y-%m-%d, %H:%M")
    return Confirmation(
        desk.root,
        title="Confirm the clock",
        question=f"Is it {now} now?",
        detail=_DETAIL,
        agree="It is right",
        danger=True,
    )


def confirm_clock(desk: Desk) -> None:
    """Asks, and confirms as who is signed in, if they may."""
    grid = desk.ready
    if grid is None or not desk.may(Action.CONFIRM_CLOCK):
        return
    dialog = clock_question(desk)
    dialog.wait_for_answer(dialog.decline)
    if dialog.yes:
        desk.ask("", grid.confirm_clock, lambda _done: desk.toast.show(_DONE, tone="good"))
