"""Who is signed in at this checkpoint, as far as it can know: the server decides. No clock."""

import math

from client.enrolment_events import EnrolAnswered
from client.events import ClientEvent, LinkState, LinkStatus
from client.sign_in_events import SignInAnswered, SignInEnded
from protocol.errors import Code
from protocol.sign_in import WhoEnrols


class SignedInHere:
    """Follows the checkpoint's events. Times are of `time.monotonic()`, handed in."""

    def __init__(self) -> None:
        self._name = ""
        self._idle_s = 0.0
        self._until_s = -math.inf

    def note(self, event: ClientEvent, now_s: float) -> None:
        """Notes what begins, prolongs or ends a sign-in."""
        match event:
            case SignInAnswered(ok=True):
                self._name, self._idle_s = event.name, event.idle_s
                self._until_s = now_s + event.idle_s
            case SignInEnded() | EnrolAnswered(code=Code.SIGN_IN_FIRST):
                self._until_s = -math.inf
            case EnrolAnswered(ok=True) if now_s < self._until_s:
                self._until_s = now_s + self._idle_s
            case LinkStatus() if event.state is not LinkState.CONNECTED:
                self._until_s = -math.inf
            case _:
                pass

    def name(self, now_s: float) -> str:
        """Who; "" for nobody."""
        return self._name if now_s < self._until_s else ""


def must_sign_in(status: LinkStatus, signed_in: str) -> bool:
    """Whether somebody has to sign in before they enrol here."""
    return status.who_enrols == WhoEnrols.SIGNED_IN and not signed_in
