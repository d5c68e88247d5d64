"""Asks the server for challenges: an answer in time, or word that there is none.

Used by the link thread alone. A challenge is for somebody who stands there now: a question is
never kept.
"""

import logging
import time
from collections.abc import Callable

from client.connection import Connection
from client.errands import ANSWER_WITHIN_S
from client.events import ClientEvent
from client.liveness_events import ChallengeGiven
from desktop.logs import log_event
from protocol.errors import sentence
from protocol.messages import AskChallenge, ChallengeReply, Error, Message

log = logging.getLogger(__name__)

NO_ANSWER = "The server cannot be reached."


class Challenges:
    """The questions that are open.

    Args:
        post: Takes one `ChallengeGiven` a question.
    """

    def __init__(self, post: Callable[[ClientEvent], None]) -> None:
        self._post = post
        self._wanted: dict[str, float] = {}  # when each event's was asked for
        self._sent: dict[str, str] = {}  # request id to event id

    def take(self, event_id: str, *, hopeless: bool) -> None:
        """Asks for the challenge of an event (or an enrolment), or says that there is none."""
        self._wanted[event_id] = time.monotonic()
        if hopeless:
            self._none(event_id, NO_ANSWER)

    def tick(self, *, hopeless: bool) -> None:
        """Gives up what waited long enough, or cannot be hoped for."""
        now_s = time.monotonic()
        for event_id, asked_s in list(self._wanted.items()):
            if hopeless or now_s - asked_s >= ANSWER_WITHIN_S:
                self._none(event_id, NO_ANSWER)

    def send_due(self, connection: Connection) -> None:
        """Sends what is not on its way."""
        for event_id in self._wanted.keys() - set(self._sent.values()):
            if connection.session.room <= 1:
                return
            request = AskChallenge(id=connection.session.next_id(), event_id=event_id)
            connection.send(request)
            self._sent[request.id] = event_id

    def answered(self, message: Message) -> bool:
        """Takes a reply; False when it is none of these questions'."""
        re = getattr(message, "re", None)
        if not isinstance(re, str) or re not in self._sent:
            return False
        event_id = self._sent.pop(re)
        if event_id not in self._wanted:
            return True  # given up: the person was told
        if isinstance(message, ChallengeReply):
            del self._wanted[event_id]
            self._post(
                ChallengeGiven(
                    event_id=event_id,
                    challenge_id=message.challenge_id,
                    actions=message.actions,
                    time_limit_s=message.time_limit_s,
                )
            )
        elif isinstance(message, Error):
            self._none(event_id, sentence(message.code))
        return True

    def connection_lost(self) -> None:
        """What was on its way is asked again on the next connection."""
        self._sent.clear()

    def _none(self, event_id: str, why: str) -> None:
        del self._wanted[event_id]
        log_event(log, "no_challenge", event_id=event_id, reason=why)
        self._post(ChallengeGiven(event_id=event_id, sentence=why))
