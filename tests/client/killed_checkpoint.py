"""A checkpoint's link and outbox as a process of its own, which kills itself where it is told.

`python killed_checkpoint.py SETTINGS PORT WHERE FIRST COUNT`: hands in COUNT events from number
FIRST on, says `kept N` when one is in the outbox, and `empty` once all of them were acknowledged.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from client import outbox_file
from client.approach import Address
from client.connection import Connection
from client.errands import Errands
from client.events import ClientEvent, LinkStatus
from client.identity import Identity
from client.keeping import open_kept
from client.link import Link
from client.outbox import KeptEvent
from client.outbox_database import OutboxDatabase
from client.pairing import Pairing
from protocol.messages import Identify, Message, Request, Verdict
from tests.client.fakes import FINGERPRINT
from tests.client.test_errands import probe

KILLED_AT = 3
"""The event at which the process ends, counted from the first."""


def main(settings: Path, port: int, where: str, first: int, count: int) -> None:
    """Runs until everything is acknowledged, or it kills itself."""
    arm(where, probe(first + KILLED_AT).event_id)
    outbox = open_kept(settings)
    taken = said(outbox)
    empty: list[bool] = []

    def post(event: ClientEvent) -> None:
        if isinstance(event, LinkStatus):
            empty[:] = [event.kept == 0]

    link = Link(
        Address("127.0.0.1", port, "lobby-1", "Lobby gate"),
        post,
        pairing=Pairing(Identity.beside(settings, "lobby-1")),
        outbox=outbox,
        uniform=lambda low, _high: low,
    )
    link.start()
    link.set_encoder(FINGERPRINT)
    for number in range(first, first + count):
        if where == "mid-capture" and number == first + KILLED_AT:
            while len(taken) < KILLED_AT:
                time.sleep(0.01)
            die()
        link.ask(probe(number), steady_s=time.monotonic())
    while not empty or not empty[0] or not link.connected:
        time.sleep(0.01)
    link.close()
    while link.alive:
        time.sleep(0.01)
    print("empty", flush=True)


def die() -> NoReturn:
    """As a power button would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def said(outbox: outbox_file.FileOutbox) -> list[str]:
    """Says what is in the outbox, after it is; gives the ids, which grow."""
    put = outbox.put
    taken: list[str] = []

    def told(event: KeptEvent) -> None:
        put(event)
        print(f"kept {event.event_id}", flush=True)
        taken.append(event.event_id)

    outbox.put = told  # type: ignore[method-assign]
    return taken


def arm(where: str, event_id: str) -> None:
    """Puts the end where it is wanted."""
    match where:
        case "mid-enqueue":
            arm_enqueue(event_id)
        case "mid-send":
            arm_send(event_id)
        case "before the answer is handled":
            arm_answer(event_id)
        case "before it is forgotten":
            arm_forgetting(event_id)


def arm_enqueue(event_id: str) -> None:
    """Within the transaction: the row is written and not committed."""
    write = OutboxDatabase.write

    def dying(self: OutboxDatabase, *writes: tuple[str, tuple[object, ...]]) -> bool:
        if writes[0][0].startswith("INSERT") and writes[0][1][0] == event_id:
            self.connection.execute(*writes[0])
            die()
        return write(self, *writes)

    OutboxDatabase.write = dying  # type: ignore[method-assign]


def arm_send(event_id: str) -> None:
    """After half of the message's bytes."""
    send = Connection.send

    def dying(self: Connection, request: Request) -> None:
        before = len(self._out)
        send(self, request)
        if isinstance(request, Identify) and request.event_id == event_id:
            half = (before + len(self._out)) // 2
            self._sock.setblocking(True)
            self._sock.sendall(self._out[:half])
            die()

    Connection.send = dying  # type: ignore[method-assign]


def arm_answer(event_id: str) -> None:
    """The verdict was read, and nothing was done about it."""
    answered = Errands.answered

    def dying(self: Errands, connection: Connection, message: Message) -> None:
        if isinstance(message, Verdict) and message.event_id == event_id:
            die()
        answered(self, connection, message)

    Errands.answered = dying  # type: ignore[method-assign]


def arm_forgetting(event_id: str) -> None:
    """The verdict was told, the event not removed yet."""
    remove = outbox_file.FileOutbox.remove

    dying_id = event_id

    def dying(self: outbox_file.FileOutbox, event_id: str) -> None:
        if event_id == dying_id:
            die()
        remove(self, event_id)

    outbox_file.FileOutbox.remove = dying  # type: ignore[method-assign]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
