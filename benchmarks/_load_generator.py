"""Many checkpoints in one process and one thread: each sends a probe, waits for its verdict, again.

It must take as little of the machine as it can, since the server runs beside it: what a request
costs here is a few joined bytes, one send, one receive. The numbers of a probe are written once;
three of them differ in every request, by a hundredth at most, for no camera gives the same numbers
twice, and the server takes that for a recording.

Run by `benchmarks.load` as a process of its own, with a job on standard input.
"""

import dataclasses
import json
import selectors
import socket
import ssl
import struct
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Text = tuple[bytes, bytes, bytes, bytes]
HEADER = struct.Struct(">I")
_RECEIVE_BYTES = 16 * 1024
_ANSWER_S = 30.0
NORM = 1.45
"""Length of a raw encoding of dlib's: 1.30 to 1.59."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a checkpoint shows to be let in: PEM files.

    Attributes:
        checkpoint_id: In the certificate.
        certificate: Its file.
        key: Its key's.
        authority: Of the grid's own certificate.
        server_name: In the server's certificate.
    """

    checkpoint_id: str
    certificate: str
    key: str
    authority: str
    server_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to do.

    Attributes:
        host: The server's.
        port: The server's.
        encoder: Fingerprint said in hello.
        probes: File of unit probes, `float (n, dimensions)`.
        connections: How many at once, each with one request on its way.
        warm_up_s: Not counted.
        seconds: Counted.
        identities: One a connection where the server wants certificates, else empty.
    """

    host: str
    port: int
    encoder: str
    probes: str
    connections: int
    warm_up_s: float
    seconds: float
    identities: tuple[Identity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it.

    Attributes:
        per_second: Verdicts in the time that counts, a second.
        p50_ms: Median time from send to verdict.
        p99_ms: All but one in a hundred are faster.
        max_ms: The slowest.
        answers: How many of each outcome, or code of refusal.
        cpu_us: Of this process, a request.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    answers: dict[str, int]
    cpu_us: float


class _Peer:
    """One checkpoint's connection."""

    def __init__(self, job: Job, number: int, texts: list[Text]) -> None:
        self._texts = texts
        self._number = number
        self._turn = 0
        # Each door begins elsewhere: whoever came to many doors within seconds, and unknown to all,
        # would be taken for somebody who feels their way, and be refused.
        self._begin = number * len(texts) // job.connections
        self._buffer = bytearray()
        self.sent_at = 0.0
        identity = job.identities[number] if job.identities else None
        self.name = identity.checkpoint_id if identity else f"load-{number}"
        raw = socket.create_connection((job.host, job.port), timeout=_ANSWER_S)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = raw if identity is None else _wrapped(raw, identity)
        hello = {
            "kind": "hello",
            "id": "hello",
            "version": 1,
            "checkpoint_id": self.name,
            "checkpoint_name": f"Load {number}",
            "encoder": job.encoder,
            "software": "bench load",
        }
        self._send(json.dumps(hello).encode())
        welcome = self.receive(wait=True)
        if not welcome or b'"welcome"' not in welcome[:30]:
            raise SystemExit(f"not welcome: {welcome!r}")

    def ask(self) -> None:
        """Sends the next probe."""
        self._turn += 1
        turn = self._turn
        first, second, third, rest = self._texts[(self._begin + turn) % len(self._texts)]
        stamp = time.time_ns() + self._number
        now_ms = stamp // 1_000_000
        # The id of the event is the time in ns, the connection and its turn.
        event = f"{stamp:016x}{self._number:04x}{turn & 0xFFFFFFFFFFFF:012x}"
        body = b"".join(
            (
                b'{"kind":"identify","id":"r%d","event_id":"' % turn,
                event.encode(),
                b'","captured_at_ms":%d,"encoding":[' % now_ms,
                first,
                b"%07d," % (stamp % 9_999_991),
                second,
                b"%07d," % (stamp * 31 % 9_999_973),
                third,
                b"%07d," % (stamp * 17 % 9_999_943),
                rest,
            )
        )
        self.sent_at = time.perf_counter()
        self._send(body)

    def _send(self, body: bytes) -> None:
        self.socket.sendall(HEADER.pack(len(body)) + body)

    def receive(self, *, wait: bool = False) -> bytes | None:
        """A whole answer, or None when its end has not come yet."""
        while True:
            data = self.socket.recv(_RECEIVE_BYTES)
            if not data:
                raise SystemExit("the server hung up")
            buffer = self._buffer
            buffer += data
            if len(buffer) >= HEADER.size:
                end = HEADER.size + HEADER.unpack_from(buffer)[0]
                if len(buffer) >= end:
                    answer = bytes(buffer[HEADER.size : end])
                    del buffer[:end]
                    return answer
            if not wait:
                return None


