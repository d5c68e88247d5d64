"""A small checkpoint for tests, a grid on a free port, and faces made of random numbers."""

import socket
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from protocol.framing import frame
from protocol.messages import (
    Enrol,
    EnrolSample,
    Heartbeat,
    Identify,
    Message,
    Report,
    Request,
    Welcome,
)
from protocol.session import ClientSession
from protocol.strict_json import dumps
from security.certificates import key_pem, new_key, new_request
from security.tls import checkpoint_context
from server.data_folder import DataFolder
from server.devices import Device
from server.encoders import InstalledEncoder
from server.events import EventStored, GridEvent, GridState
from server.grid import Grid
from server.misses import Misses, Sketch
from server.settings import ServerSettings
from tests.grids import Access
from tests.support import wait_until

ENCODER = "test-encoder/1"
NORM = 1.4
GOOD = {"size_px": 150.0, "brightness": 120.0, "sharpness": 0.3, "yaw": 3.0}
"""Of a sample that every mode takes."""


def face(seed: int, *, noise: float = 0.0, noise_seed: int = 0) -> NDArray[np.float64]:
    """A raw encoding: the same seed is the same person; `noise` is a distance in unit space."""
    unit = _unit(np.random.default_rng(seed).normal(size=128))
    shift = _unit(np.random.default_rng(10_000 + noise_seed).normal(size=128))
    return _unit(unit + noise * shift) * NORM


def sketch(misses: Misses, probe: NDArray[np.float64]) -> Sketch:
    """What misses know of one probe."""
    return misses.sketches(probe[np.newaxis])[0]


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values / np.linalg.norm(values)


def new_id() -> str:
    """An event's, enrolment's or subject's id."""
    return uuid.uuid4().hex


