"""The link thread: owns the socket, the session and the outbox; asks, keeps, sends again.

Everybody else calls `ask`, `enrol` and the like, which only put a note into the thread's inbox.
"""

import contextlib
import logging
import random
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from client.approach import Address, approach
from client.backoff import Backoff
from client.challenges import Challenges
from client.connection import Connection, ConnectionEnded
from client.dialling import Cancelled, DialFailed
from client.errands import Errands
from client.event_messages import Asked
from client.events import ClientEvent, Fault, LinkState, PairingAnswered
from client.inbox import Inbox
from client.link_status import StatusTeller
from client.offline import Alone, OfflineDecisions
from client.outbox import DeadLetters, KeptEvent, MemoryOutbox, Outbox
from client.pairing import Pairing, PairingFailed
from client.sign_in import SignInErrand
from client.witness import Witness
from desktop.logs import log_event
from protocol.errors import IllegalSend
from protocol.kinds import DLIB_SHAPE, EncodingShape
from protocol.messages import Enrol, Message, Welcome

log = logging.getLogger(__name__)

SOFTWARE = "FaceNetGrid checkpoint 0.1.0"
_STEP_S = 0.1


class Link:
    """The connection to the server. Every method may be called from any thread, none waits.

    Args:
        address: The server and this checkpoint.
        post: Takes `LinkStatus`, `VerdictArrived`, `EnrolAnswered`, `Fault` and their like.
        pairing: How the checkpoint comes to its identity; without one it is not paired.
        outbox: Keeps events until they are acknowledged.
        offline: Decides while the server is away; None never does.
        witness: Keeps the newest head of the server's audit log.
        uniform: Draws the jitter.
    """

    def __init__(
        self,
        address: Address,
        post: Callable[[ClientEvent], None],
        *,
        pairing: Pairing | None = None,
        outbox: Outbox | None = None,
        offline: OfflineDecisions | None = None,
        witness: Witness | None = None,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._address = address
        self._post = post
        self._pairing = pairing if pairing is not None else Pairing(None)
        self._code: tuple[str, str | None] | None = None
        self._offline = offline
        self._errands = Errands(
            outbox if outbox is not None else MemoryOutbox(), post, alone=self._decide_alone
        )
        self._challenges = Challenges(post)
        self._sign_in = SignInErrand(post)
        self._witness = witness if witness is not None else Witness()
        self._backoff = Backoff(uniform=uniform)
        self._inbox = Inbox()
        self._closing = threading.Event()
        self._again = False
        self._encoder = ""
        self._encodings = DLIB_SHAPE
        self._teller = StatusTeller(str(address), post)
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread is still there."""
        return self._thread.is_alive()

    @property
    def connected(self) -> bool:
        """Whether the server can be asked now."""
        return self._teller.status.state is LinkState.CONNECTED

    @property
    def enrolment_quality(self) -> str | None:
        """How good samples have to be, as the server last said."""
        return self._teller.enrolment_quality

    @property
    def consent_text(self) -> str:
        """What people agree to before they are enrolled, as the server last said."""
        return self._teller.status.consent_text

    def start(self) -> None:
        """Starts the thread. It connects once the encoder's fingerprint is known."""
        self._thread.start()

    def close(self) -> None:
        """Asks the thread to end."""
        self._closing.set()
        self._inbox.wake()
        if self._thread.ident is None:  # never started: nobody else closes them
            self._inbox.close()
            self._errands.outbox.close()

    def set_encoder(self, fingerprint: str, encodings: EncodingShape = DLIB_SHAPE) -> None:
        """Says which encoder the probes come from, and their shape; nothing is sent before."""
        self._inbox.put(lambda: self._set_encoder(fingerprint, encodings))

    def ask(self, event: KeptEvent, *, steady_s: float, label: str | None = None) -> None:
        """Hands an event in: a probe (`VerdictArrived` follows) or a report.

        Args:
            event: What is sent, and kept until it is acknowledged.
            steady_s: `time.monotonic()` of the frame in which the face first was steady.
            label: The truth of a demo source, given back with the verdict.
        """
        asked = Asked(steady_s=steady_s, asked_s=time.monotonic(), label=label)
        self._inbox.put(lambda: self._errands.take(event, asked, hopeless=self._hopeless))

    def enrol(self, request: Enrol) -> None:
        """Sends an enrolment; `EnrolAnswered` follows in any case. Its `id` is filled in here."""
        self._inbox.put(lambda: self._errands.take_enrolment(request, connected=self.connected))

    def sign_in(self, name: str, password: str) -> None:
        """Signs somebody in who is to enrol here; `SignInAnswered` follows in any case."""
        self._inbox.put(lambda: self._sign_in.take(name, password, connected=self.connected))

    def sign_out(self) -> None:
        """Ends their sign-in; `SignInEnded` follows where somebody was."""
        self._inbox.put(self._sign_in.leave)

    def ask_challenge(self, event_id: str) -> None:
        """Asks what the person of an event shall do; `ChallengeGiven` follows in any case."""
        self._inbox.put(lambda: self._challenges.take(event_id, hopeless=self._hopeless))

    def show_dead(self) -> None:
        """Asks for the events that the server will never take; `DeadLetters` follows."""
        self._inbox.put(lambda: self._post(DeadLetters(self._errands.outbox.dead())))

    def discard_dead(self, event_ids: Sequence[str]) -> None:
        """Forgets such events; `DeadLetters` follows."""
        self._inbox.put(lambda: self._errands.outbox.discard(event_ids))
        self.show_dead()

    def change_server(self, address: Address) -> None:
        """Leaves the server and connects to another one; events kept go to that one."""
        self._inbox.put(lambda: self._set_address(address))

    def pair(self, code: str, address: str | None) -> None:
        """Pairs by a code; `PairingAnswered` follows in any case."""
        self._inbox.put(lambda: self._set_code(code, address))

    def retry_now(self) -> None:
        """Ends the wait before the next attempt."""
        self._inbox.put(self._hurry)

    def _decide_alone(self, event: KeptEvent) -> Alone | None:
        """What the checkpoint may say itself: never while the server can be asked."""
        here = self._connection is not None and self._connection.session.ready
        return None if here or self._offline is None else self._offline.decide(event, self._encoder)

    def _set_encoder(self, fingerprint: str, encodings: EncodingShape) -> None:
        self._encoder = fingerprint
        self._encodings = encodings
        self._again = True

    def _set_address(self, address: Address) -> None:
        self._address = address
        self._backoff.succeeded()
        self._again = True
        self._tell_status(LinkState.CONNECTING, "")
        if self._connection is not None:
            raise ConnectionEnded("")

    def _set_code(self, code: str, address: str | None) -> None:
        self._code = (code, address)
        self._again = True
        if self._connection is not None:
            raise ConnectionEnded("")

    def _hurry(self) -> None:
        self._again = True

    @property
    def _hopeless(self) -> bool:
        """Whether two attempts failed in a row: the person at the door need not wait for a third.

        One failure means little: a connection that broke is usually back in half a second.
        """
        down = self._teller.status.state not in (LinkState.CONNECTED, LinkState.CONNECTING)
        return down and self._backoff.failures > 1

    def _run(self) -> None:
        self._tell_status(LinkState.CONNECTING, "")
        while not self._closing.is_set():
            try:
                self._serve()
            except Cancelled:
                continue
            except (ConnectionEnded, DialFailed) as error:
                self._ended(error)
            except Exception:
                detail = traceback.format_exc()
                log.error("link failed", exc_info=True)
                self._post(Fault("link", "The link to the server failed and starts again.", detail))
                self._ended(ConnectionEnded("The link to the server failed. It starts again."))
        with contextlib.suppress(ConnectionEnded):
            self._read_inbox()  # who was seen at the last moment is kept, too
        self._inbox.close()
        self._errands.outbox.close()
        if self._offline is not None:
            self._offline.close()

    def _serve(self) -> None:
        """One connection from its first to its last moment.

        Raises:
            ConnectionEnded: It is over, or the server refused it.
            DialFailed: There was none.
            Cancelled: It is no longer wanted.
        """
        if self._code is not None:
            self._use_code(*self._code)
        if not self._encoder:
            self._pause(_STEP_S)
            return
        address = self._address
        checkpoint_id, tls = approach(
            address, self._pairing, cancelled=lambda: self._off_course(address)
        )
        connection = self._connection = Connection(
            tls, self._inbox.awake, str(address), encodings=self._encodings
        )
        try:
            connection.send_hello(
                checkpoint_id=checkpoint_id,
                checkpoint_name=address.checkpoint_name,
                encoder=self._encoder,
                software=SOFTWARE,
                witnessed=self._witness.newest,
            )
            while not self._closing.is_set():
                self._turn(connection)
        finally:
            self._connection = None
            connection.close("The checkpoint is being closed.")
            self._errands.connection_lost()
            if self._offline is not None:
                self._offline.connection_lost()
            self._challenges.connection_lost()
            self._sign_in.connection_lost()

    def _use_code(self, code: str, where: str | None) -> None:
        """Pairs, says what came of it, and goes on with the server of the code."""
        name = self._address.checkpoint_name
        try:
            partner = self._pairing.with_code(code, where, name, cancelled=self._ending)
        except PairingFailed as failed:
            self._code = None
            log_event(log, "pairing_failed", reason=str(failed))
            self._post(PairingAnswered(ok=False, sentence=str(failed)))
            return
        self._code = None
        if self._offline is not None:
            self._offline.destroy("the checkpoint was paired")
        self._address = replace(self._address, host=partner.host, port=partner.port)
        self._backoff.succeeded()
        log_event(log, "paired", server=partner.server_name, address=str(self._address))
        sentence = f"Paired with {partner.server_name}."
        self._post(
            PairingAnswered(ok=True, sentence=sentence, host=partner.host, port=partner.port)
        )

    def _ending(self) -> bool:
        """Looks after the inbox while the checkpoint is being paired."""
        self._read_inbox()
        self._clock(hopeless=self._hopeless)
        return self._closing.is_set()

    def _off_course(self, address: Address) -> bool:
        """Looks after the inbox while a connection is being made."""
        self._read_inbox()
        self._clock(hopeless=self._hopeless)
        return self._closing.is_set() or self._address != address or self._code is not None

    def _turn(self, connection: Connection) -> None:
        self._read_inbox()
        if connection.session.ready:
            self._challenges.send_due(connection)
            self._sign_in.send_due(connection)
            self._errands.send_due(connection)
            self._pairing.renewal.send_due(connection)
            if self._offline is not None:
                busy = self._errands.busy
                self._offline.send_due(connection, self._encoder, busy=busy)
                self._errands.erased(self._offline.take_erased())
        for message in connection.step(_STEP_S):
            self._handle(connection, message)
        self._clock(hopeless=False)
        self._refresh(connection)

    def _clock(self, *, hopeless: bool) -> None:
        self._errands.tick(hopeless=hopeless)
        self._challenges.tick(hopeless=hopeless)
        if self._offline is not None:
            self._offline.tick(idle=not self._errands.busy)

    def _handle(self, connection: Connection, message: Message) -> None:
        if isinstance(message, Welcome):
            self._backoff.succeeded()
            log_event(log, "connected", server=message.server_name, address=str(self._address))
            self._witness.hear(
                self._post, message.audit_head, message.audit_key, message.audit_joints
            )
            self._tell_connected(connection, message, "")
            return
        if self._offline is not None and self._offline.answered(message, self._encoder):
            return
        asking = (self._challenges, self._sign_in, self._pairing.renewal)
        if not any(each.answered(message) for each in asking):
            self._errands.answered(connection, message)

    def _refresh(self, connection: Connection) -> None:
        """Posts the status again when a number in it changed, at most ten times a second."""
        welcome = connection.welcome
        self._witness.hear(self._post, connection.take_audit_head())
        if welcome is not None and connection.session.ready:
            self._tell_connected(connection, welcome, self._errands.trouble)

    def _tell_connected(self, connection: Connection, welcome: Welcome, trouble: str) -> None:
        self._tell_status(
            LinkState.CONNECTED,
            trouble,
            welcome=welcome,
            latency_ms=connection.latency_ms,
            clock_ahead_s=connection.clock_ahead_s,
            liveness=connection.liveness,
            who_enrols=connection.who_enrols,
            consent_text=connection.consent_text,
        )

    def _ended(self, error: ConnectionEnded | DialFailed) -> None:
        """Says what happened, waits, and counts down meanwhile."""
        state, text = error.state, str(error)
        if not text:
            return
        if state is LinkState.NOT_PAIRED:
            self._pairing.refused()
        if self._offline is not None and state in (LinkState.NOT_PAIRED, LinkState.REVOKED):
            self._offline.destroy("this checkpoint does not belong to the grid")
        self._again = False
        wait_s = self._backoff.next_s()
        until_s = time.monotonic() + wait_s
        log_event(log, "not_connected", address=str(self._address), reason=text, retry_s=wait_s)
        address = self._address
        left_s = wait_s
        while left_s > 0 and not self._closing.is_set() and not self._again:
            self._tell_status(state, text, retry_in_s=round(left_s, 1))
            self._pause(min(left_s, _STEP_S))
            left_s = until_s - time.monotonic()
        self._again = False
        if self._address == address:
            self._tell_status(state, text, retry_in_s=0.0)

    def _pause(self, seconds: float) -> None:
        """Waits, but not when something is in the inbox."""
        self._inbox.wait(seconds)
        self._read_inbox()
        self._clock(hopeless=self._hopeless)

    def _read_inbox(self) -> None:
        while (note := self._inbox.take()) is not None:
            try:
                note()
            except IllegalSend as error:
                log.exception("a note could not be sent")
                self._post(Fault("link", f"A message could not be made: {error.message}", ""))

    def _tell_status(self, state: LinkState, text: str, **more: Any) -> None:
        """Posts the status when it changed; a countdown once a second."""
        away = self._offline is not None and state is not LinkState.CONNECTED
        alone_s = self._offline.left_s if self._offline is not None and away else 0.0
        self._teller.tell(state, text, str(self._address), self._errands, alone_s=alone_s, **more)
