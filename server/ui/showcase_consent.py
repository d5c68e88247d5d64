"""The window's states of the text that people agree to, for pictures and tests."""

from collections.abc import Callable
from typing import cast

from protocol.consent import LONGEST
from server.permissions import Role
from server.ui.made_up import MadeUpGrid
from server.ui.window import ServerWindow

_DRAFT = (
    "I agree that my face is kept as numbers, with my name, on the server of this house, and that "
    "its doors recognise me by it.\n\nI can have it deleted at the reception at any time. Without "
    "it I am let in with a badge; nothing else changes for me.\n\nQuestions: the reception, or "
    "privacy@example.org."
)


def _grid(window: ServerWindow) -> MadeUpGrid:
    return cast("MadeUpGrid", window.grid)


def _written(window: ServerWindow, text: str) -> None:
    """Somebody wrote this, once the page knows what is in force."""
    window.go("Consent")
    window.desk.drafts[window.consent.writer] = text


def _draft(window: ServerWindow) -> None:
    _written(window, _DRAFT)


def _too_long(window: ServerWindow) -> None:
    _written(window, _DRAFT * (LONGEST // len(_DRAFT) + 1))


def _overtaken(window: ServerWindow) -> None:
    _draft(window)

    def other() -> None:
        _grid(window).consents.put_in_force("Another text, written elsewhere.", instead_of=3)
        window.consent.ask()

    window.desk.ask("", lambda: None, lambda _none: other())


def _read_only(window: ServerWindow) -> None:
    window.sign_in(_grid(window).sign_in(Role.ENROLLER))
    window.go("Consent")


STATES: dict[str, Callable[[ServerWindow], None]] = {
    "consent": lambda window: window.go("Consent"),
    "consent-draft": _draft,
    "consent-too-long": _too_long,
    "consent-overtaken": _overtaken,
    "consent-read-only": _read_only,
}
