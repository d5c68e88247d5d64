"""The states of signing in before an enrolment, for `client/ui/showcase.py`."""

from collections.abc import Callable
from dataclasses import replace

from client.sign_in_events import SignInAnswered
from client.ui.showcase_parts import begin, connected, see
from client.ui.sign_in_dialog import SignInDialog
from client.ui.window import CheckpointWindow
from protocol.sign_in import WhoEnrols

NAME = "Kim Lee"
SIGN_IN_ENDED = "The sign-in at this checkpoint has ended. Sign in again, then save."
_WRONG = "The name or the password is wrong. Try again in 4 s."


def _asked(window: CheckpointWindow) -> SignInDialog:
    begin(window)
    see(window, "eileen-collins")
    window.handle(replace(connected(), who_enrols=WhoEnrols.SIGNED_IN.value))
    window.open_enrolment()
    dialog = window.dialogs.sign_in
    if dialog is None:
        raise RuntimeError("the question who enrols did not open")
    return dialog


def sign_in(window: CheckpointWindow) -> None:
    """Who enrols?"""
    _asked(window)


def sign_in_refused(window: CheckpointWindow) -> None:
    """A wrong password."""
    dialog = _asked(window)
    dialog.name.set(NAME)
    dialog.password_entry.insert(0, "not the right one")
    dialog.accept()
    window.handle(SignInAnswered(ok=False, sentence=_WRONG, code="sign_in_refused", wait_s=4))


def sign_in_waits(window: CheckpointWindow) -> None:
    """Too many of them."""
    dialog = _asked(window)
    dialog.name.set(NAME)
    dialog.password_entry.insert(0, "not the right one")
    dialog.accept()
    window.handle(SignInAnswered(ok=False, sentence="", code="sign_in_later", wait_s=843))


def signed_in(window: CheckpointWindow) -> None:
    """The enrolment of somebody who signed in."""
    sign_in_refused(window)
    dialog = window.dialogs.sign_in
    if dialog is not None:
        dialog.password_entry.insert(0, "the right one")
        dialog.accept(at_once=True)
    window.handle(SignInAnswered(ok=True, name=NAME, idle_s=300))


def nobody_enrols(window: CheckpointWindow) -> None:
    """The administrator lets nobody be enrolled here."""
    begin(window)
    see(window, "eileen-collins")
    window.handle(replace(connected(), who_enrols=WhoEnrols.NOBODY.value))


SIGN_IN: dict[str, Callable[[CheckpointWindow], None]] = {
    "enrol-nobody": nobody_enrols,
    "enrol-sign-in": sign_in,
    "enrol-sign-in-refused": sign_in_refused,
    "enrol-sign-in-waits": sign_in_waits,
    "enrol-signed-in": signed_in,
}