def _wrapped(raw: socket.socket, identity: Identity) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(identity.authority)
    context.load_cert_chain(identity.certificate, identity.key)
    return context.wrap_socket(raw, server_hostname=identity.server_name)


def texts_of(probes: str) -> list[Text]:
    """Each probe as it stands in a message: what is before each place of digits, and the rest."""
    quality = (
        '"quality":{"size_px":171.0,"brightness":121.4,"contrast":48.8,"sharpness":311.7,'
        '"yaw":3.1,"pitch":-4.4},"frames":4,"automatic":true,"late":false,"elapsed_ms":140}'
    )
    texts = []
    for row in np.load(probes, allow_pickle=False).astype(np.float64) * NORM:
        numbers = row.tolist()
        first, second, third = (f"{number:.2f}".encode() for number in numbers[:3])
        rest = ",".join(map(repr, numbers[3:]))
        texts.append((first, second, third, f"{rest}],{quality}".encode()))
    return texts


def run(job: Job) -> Outcome:
    """Connects everybody, then asks until the time is over."""
    texts = texts_of(job.probes)
    peers = [_Peer(job, number, texts) for number in range(job.connections)]
    waiting = selectors.DefaultSelector()
    for peer in peers:
        waiting.register(peer.socket, selectors.EVENT_READ, peer)
        peer.ask()
    took: list[float] = []
    answers: Counter[str] = Counter()
    begin = time.perf_counter() + job.warm_up_s
    end = begin + job.seconds
    cpu = None
    now = time.perf_counter()
    while now < end:
        ready = waiting.select(_ANSWER_S)
        if not ready:
            raise SystemExit(f"no answer in {_ANSWER_S:.0f} s")
        for key, _ in ready:
            peer = key.data
            answer = peer.receive()
            if answer is None:
                continue
            now = time.perf_counter()
            if begin <= now < end:
                cpu = time.process_time() if cpu is None else cpu
                took.append(now - peer.sent_at)
                answers[_named(answer)] += 1
            if now < end:
                peer.ask()
    spent = time.process_time() - (cpu or 0.0)
    for peer in peers:
        peer.socket.close()
    ms = np.array(took or [float("nan")]) * 1000
    return Outcome(
        per_second=sum(count for name, count in answers.items() if name[0] != "!") / job.seconds,
        p50_ms=float(np.percentile(ms, 50)),
        p99_ms=float(np.percentile(ms, 99)),
        max_ms=float(ms.max()),
        answers=dict(answers),
        cpu_us=1e6 * spent / max(1, len(took)),
    )


def _named(answer: bytes) -> str:
    """The outcome of a verdict; the code of a refusal with a mark before it."""
    if answer.startswith(b'{"kind":"verdict"'):
        return answer.split(b'"outcome":"', 1)[1].split(b'"', 1)[0].decode()
    return "!" + str(json.loads(answer).get("code"))


def job_of(text: str) -> Job:
    """The job of a line of JSON."""
    values = json.loads(text)
    identities = tuple(Identity(**identity) for identity in values.pop("identities"))
    return Job(**values, identities=identities)


if __name__ == "__main__":
    found = run(job_of(Path("/dev/stdin").read_text() if len(sys.argv) < 2 else sys.argv[1]))
    print(json.dumps(dataclasses.asdict(found)))
