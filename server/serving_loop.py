"""The serving loop: one thread reads from all welcomed checkpoints, and sends all their answers.

What becomes an event is gathered while the loop goes round and handed on together (`gathering`): to
the decision's thread, from there to the writer of the history, and from there back, with one wake
for all. So a request costs no change of threads of its own. What takes its time is done by a few
workers. The loop itself never waits for anything but its sockets.
"""

import heapq
import itertools
import selectors
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVarTuple

from protocol.messages import (
    AskChallenge,
    Error,
    Heartbeat,
    Identify,
    Renew,
    Reply,
    Report,
    Request,
)
from protocol.session import Received, Rejected
from server.asked import Asked
from server.gathering import Gathering
from server.pairing import PairingService
from server.parting import Partings, note_checkpoint
from server.peer import Peer
from server.posts import Posts
from server.requests import Paused, Requests
from server.workers import Workers

COMMIT_WAIT_S = 5.0
"""How long an event may take to its commit. Below the 10 s after which the checkpoint takes the
connection for dead: an honest "try again" is better than silence."""

MOST_MESSAGES = 32
"""Of one peer, answered in a row; then the others have their turn."""

# How often time limits are looked at; and how long an event may still take when the server stops.
_TICK_S = 0.1
_EVENTS = (Identify, Report)
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_DIED = "The server stopped answering by an unexpected error."


Ts = TypeVarTuple("Ts")


@dataclass(order=True, slots=True)
class _Timer:
    """What is done for a peer later; of two at the same moment the first made comes first."""

    at_s: float
    number: int
    peer: Peer = field(compare=False)
    work: Callable[[], None] = field(compare=False)


