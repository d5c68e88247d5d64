"""Lets those go on who are held up at a checkpoint: faces, sign-ins; says what came of it."""

from collections.abc import Callable
from functools import partial

from protocol.text import printable
from server.held_up import HeldUp, opened_words, sign_ins_opened_words
from server.permissions import Action
from server.state_words import Action as Banner
from server.ui.desk import Desk


def let_try_again(
    desk: Desk, checkpoint_id: str, name: str, done: Callable[[], object] = lambda: None
) -> None:
    """Does it as who is signed in, if they may; the line over the pages that asked for it goes.

    Args:
        desk: What pages share.
        checkpoint_id: Where.
        name: What people call it.
        done: Called afterwards.
    """
    grid = desk.ready
    if grid is None or not desk.may(Action.LET_TRY_AGAIN):
        return

    def tell(was: HeldUp) -> None:
        words = opened_words(was, printable(name, 60))
        desk.toast.show(words, tone="good" if was.places else "info")
        if desk.presenter.tells_of_tries(checkpoint_id):
            desk.act(Banner.DISMISS)
        done()

    desk.ask("", partial(grid.devices.let_try_again, checkpoint_id), tell)


def let_sign_in_again(
    desk: Desk, checkpoint_id: str, name: str, done: Callable[[], object] = lambda: None
) -> None:
    """Ends the wait after wrong passwords as who is signed in, if they may; as above."""
    grid = desk.ready
    if grid is None or not desk.may(Action.LET_SIGN_IN_AGAIN):
        return

    def tell(until_ms: int) -> None:
        words = sign_ins_opened_words(until_ms, printable(name, 60))
        desk.toast.show(words, tone="good" if until_ms else "info")
        done()

    desk.ask("", partial(grid.devices.let_sign_in_again, checkpoint_id), tell)
