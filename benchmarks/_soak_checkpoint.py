"""One checkpoint of the soak: identifies, reports, enrols, and connects anew now and then.

Faces are drawn afresh for each request: the same numbers again would be refused as a recording.
"""

import json
import socket
import ssl
import threading
import time
import uuid
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks._load_generator import HEADER, NORM, Identity
from benchmarks._search_data import Faces
from client.event_ids import new_event_id
from security.tls import checkpoint_context

_ANSWER_S = 30.0
_ENROL_SHARE, _REPORT_SHARE, _ANEW_SHARE = 0.001, 0.15, 0.02
"""Who is enrolled stays in memory, 18 kB with three samples: 0.4 MB in ten minutes at this pace."""
QUALITY = {"size_px": 171.0, "brightness": 121.4, "contrast": 48.8, "sharpness": 311.7}


class SoakCheckpoint(threading.Thread):
    """A thread that asks at a steady pace until it is told to stop.

    Args:
        identity: What it shows.
        port: The server's.
        encoder: Fingerprint said in hello.
        spread: Where faces are drawn from.
        seed: Of the drawing.
        pace: Requests a second.
        over: Set when it shall stop.
    """

    def __init__(
        self,
        identity: Identity,
        port: int,
        encoder: str,
        spread: Faces,
        *,
        seed: int,
        pace: float,
        over: threading.Event,
    ) -> None:
        super().__init__(name=identity.checkpoint_id, daemon=True)
        self.done: Counter[str] = Counter()
        self._identity = identity
        self._port = port
        self._encoder = encoder
        self._spread = spread
        self._chance = np.random.default_rng(1000 + seed)
        self._pace = pace
        self._over = over
        self._known = spread.someone(50, self._chance)
        authority = Path(identity.authority).read_text()
        own = (Path(identity.certificate), Path(identity.key))
        self._context = checkpoint_context(authority, own)

    def run(self) -> None:
        """Asks, one request at a time."""
        socket_ = self._connect()
        try:
            next_s = time.monotonic()
            while not self._over.wait(max(0.0, next_s - time.monotonic())):
                next_s = max(next_s + 1 / self._pace, time.monotonic() - 1)
                draw = self._chance.random()
                if draw < _ANEW_SHARE:
                    socket_.close()
                    socket_ = self._connect()
                    self.done["connected anew"] += 1
                    continue
                answer = self._ask(socket_, self._request(draw - _ANEW_SHARE))
                name = answer["kind"] if answer["kind"] != "error" else f"!{answer['code']}"
                self.done[str(name)] += 1
        finally:
            socket_.close()

    def _request(self, draw: float) -> dict[str, object]:
        now_ms = time.time_ns() // 1_000_000
        common = {"id": uuid.uuid4().hex, "captured_at_ms": now_ms}
        if draw < _REPORT_SHARE:
            report = {"kind": "report", "event_id": new_event_id(now_ms), "outcome": "no_face"}
            return common | report | {"flaws": [], "automatic": False}
        if draw < _REPORT_SHARE + _ENROL_SHARE:
            return self._enrolment(common["id"])
        known = self._chance.random() < 0.5
        people = self._known[[int(self._chance.integers(len(self._known)))]]
        if not known:
            people = self._spread.someone(1, self._chance)
        return common | {
            "kind": "identify",
            "event_id": new_event_id(now_ms),
            "encoding": self._seen(people),
            "quality": QUALITY,
            "frames": 4,
            "automatic": True,
            "late": False,
            "elapsed_ms": 140,
        }

    def _enrolment(self, request_id: object) -> dict[str, object]:
        """Somebody new, with three samples; the next ones that are known are drawn from them."""
        person = self._spread.someone(1, self._chance)
        self._known[self._chance.integers(len(self._known))] = person[0]
        samples = [
            {"encoding": self._seen(person), "quality": QUALITY, "pose": "straight"}
            for _ in range(3)
        ]
        number = uuid.uuid4().hex
        return {
            "kind": "enrol",
            "id": request_id,
            "enrolment_id": number,
            "display_name": f"Made-up {number[:12]}",
            "consent_at_ms": time.time_ns() // 1_000_000,
            "consent_text": "I agree that my face is recognised here.",
            "samples": samples,
        }

    def _seen(self, people: np.ndarray) -> list[float]:
        row = self._spread.probes(people, self._chance)[0].astype(np.float64)
        numbers: list[float] = (NORM * row).tolist()
        return numbers

    def _connect(self) -> ssl.SSLSocket:
        raw = socket.create_connection(("127.0.0.1", self._port), timeout=_ANSWER_S)
        tls = self._context.wrap_socket(raw, server_hostname=self._identity.server_name)
        hello = {
            "kind": "hello",
            "id": "hello",
            "version": 1,
            "checkpoint_id": self._identity.checkpoint_id,
            "checkpoint_name": self._identity.checkpoint_id,
            "encoder": self._encoder,
            "software": "bench soak",
        }
        if self._ask(tls, hello)["kind"] != "welcome":
            raise SystemExit("not welcome")
        return tls

    def _ask(self, tls: ssl.SSLSocket, message: dict[str, object]) -> dict[str, object]:
        body = json.dumps(message).encode()
        tls.sendall(HEADER.pack(len(body)) + body)
        data = b""
        while len(data) < HEADER.size or len(data) < HEADER.size + HEADER.unpack_from(data)[0]:
            more = tls.recv(16 * 1024)
            if not more:
                raise SystemExit("the server hung up")
            data += more
        answer: dict[str, object] = json.loads(data[HEADER.size :])
        return answer