class ServingLoop:
    """The loop with the threads that work for it, from `start` to `stop`.

    Args:
        requests: Answers.
        pairing: Renews certificates.
        partings: Tells how connections ended.
        gone: Called with the number of a connection that ended.
        fault: Takes what nobody expected, with a sentence.
    """

    def __init__(
        self,
        requests: Requests,
        pairing: PairingService,
        partings: Partings,
        gone: Callable[[int], None],
        fault: Callable[[str, BaseException], None],
    ) -> None:
        self._requests = requests
        self._pairing = pairing
        self._partings = partings
        self._gone = gone
        died = partial(fault, _DIED)
        self._died = died
        self._decision = Workers("decision", died, count=1)
        self._workers = Workers("request", died)
        self._thread = threading.Thread(target=self._run, name="serving", daemon=True)
        self._guard = threading.Lock()
        self._ended = False
        self._peers: dict[int, Peer] = {}
        self._posts = Posts()
        # The loop's own.
        self._selector = selectors.DefaultSelector()
        self._stop = False
        self._hurried = False
        self._gathered: Gathering[Asked] = Gathering(self._begin_turn)
        self._waiting: dict[Asked, tuple[Peer, float]] = {}
        self._again: list[Peer] = []
        self._timers: list[_Timer] = []
        self._numbers = itertools.count()
        self._tick_at = 0.0

    @property
    def alive(self) -> bool:
        """Whether it serves: all its threads run."""
        return self._thread.is_alive() and self._decision.alive and self._workers.alive

    def start(self) -> None:
        """Starts the threads."""
        self._decision.start()
        self._workers.start()
        self._thread.start()

    def adopt(self, peer: Peer) -> bool:
        """Takes a welcomed checkpoint in; False when the loop has ended. Any thread may call."""
        with self._guard:
            if self._ended:
                return False
            self._peers[peer.number] = peer
        self._posts.add(partial(self._guarded, peer, self._serve, peer))
        return True

    def look_at(self, peer: Peer) -> None:
        """Something was asked of the peer (`Wishes`): it is done at once. Any thread may call."""
        self._posts.add(partial(self._guarded, peer, self._check_wishes, peer))

    def hurry(self) -> None:
        """The server is being stopped: events are not waited for any more. Any thread may call."""
        self._hurried = True

    def stop(self) -> None:
        """Asks the threads to end; connections that are left are closed. Any thread may call."""
        self._decision.stop()
        self._workers.stop()
        self._posts.add(self._leave_off)

    def join(self, timeout_s: float) -> bool:
        """Waits for the end of the threads, so long for each; True when all have ended."""
        self._thread.join(timeout_s)
        ended = [pool.join(timeout_s) for pool in (self._decision, self._workers)]
        return all(ended) and not self._thread.is_alive()

    # In the threads that work for the loop.

    def _decide(self, turn: Sequence[Asked]) -> None:
        self._requests.decide(turn, self._settled)

    def _settled(self, several: Sequence[Asked]) -> None:
        self._posts.add(partial(self._told, several))

    def _work(self, peer: Peer, answered: Callable[[], Reply | Error]) -> None:
        try:
            answer = answered()
        except Exception as error:  # noqa: BLE001 - it ends the peer's connection, no other
            self._posts.add(partial(self._part, peer, error))
        else:
            self._posts.add(partial(self._guarded, peer, self._replied, peer, answer))

    def _answer(self, peer: Peer, request: Request) -> Reply | Error:
        if isinstance(request, Renew):
            checkpoint_id = peer.caller.checkpoint_id
            return self._pairing.answer(request, address=peer.address, checkpoint_id=checkpoint_id)
        return self._requests.answer(request, peer.caller)

    # From here on everything runs in the loop's thread.

    def _run(self) -> None:
        try:
            self._selector.register(self._posts.ear, _READ)
            while not self._stop:
                self._turn()
        except Exception as error:  # noqa: BLE001 - a thread's top: the grid tells and restarts
            self._died(error)
        finally:
            self._end()

    def _turn(self) -> None:
        self._posts.asleep = True
        more = bool(self._posts or self._again)
        ready = self._selector.select(0.0 if more or self._gathered.due else self._left_s())
        self._posts.asleep = False
        for key, events in ready:
            peer: Peer | None = key.data
            if peer is None:
                self._posts.hush()
            else:
                self._guarded(peer, self._ready, peer, events)
        self._posts.do_all()
        again, self._again = self._again, []
        for peer in again:
            self._guarded(peer, self._serve, peer)
        now_s = time.monotonic()
        while self._timers and self._timers[0].at_s <= now_s:
            timer = heapq.heappop(self._timers)
            self._guarded(timer.peer, timer.work)
        self._gathered.go_on(quiet=not (ready or more))
        if now_s >= self._tick_at:
            self._tick_at = now_s + _TICK_S
            self._tick(now_s)

    def _left_s(self) -> float:
        until_s = min(self._tick_at, self._timers[0].at_s) if self._timers else self._tick_at
        return max(0.0, until_s - time.monotonic())

    def _tick(self, now_s: float) -> None:
        for peer in list(self._peers.values()):
            self._guarded(peer, peer.check_time)
        wait_s = _TICK_S if self._hurried else COMMIT_WAIT_S
        # In the order they came, so the first that may still wait ends it.
        for asked, (_, since_s) in list(self._waiting.items()):
            if now_s - since_s < wait_s:
                break
            self._requests.give_up(asked)
            self._tell([asked])

    def _guarded(self, peer: Peer, work: Callable[[*Ts], None], *of: *Ts) -> None:
        """Works for one peer: whatever comes of it ends its connection alone."""
        if peer.gone:
            return
        try:
            work(*of)
        except Exception as error:  # noqa: BLE001 - the others go on
            self._part(peer, error)

    def _check_wishes(self, peer: Peer) -> None:
        # Who is only asked to go has the answer first that is on its way.
        if not (peer.busy or peer.unsent) or peer.wishes.aborted or peer.wishes.dismissed:
            peer.wishes.check(peer.session)

    def _ready(self, peer: Peer, events: int) -> None:
        if events & _WRITE and peer.unsent:
            if peer.send_rest():
                self._serve(peer)
        elif peer.busy or peer.unsent:
            # It sends before it has its answer: what it sends waits in its socket.
            self._look_for(peer, _WRITE if peer.unsent else 0)
        elif not peer.unread and peer.read():  # else it has its turn after the others
            self._serve(peer)

    def _serve(self, peer: Peer) -> None:
        """Takes message by message, until one has no answer yet or nothing whole is left."""
        for _ in range(MOST_MESSAGES):
            if peer.busy:
                return
            if peer.unsent:
                self._look_for(peer, _WRITE)
                return
            message = peer.message()
            if message is None:
                self._look_for(peer, _READ)
                return
            self._take(peer, message)
        self._again.append(peer)

    def _look_for(self, peer: Peer, interest: int) -> None:
        if peer.interest == interest:
            return
        if not interest:
            self._selector.unregister(peer.stream)
        elif peer.interest:
            self._selector.modify(peer.stream, interest, peer)
        else:
            self._selector.register(peer.stream, interest, peer)
        peer.interest = interest

    def _take(self, peer: Peer, message: Received) -> None:
        if isinstance(message, Rejected):
            self._partings.limited.log(
                "message_refused", code=str(message.error.code), address=peer.address
            )
            answer = message.reply
            assert answer is not None, "a server answers what it refuses"
            pause_s = self._requests.held_back_s(message.size, peer.caller)
            peer.busy = True
            if pause_s > 0:
                self._later(pause_s, peer, partial(self._replied, peer, answer))
            else:
                self._answered(peer, answer)
        elif isinstance(message, Request):
            held_up = self._requests.held_up(message, peer.caller)
            if held_up is None:
                self._ask(peer, message)
            else:
                peer.busy = True
                work = partial(self._after_pause, peer, message, held_up)
                self._later(held_up.pause_s, peer, work)

    def _later(self, pause_s: float, peer: Peer, work: Callable[[], None]) -> None:
        timer = _Timer(time.monotonic() + pause_s, next(self._numbers), peer, work)
        heapq.heappush(self._timers, timer)

    def _after_pause(self, peer: Peer, request: Request, held_up: Paused) -> None:
        if held_up.refusal is None:
            self._ask(peer, request)
            self._serve(peer)
        else:
            self._replied(peer, held_up.refusal)

    def _ask(self, peer: Peer, request: Request) -> None:
        """Answers a request, or has it answered; the peer is `busy` until then."""
        if isinstance(request, _EVENTS):
            now_s = time.monotonic()
            asked = Asked(request, peer.caller, now_s)
            self._waiting[asked] = peer, now_s
            self._gathered.add(asked)
            peer.busy = True
        elif isinstance(request, Heartbeat | AskChallenge):
            self._answered(peer, self._requests.answer(request, peer.caller))
        else:
            peer.busy = True
            self._workers.do(partial(self._work, peer, partial(self._answer, peer, request)))

    def _begin_turn(self, turn: Sequence[Asked]) -> None:
        self._decision.do(partial(self._decide, turn))

    def _told(self, several: Sequence[Asked]) -> None:
        self._gathered.settled(len(several))
        self._tell(several)

    def _tell(self, several: Sequence[Asked]) -> None:
        """Answers what is settled, and goes on with what their peers sent behind it."""
        for asked in several:
            found = self._waiting.pop(asked, None)
            if found is None:
                continue  # it was given up before
            peer = found[0]
            if asked.problem is None and asked.suspected is None:
                self._guarded(peer, self._answer_settled, peer, asked)
            else:
                # Refusals may be written into the audit log, which waits for the disk; also when
                # nobody waits for them any more.
                answered = partial(self._requests.answer_settled, asked)
                self._workers.do(partial(self._work, peer, answered))

    def _answer_settled(self, peer: Peer, asked: Asked) -> None:
        self._replied(peer, self._requests.answer_settled(asked))

    def _replied(self, peer: Peer, answer: Reply | Error) -> None:
        self._answered(peer, answer)
        self._serve(peer)

    def _answered(self, peer: Peer, answer: Reply | Error) -> None:
        peer.busy = False
        peer.send(answer)
        peer.heard()
        self._requests.heard(peer.caller)

    def _part(self, peer: Peer, error: Exception) -> None:
        if peer.gone:
            return
        # Behind the half of an answer nothing can be said.
        stream = None if peer.wishes.aborted or peer.unsent else peer.stream
        self._partings.part(
            error,
            peer.session,
            stream,
            address=peer.address,
            note=lambda event, reason: note_checkpoint(
                event, peer.caller.checkpoint_id, peer.number, peer.address, reason
            ),
        )
        self._leave(peer)

    def _leave(self, peer: Peer) -> None:
        self._look_for(peer, 0)
        peer.close()
        self._peers.pop(peer.number, None)
        self._requests.went(peer.caller)
        self._gone(peer.number)

    def _leave_off(self) -> None:
        self._stop = True

    def _end(self) -> None:
        with self._guard:
            self._ended = True
        for peer in list(self._peers.values()):
            self._leave(peer)
        self._selector.close()
        self._posts.close()
