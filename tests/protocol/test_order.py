"""B20: random valid and invalid order on both sides at once, and what must hold all the while."""

import time

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from protocol.errors import IllegalSend, RemoteError, Unexpected
from protocol.framing import MAX_PICTURES
from protocol.messages import Bye, Error, Heartbeat, Message, Reply, Request
from protocol.session import MAX_OPEN, ClientSession, Rejected, ServerSession
from protocol.states import CLIENT_TABLE, SERVER_TABLE
from tests.protocol.samples import (
    answer_to,
    broken,
    client_side,
    framed,
    hello,
    identify,
    raw,
    refusal,
    report,
    server_side,
    snapshot,
    verdict,
    welcome,
)

RUNS = 1_000
STEPS = 25
BOUND_S = 40.0

REQUESTS = st.sampled_from(["hello", "identify", "report", "heartbeat"])
NONSENSE = st.sampled_from(
    [
        bytes(4),
        b"\xff\xff\xff\xff",
        b"GET / HTTP/1.1\r\n\r\n",
        framed("[" * 500),
        framed("{}"),
        framed('{"kind":"identify","id":"n1"}'),
        framed('{"kind":"dance","id":"n2"}'),
        framed('{"kind":"error","re":"r1","code":"busy","message":"x","retryable":NaN}'),
        broken(identify(id="n3"), encoding=[0.0] * 128),
        broken(report(id="n4"), flaws=None),
        broken(verdict(re="r1"), outcome="maybe"),
        raw(verdict(re="r1")),
        raw(verdict(re="nobody")),
        raw(welcome(re="r1")),
        raw(refusal(None)),
        raw(hello()),
        raw(Bye(id="n5", reason="x")),
    ]
)


def make(kind: str, request_id: str) -> Request:
    """A request of a kind."""
    match kind:
        case "hello":
            return hello(id=request_id)
        case "identify":
            return identify(id=request_id)
        case "report":
            return report(id=request_id)
        case _:
            return Heartbeat(id=request_id)