class Peer:
    """TLS to the server with the checkpoint's session: blocking, five seconds."""

    def __init__(
        self, port: int, access: Access, *, checkpoint_id: str = "gate-1", timeout_s: float = 5.0
    ) -> None:
        self.checkpoint_id = checkpoint_id
        plain = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = access.context.wrap_socket(plain, server_hostname=access.server_name)
        self.use(ClientSession())
        self.raw = b""
        self._inbox: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the socket without a word."""
        self.socket.close()

    def use(self, session: ClientSession) -> None:
        """Speaks by another session, such as one for longer encodings."""
        self.session = session
        self.session.server_verified()

    def hello(self, *, encoder: str = ENCODER) -> Message:
        """Says hello and returns the answer."""
        self.socket.sendall(
            self.session.hello(
                checkpoint_id=self.checkpoint_id,
                checkpoint_name=f"Gate {self.checkpoint_id}",
                encoder=encoder,
                software="test 1",
            )
        )
        return self.receive()

    def receive(self) -> Any:
        """The next message; EOFError when the server closed."""
        while not self._inbox:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.raw += data
            self._inbox += self.session.receive(data)
        return self._inbox.pop(0)

    def ask(self, request: Request) -> Any:
        """Sends a request and returns its reply."""
        self.socket.sendall(self.session.send(request))
        return self.receive()

    def send_json(self, body: object) -> None:
        """Sends any JSON value in a frame, past the session."""
        self.socket.sendall(frame(dumps(body)))

    def next_error(self) -> dict[str, Any]:
        """The next message that the server sends, as plain JSON, past the session."""
        import json

        head = self._exactly(4)
        answer: dict[str, Any] = json.loads(self._exactly(int.from_bytes(head, "big")))
        return answer

    def closed_within(self, seconds: float) -> float:
        """Reads until the server closes; returns how long that took."""
        started = time.monotonic()
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        return time.monotonic() - started

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data


def identify(
    encoding: NDArray[np.float64], *, event_id: str | None = None, **changes: Any
) -> Identify:
    """An identify request with everything filled in.

    Each event is a capture of its own: its encoding differs a little from every other event's.
    """
    event_id = event_id or new_id()
    sensor = np.random.default_rng(int(event_id, 16))
    encoding = encoding + sensor.normal(size=len(encoding)) * 1e-3
    values: dict[str, Any] = {
        "id": new_id(),
        "event_id": event_id,
        "captured_at_ms": 1_760_000_000_000,
        "encoding": tuple(float(x) for x in encoding),
        "quality": {"size_px": 120.0},
        "frames": 3,
        "automatic": True,
        "late": False,
        "elapsed_ms": 250,
    }
    return Identify(**(values | changes))


def report(outcome: str = "no_face", **changes: Any) -> Report:
    """A report with everything filled in."""
    values: dict[str, Any] = {
        "id": new_id(),
        "event_id": new_id(),
        "captured_at_ms": 1_760_000_000_000,
        "outcome": outcome,
        "flaws": (),
        "automatic": False,
    }
    return Report(**(values | changes))


def enrol(name: str, *encodings: NDArray[np.float64], **changes: Any) -> Enrol:
    """An enrol request with consent and one sample an encoding."""
    values: dict[str, Any] = {
        "id": new_id(),
        "enrolment_id": new_id(),
        "display_name": name,
        "consent_at_ms": 1_760_000_000_000,
        "consent_text": "I agree.",
        "samples": tuple(
            EnrolSample(encoding=tuple(float(x) for x in e), quality=GOOD, pose="straight")
            for e in encodings
        ),
    }
    return Enrol(**(values | changes))


def heartbeat() -> Heartbeat:
    """A heartbeat."""
    return Heartbeat(id=new_id())


class Served:
    """A grid that listens on a free port, with everything it posted."""

    def __init__(self, root: Path, **options: Any) -> None:
        settings = options.pop("settings", ServerSettings(port=0))
        self.folder = DataFolder(root)
        self.events: list[GridEvent] = []
        options.setdefault("encoder", lambda _network: InstalledEncoder(ENCODER))
        self.grid = Grid(self.folder, settings, self.events.append, **options)
        self._access: dict[str, Access] = {}

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.grid.status.port

    def start(self) -> Self:
        """Listens, or fails the test."""
        status = self.grid.start().result(timeout=10)
        assert status.state is GridState.RUNNING, status
        return self

    def close(self) -> None:
        """Ends it and checks that every thread has ended."""
        self.grid.close().result(timeout=10)
        wait_until(lambda: not self.grid.alive, what="the end of the grid's threads")

    def peer(
        self, checkpoint_id: str = "gate-1", *, port: int | None = None, **options: Any
    ) -> Peer:
        """A peer that is paired and has not said hello; `port` when the server may be down."""
        access = self.access(checkpoint_id)
        return Peer(port or self.port, access, checkpoint_id=checkpoint_id, **options)

    def access(self, checkpoint_id: str) -> Access:
        """What a checkpoint needs that was paired without being asked."""
        if checkpoint_id not in self._access:
            doorway = self.grid._opened.doorway
            key = new_key()
            issued = doorway.authority.issue(new_request(key, checkpoint_id), checkpoint_id)
            device = Device(checkpoint_id, f"Gate {checkpoint_id}", 1, issued.expires_at_ms)
            doorway.devices.paired(device, issued.serial)
            with tempfile.TemporaryDirectory() as folder:
                own = Path(folder, "own.pem"), Path(folder, "own.key")
                own[0].write_text(issued.pem)
                own[1].write_bytes(key_pem(key))
                context = checkpoint_context(doorway.authority.pem, own)
            self._access[checkpoint_id] = Access(context, doorway.authority.server_name)
        return self._access[checkpoint_id]

    def checkpoint(self, checkpoint_id: str = "gate-1", **options: Any) -> Peer:
        """A peer that was welcomed."""
        peer = self.peer(checkpoint_id, **options)
        assert isinstance(peer.hello(), Welcome)
        return peer

    @property
    def stored(self) -> list[EventStored]:
        """What was posted as stored."""
        return [event for event in self.events if isinstance(event, EventStored)]

    def posted(self, kind: type) -> list[Any]:
        """What was posted of one kind."""
        return [event for event in list(self.events) if isinstance(event, kind)]


@contextmanager
def served(root: Path, **options: Any) -> Iterator[Served]:
    """A running grid that is ended after the test, whatever it did."""
    grid = Served(root, **options)
    try:
        yield grid.start()
    finally:
        grid.close()


def assert_healthy(running: Served) -> None:
    """A healthy checkpoint is served within a second, and the database is sound."""
    started = time.monotonic()
    with running.checkpoint("healthy") as healthy:
        answer = healthy.ask(identify(face(999)))
        assert answer.kind == "verdict", answer
    assert time.monotonic() - started < 1.0
