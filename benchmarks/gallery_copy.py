"""What does a checkpoint's first copy of a large gallery cost, and what a change after it?

A checkpoint's own connection over mutual TLS and its own copy, as the link's thread uses them, with
the real server of a gallery of made-up people. The first copy is timed from the first question to
the last page, at the pace of a checkpoint, then until the copy is sealed on the disk; the change is
one person enrolled meanwhile. Bytes are those of the messages, without TLS's own.

    python -m benchmarks gallery_copy [--people 10000] [--json]
"""

import argparse
import dataclasses
import json
import secrets
import socket
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from benchmarks._load_generator import NORM
from benchmarks._load_server import Filled, RunningServer, fill
from benchmarks._search_data import faces
from benchmarks._side_by_side import data_folder
from benchmarks._soak_checkpoint import QUALITY
from client.approach import Address, approach
from client.connection import Connection
from client.gallery_copy import GalleryCopy
from client.identity import Identity
from client.offline import PAGE_EVERY_S
from client.pairing import Pairing
from desktop import settings as settings_file
from protocol.framing import HEADER_BYTES
from protocol.messages import (
    Enrol,
    Enrolled,
    EnrolSample,
    GalleryChanges,
    GalleryPage,
    Message,
    Request,
)
from protocol.strict_json import dumps
from server.data_folder import DataFolder
from server.settings import ServerSettings

_HOURS = 4
_ANSWER_S = 30.0


@dataclass(frozen=True, slots=True)
class Copied:
    """One time of asking until nothing is left to ask for.

    Attributes:
        seconds: By the clock.
        server_s: Of the server's processor.
        size: Bytes of the pages.
        pages: How many.
    """

    seconds: float
    server_s: float
    size: int
    pages: int


class Checkpoint:
    """A paired and welcomed checkpoint with a copy of its own; for one thread.

    Args:
        folder: For its identity and its copy.
        server: Listens.
    """

    def __init__(self, folder: Path, server: RunningServer) -> None:
        self._server = server
        self._encoder = server.filled.encoder
        self.copy = GalleryCopy(folder / "gallery.sealed", secrets.token_bytes(32))
        address = Address("127.0.0.1", server.port, "copier", "Copier")
        pairing = Pairing(Identity(folder, "copier"), server.filled.root)
        checkpoint_id, tls = approach(address, pairing, cancelled=lambda: False)
        self._awake, self._wake = socket.socketpair()
        self._connection = Connection(tls, self._awake, str(address))
        self._connection.send_hello(
            checkpoint_id=checkpoint_id,
            checkpoint_name="Copier",
            encoder=self._encoder,
            software="bench gallery_copy",
        )
        while self._connection.welcome is None:
            self._connection.step(_ANSWER_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close("measured")
        self._awake.close()
        self._wake.close()
        self.copy.close()

    def ask(self, request: Request) -> Message:
        """Sends a request and waits for its answer.

        Raises:
            SystemExit: There is none.
        """
        self._connection.send(request)
        end_s = time.monotonic() + _ANSWER_S
        while time.monotonic() < end_s:
            for message in self._connection.step(_ANSWER_S):
                return message
        raise SystemExit("no answer")

    def next_id(self) -> str:
        """For a request."""
        return self._connection.session.next_id()

    def bring_up_to_date(self) -> Copied:
        """Asks page by page until the copy is complete."""
        pages: list[GalleryPage] = []
        begun_s, spent_s = time.perf_counter(), self._server.usage().cpu_s
        complete = False
        while not complete:
            epoch, since = self.copy.position(self._encoder)
            page = self.ask(GalleryChanges(id=self.next_id(), epoch=epoch, since=since))
            if not isinstance(page, GalleryPage):
                raise SystemExit(f"no page: {page}")
            pages.append(page)
            complete = self.copy.take(page, self._encoder)
            if not complete:
                time.sleep(PAGE_EVERY_S)
        seconds = time.perf_counter() - begun_s
        return Copied(
            seconds,
            self._server.usage().cpu_s - spent_s,
            sum(HEADER_BYTES + len(dumps(page.to_wire())) for page in pages),
            len(pages),
        )

    def enrol(self) -> None:
        """Enrols somebody new."""
        numbers = np.random.default_rng(7).normal(size=128)
        numbers *= NORM / np.linalg.norm(numbers)
        answer = self.ask(
            Enrol(
                id=self.next_id(),
                enrolment_id=secrets.token_hex(16),
                display_name="Somebody New",
                consent_at_ms=time.time_ns() // 1_000_000,
                consent_text="Made up for a measurement.",
                samples=(
                    EnrolSample(encoding=tuple(numbers.tolist()), quality=QUALITY, pose="straight"),
                ),
            )
        )
        if not isinstance(answer, Enrolled):
            raise SystemExit(f"not enrolled: {answer}")


def allow_copies(filled: Filled) -> None:
    """Lets the server of a data folder give copies."""
    path = DataFolder(filled.root).settings
    settings = settings_file.load(ServerSettings, path)
    settings_file.save(dataclasses.replace(settings, offline_hours=_HOURS), path)


def _told(what: str, found: Copied) -> str:
    return (
        f"{what}: {found.size / 1e6:,.3f} MB in {found.pages} pages, {found.seconds:.3f} s, "
        f"{found.server_s:.2f} s of the server's processor"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks gallery_copy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="a last line of JSON")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fng-copy-") as folder:
        filled = fill(Path(folder) / "data", faces(data_folder()), chosen.people, probes=100)
        allow_copies(filled)
        with (
            RunningServer(filled) as server,
            Checkpoint(Path(folder) / "checkpoint", server) as checkpoint,
        ):
            first = checkpoint.bring_up_to_date()
            print(_told(f"first copy of {checkpoint.copy.people:,} people", first))
            begun_s = time.perf_counter()
            checkpoint.copy.close()
            sealed_s = time.perf_counter() - begun_s
            print(f"made ready to be searched, sealed and on the disk: {sealed_s:.2f} s")
            checkpoint.enrol()
            change = checkpoint.bring_up_to_date()
            print(_told("after one enrolment", change))
            complete = checkpoint.copy.people == chosen.people + 1
    if chosen.json:
        wire = {"first": dataclasses.asdict(first), "change": dataclasses.asdict(change)}
        print(json.dumps(wire | {"sealed_s": round(sealed_s, 3)}))
    return 0 if complete else 1


if __name__ == "__main__":
    raise SystemExit(main())
