"""Renews the checkpoint's certificate over its own connection when a third of its life is left.

Used by the link thread alone. The key stays; the new certificate counts from the next connection.
"""

import logging
import time
from datetime import UTC, datetime

from client.connection import Connection
from client.identity import Identity, IdentityProblem
from desktop.logs import log_event
from protocol.messages import Error, Message, Renew, Renewed

log = logging.getLogger(__name__)

LOOK_EVERY_S = 3600.0


class Renewal:
    """Looks at the certificate once an hour.

    Args:
        identity: Whose; None for a checkpoint that has none.
    """

    def __init__(self, identity: Identity | None) -> None:
        self._identity = identity
        self._next_s = 0.0
        self._asked: str | None = None

    def send_due(self, connection: Connection) -> None:
        """Asks for another certificate when it is time."""
        if self._identity is None or time.monotonic() < self._next_s or not connection.session.room:
            return
        self._next_s = time.monotonic() + LOOK_EVERY_S
        try:
            known = self._identity.load()
            if known is None or not known.renewal_due(datetime.now(UTC)):
                return
            request = Renew(
                id=connection.session.next_id(), request=self._identity.renewal_request()
            )
        except IdentityProblem as problem:
            log_event(log, "not_renewed", level=logging.WARNING, reason=str(problem))
            return
        connection.send(request)
        self._asked = request.id

    def answered(self, message: Message) -> bool:
        """Takes a reply; False when it is not about the certificate."""
        if self._identity is None or getattr(message, "re", None) != self._asked:
            return False
        self._asked = None
        if isinstance(message, Renewed):
            try:
                self._identity.renewed(message.certificate)
            except IdentityProblem as problem:
                log_event(log, "not_renewed", level=logging.WARNING, reason=str(problem))
            else:
                log_event(log, "certificate_renewed")
        elif isinstance(message, Error):
            log_event(log, "not_renewed", level=logging.WARNING, reason=message.message)
        return True
