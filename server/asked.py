"""A request that becomes an event: what was asked, and how far it has come to the disk."""

import struct
from collections.abc import Sequence
from concurrent.futures import Future

import numpy as np

from biometrics.faces import Encoding
from biometrics.identify import Verdict as Decided
from database.errors import DatabaseProblem
from database.records import Stored
from protocol.messages import Identify, Report
from server.event_records import Caller
from server.suspicion import Seen, Suspected


class Asked:
    """One request; told from others by being itself, not by what it holds.

    Attributes:
        request: What was sent.
        caller: Who sent it.
        received_s: When it was there, by the service's clock.
        given_up: Nobody waits for it any more: where it is not begun it is not done.
        problem: What kept it from being stored.
        entry: The event as it is stored.
        packed: The numbers of its probe as `content_of_probe` takes them.
    """

    __slots__ = (
        "caller",
        "content",
        "decision",
        "entry",
        "given_up",
        "objection",
        "packed",
        "probe",
        "problem",
        "promise",
        "received_s",
        "request",
        "seen",
    )

    def __init__(self, request: Identify | Report, caller: Caller, received_s: float) -> None:
        self.request = request
        self.caller = caller
        self.received_s = received_s
        self.given_up = False
        self.problem: Exception | None = None
        self.entry: Stored | None = None
        self.promise: Future[list[Stored | DatabaseProblem]] | None = None
        # Of a probe alone.
        self.probe: Encoding | None = None
        self.packed = b""
        self.content = ""
        self.objection = ""
        self.seen: Seen | None = None
        self.decision: Decided | None = None

    @property
    def told_before(self) -> bool:
        """Whether the checkpoint told the person something before it asked."""
        request = self.request
        return isinstance(request, Identify) and (request.late or request.offline is not None)

    @property
    def suspected(self) -> Suspected | None:
        """What speaks against its probe itself; None when nothing does."""
        return None if self.seen is None else self.seen.suspected


def request_of(asked: Asked) -> Identify:
    """What was sent with a probe."""
    assert isinstance(asked.request, Identify), "only probes are looked at"
    return asked.request


def probes_of(turn: Sequence[Asked]) -> Encoding:
    """The probes of several, `float64 (n, dimensions)`; each has its row, and it packed, then.

    Raises:
        struct.error: They are of several lengths.
    """
    width = len(request_of(turn[0]).encoding)
    for asked in turn:
        # All in all a third of the time that numpy takes for so many tuples.
        asked.packed = struct.pack(f"<{width}d", *request_of(asked).encoding)
    probes = np.frombuffer(b"".join([asked.packed for asked in turn]), dtype="<f8")
    probes = probes.reshape(len(turn), width).astype(np.float64, copy=False)
    for asked, probe in zip(turn, probes, strict=True):
        asked.probe = probe
    return probes
