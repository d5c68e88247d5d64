"""One checkpoint's link and outbox without a camera: makes events at a rate, and notes each one.

It is started, and killed, by the durability measurement. What it notes is held against the
server's database: `g` when the outbox has taken an event, which may not be lost from then on, `a`
when the server has acknowledged it.
"""

import argparse
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from biometrics.dlib_engine import fingerprint
from client.approach import Address
from client.event_ids import new_event_id
from client.events import ClientEvent, LinkStatus
from client.identity import Identity
from client.keeping import open_kept
from client.link import Link
from client.outbox import KeptEvent, Outbox
from client.pairing import Pairing, read_offer

_DRAINED_S = 180.0


class NotedOutbox:
    """An outbox that writes down what it has taken and what was acknowledged.

    Args:
        inner: The outbox of the product.
        ledger: Appended to by single writes, which a `kill -9` does not undo.
    """

    def __init__(self, inner: Outbox, ledger: Path) -> None:
        self._inner = inner
        self._file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def put(self, event: KeptEvent) -> None:
        """Takes it, then notes it."""
        self._inner.put(event)
        os.write(self._file, f"g {event.event_id} {event.captured_at_ms}\n".encode())

    def remove(self, event_id: str) -> None:
        """Notes that it was acknowledged, then forgets it."""
        os.write(self._file, f"a {event_id}\n".encode())
        self._inner.remove(event_id)

    def __len__(self) -> int:
        return len(self._inner)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def made_up_encoding(dice: random.Random) -> tuple[float, ...]:
    """An encoding of nobody, 1.4 long as those of real faces are."""
    numbers = np.random.default_rng(dice.getrandbits(63)).normal(size=128)
    return tuple(float(number) for number in 1.4 * numbers / np.linalg.norm(numbers))


def work(
    link: Link, waiting: Callable[[], int], *, per_second: float, ended: threading.Event
) -> None:
    """Makes events until told to end, then waits until the outbox is empty.

    Raises:
        TimeoutError: Events were still waiting three minutes later.
    """
    dice = random.Random()  # noqa: S311 - no secret
    due_s, captured_at_ms = time.monotonic(), 0
    while not ended.wait(max(0.0, due_s - time.monotonic())):
        due_s = max(due_s + 1 / per_second, time.monotonic() - 1.0)
        # Never twice the same, for a capture that is stored twice is known by it.
        captured_at_ms = max(captured_at_ms + 1, time.time_ns() // 1_000_000)
        link.ask(
            KeptEvent(
                event_id=new_event_id(captured_at_ms),
                captured_at_ms=captured_at_ms,
                automatic=True,
                encoding=made_up_encoding(dice),
            ),
            steady_s=time.monotonic(),
        )
    until_s = time.monotonic() + _DRAINED_S
    while waiting():
        if time.monotonic() > until_s:
            raise TimeoutError(f"{waiting()} events still wait")
        time.sleep(0.05)


def pair_here(identity: Identity, server_data: Path, name: str) -> None:
    """Pairs with the server of a data folder, past the network that comes between later."""
    offer = read_offer(server_data)
    if offer is None:
        raise SystemExit(f"no server is listening for the data in {server_data}")
    pairing = Pairing(identity, server_data)
    pairing.identity_for(offer.host, offer.port, name, cancelled=lambda: False)


def say(event: ClientEvent) -> None:
    """Prints where the link stands, when that has changed."""
    if isinstance(event, LinkStatus):
        print(event.state.value, event.sentence, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Works until SIGTERM, sends what is left, and ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--id", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server-data", type=Path, help="to pair itself, once")
    parser.add_argument("--per-second", type=float, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    options = parser.parse_args(arguments)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    settings_file = options.folder / "checkpoint.json"
    identity = Identity.beside(settings_file, options.id)
    if options.server_data is not None and identity.load() is None:
        pair_here(identity, options.server_data, options.id)
    outbox = NotedOutbox(open_kept(settings_file), options.ledger)
    address = Address(options.host, options.port, options.id, options.id)
    link = Link(address, say, outbox=outbox, pairing=Pairing(identity))
    link.start()
    link.set_encoder(fingerprint())
    print("at work", flush=True)
    try:
        work(link, outbox.__len__, per_second=options.per_second, ended=ended)
    finally:
        link.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