class Conversation(RuleBasedStateMachine):
    """Two sessions, two wires between them, and people who do everything in any order."""

    @initialize(ready=st.booleans())
    def begin(self, ready: bool) -> None:
        """Half of the runs begin after the welcome, so that they get further."""
        self.client, self.server = client_side(), server_side()
        self.to_server = self.to_client = self.last_answer = b""
        self.asked: list[Request] = []
        self.served: list[Request] = []
        self.answered: set[str] = set()
        self.endable = False
        self.tampered = {"server": False, "client": False}
        if ready:
            self.client_sends("hello")
            self.server_reads(100_000)
            self.server_answers(0)
            self.client_reads(100_000)
            assert self.client.ready
            assert self.server.ready

    @rule()
    def time_passes(self) -> None:
        """From here on the connection may end or be tampered with."""
        self.endable = True

    @rule(kind=REQUESTS)
    def client_sends(self, kind: str) -> None:
        """Any request at any time."""
        request = make(kind, self.client.next_id())
        data = self._send(self.client, request)
        if data:
            self.to_server += data
            self.asked.append(request)

    @rule(which=st.integers(0, 3))
    def server_answers(self, which: int) -> None:
        """The honest reply to an open request, or to one that is not open."""
        open_requests = list(self.server.open_requests.values())
        request: Request = identify(id="nobody")
        if open_requests:
            request = open_requests[which % len(open_requests)]
        self.last_answer = self._send(self.server, answer_to(request))
        self.to_client += self.last_answer

    @rule(which=st.integers(0, 3))
    def server_refuses(self, which: int) -> None:
        """An error for an open request."""
        names = list(self.server.open_requests) or ["nobody"]
        self.to_client += self._send(self.server, refusal(names[which % len(names)]))

    @rule()
    def server_answers_wrongly(self) -> None:
        """A reply of another kind or about another event never leaves."""
        for name, request in self.server.open_requests.items():
            before = snapshot(self.server)
            wrong = verdict(re=name, event_id="f" * 32)
            try:
                self.server.send(wrong)
            except IllegalSend:
                assert snapshot(self.server) == before
            else:
                raise AssertionError(f"{wrong.kind} answered {request.kind}")

    @rule(kind=REQUESTS, which=st.integers(0, 3))
    def one_whole_exchange(self, kind: str, which: int) -> None:
        """What usually happens, so that the unusual meets it in every state."""
        self.client_sends(kind)
        self.server_reads(100_000)
        self.server_answers(which)
        self.client_reads(100_000)

    @precondition(lambda self: self.endable)
    @rule(farewell=st.sampled_from([Bye(id="bye", reason="x"), refusal(None)]))
    def server_ends(self, farewell: Message) -> None:
        """The server says goodbye or refuses the connection."""
        self.to_client += self._send(self.server, farewell)

    @precondition(lambda self: self.endable)
    @rule()
    def client_ends(self) -> None:
        """The checkpoint says goodbye."""
        self.to_server += self._send(self.client, Bye(id=self.client.next_id(), reason="x"))

    @precondition(lambda self: self.endable)
    @rule()
    def an_answer_comes_twice(self) -> None:
        """The server's newest one, whole."""
        self.to_client += self.last_answer

    @precondition(lambda self: self.endable)
    @rule(nonsense=NONSENSE)
    def nonsense_reaches_the_server(self, nonsense: bytes) -> None:
        """Somebody writes into the wire."""
        self.to_server += nonsense
        self.tampered["server"] = True

    @precondition(lambda self: self.endable)
    @rule(nonsense=NONSENSE)
    def nonsense_reaches_the_client(self, nonsense: bytes) -> None:
        """Somebody writes into the other wire."""
        self.to_client += nonsense
        self.tampered["client"] = True

    @rule(size=st.sampled_from([1, 3, 700, 2_900, 100_000]))
    def server_reads(self, size: int) -> None:
        """A read of some bytes, as TCP likes."""
        data, self.to_server = self.to_server[:size], self.to_server[size:]
        for entry in self._receive(self.server, data):
            if isinstance(entry, Rejected):
                assert self.tampered["server"]
                assert entry.reply is not None
                self.to_client += self._send(self.server, entry.reply)
            elif isinstance(entry, Request):
                self.served.append(entry)

    @rule(size=st.sampled_from([1, 3, 700, 100_000]))
    def client_reads(self, size: int) -> None:
        """A read of some bytes on the other side."""
        data, self.to_client = self.to_client[:size], self.to_client[size:]
        for entry in self._receive(self.client, data):
            if isinstance(entry, Rejected):
                assert isinstance(entry.error, Unexpected)
                assert entry.error.late
                assert entry.reply is None
            elif isinstance(entry, Reply | Error) and entry.re is not None:
                assert entry.re not in self.answered
                assert entry.re in {request.id for request in self.asked}
                self.answered.add(entry.re)

    @precondition(lambda self: self.endable)
    @rule(side=st.sampled_from(["client", "server"]))
    def transport_ends(self, side: str) -> None:
        """The connection is gone for one side."""
        session = self.client if side == "client" else self.server
        session.transport_ended()
        assert session.state.name == "CLOSED"

    @invariant()
    def only_what_was_asked_is_served_in_order_and_once(self) -> None:
        """Where nobody tampered, the server serves what the client asked."""
        if not self.tampered["server"]:
            assert self.served == self.asked[: len(self.served)]

    @invariant()
    def nothing_grows_without_bound(self) -> None:
        """Open requests and buffers have their limits."""
        for session in (self.client, self.server):
            assert len(session.open_requests) <= MAX_OPEN
            assert session._decoder.buffered <= MAX_PICTURES + 4

    @invariant()
    def the_states_are_of_the_tables(self) -> None:
        """No state that nobody drew, and ready only after a welcome."""
        assert self.client.state in CLIENT_TABLE
        assert self.server.state in SERVER_TABLE
        assert not self.client.ready or self.client.welcome is not None

    def _send(self, session: ClientSession | ServerSession, message: Message) -> bytes:
        """What leaves; an illegal message changes nothing."""
        before = snapshot(session)
        try:
            return session.send(message)
        except IllegalSend:
            assert snapshot(session) == before
            return b""

    def _receive(
        self, session: ClientSession | ServerSession, data: bytes
    ) -> list[Message | Rejected]:
        """What arrives; a fault closes the session for good and is a RemoteError."""
        was_closed = session.closed
        try:
            entries = session.receive(data)
        except RemoteError:
            self._check_failed(session)
            return []
        assert not (was_closed and entries)
        return entries

    def _check_failed(self, session: ClientSession | ServerSession) -> None:
        """After a fault a session is closed and knows what to say."""
        assert session.closed
        assert session.failure is not None
        assert session.error_bytes()


def test_b20_random_order_breaks_nothing() -> None:
    """1,000 runs, always the same ones, in bounded time."""
    began = time.process_time()
    run_state_machine_as_test(
        Conversation,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert time.process_time() - began < BOUND_S
