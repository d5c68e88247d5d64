"""Signs somebody in and out at the server, over the connection of this moment. For the link thread.

A password is never kept: it is sent at once or not at all, and forgotten with the answer.
"""

from collections.abc import Callable

from client.connection import Connection
from client.event_messages import code_of
from client.events import ClientEvent
from client.sign_in_events import SignInAnswered, SignInEnded
from protocol.errors import IllegalSend, sentence
from protocol.messages import Error, Message, SignedIn, SignedOut, SignIn, SignOut

NO_SERVER = "The server cannot be reached. Sign in again when it is back."
_UNSENDABLE = "The name or the password has signs that cannot be sent. Type them again."
_UNREACHABLE = "server_unreachable"


class SignInErrand:
    """Who wants to sign in or out, and what came of it.

    Args:
        post: Takes one `SignInAnswered` a sign-in, and `SignInEnded`.
    """

    def __init__(self, post: Callable[[ClientEvent], None]) -> None:
        self._post = post
        self._wanted: tuple[str, str] | None = None
        self._leaving = False
        self._open: set[str] = set()
        self._signed_in = False

    def take(self, name: str, password: str, *, connected: bool) -> None:
        """Signs somebody in; without a connection it is answered at once."""
        if connected:
            self._wanted = name, password
        else:
            self._refused(_UNREACHABLE, NO_SERVER)

    def leave(self) -> None:
        """Signs out; without a connection nobody is signed in."""
        self._leaving = self._signed_in
        self._end()

    def send_due(self, connection: Connection) -> None:
        """Sends what is not on its way."""
        if self._leaving and connection.session.room > 1:
            self._leaving = False
            request = SignOut(id=connection.session.next_id())
            connection.send(request)
            self._open.add(request.id)
        if self._wanted is None or connection.session.room <= 1:
            return
        (name, password), self._wanted = self._wanted, None
        try:
            asked = SignIn(id=connection.session.next_id(), name=name, password=password)
            connection.send(asked)
        except IllegalSend as error:
            if not connection.session.ready:
                raise
            self._refused(code_of(error), _UNSENDABLE)
            return
        self._open.add(asked.id)

    def answered(self, message: Message) -> bool:
        """Takes a reply; False when it is none of these questions'."""
        re = getattr(message, "re", None)
        if not isinstance(re, str) or re not in self._open:
            return False
        self._open.discard(re)
        if isinstance(message, SignedIn):
            self._signed_in = True
            self._post(SignInAnswered(ok=True, name=message.name, idle_s=message.idle_s))
        elif isinstance(message, Error):
            self._end()  # whoever was signed in before no more is
            told = message.details.get("wait_s", "")
            wait_s = int(told) if told.isascii() and told.isdigit() and len(told) <= 5 else 0
            self._refused(message.code, message.message or sentence(message.code), wait_s=wait_s)
        else:
            assert isinstance(message, SignedOut), "the session lets nothing else through"
        return True

    def connection_lost(self) -> None:
        """A sign-in belongs to its connection; what was on its way is answered as broken off."""
        waited = self._wanted is not None or bool(self._open)
        self._wanted, self._leaving = None, False
        self._open.clear()
        self._end()
        if waited:
            self._refused(_UNREACHABLE, NO_SERVER)

    def _end(self) -> None:
        if self._signed_in:
            self._signed_in = False
            self._post(SignInEnded())

    def _refused(self, code: str, why: str, *, wait_s: int = 0) -> None:
        self._post(SignInAnswered(ok=False, sentence=why, code=code, wait_s=wait_s))
