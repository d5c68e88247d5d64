"""The checkpoint against the real server as a process: only camera and models are stood in for."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.dlib_engine import fingerprint
from client.checkpoint import Checkpoint, Parts, wait_closed
from client.enrolment_events import EnrolAnswered, EnrolmentChanged
from client.events import LinkState, LinkStatus, Outcome, VerdictArrived
from client.identity import Identity
from client.settings import ClientSettings
from client.states import EnrolmentState
from database.reader import EventReader
from tests.client.fakes import EILEEN, GRACE, NOBODY, Collector, FakeEyes, FakeSource
from tests.support import wait_until

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A server process on a port that stays the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it listens."""
        log = self.folder / "server.log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "server", "--headless",
                    "--port", str(self.port), "--data", str(self.folder / "data"),
                ],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        wait_until(
            lambda: re.search(r'"listening"', log.read_text(encoding="utf-8")),
            timeout_s=20,
            what="the server",
        )

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    @property
    def rows(self) -> list[tuple[str, str, bool]]:
        """Event id, outcome and late of every stored event, newest first."""
        path = next((self.folder / "data").rglob("match_history.db"))
        reader = EventReader(path, None)
        try:
            return [(row.event_id, row.outcome, row.late) for row in reader.query(limit=50).rows]
        finally:
            reader.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that runs."""
    made = Server(tmp_path)
    made.start()
    yield made
    made.kill()


def test_enrolled_identified_interrupted_and_nothing_lost(server: Server, tmp_path: Path) -> None:
    """The whole story, with the server killed in the middle of it."""
    source, eyes, posted = FakeSource(NOBODY), FakeEyes(), Collector()
    eyes.fingerprint = fingerprint()
    checkpoint = Checkpoint(
        ClientSettings(server_port=server.port),
        posted,
        parts=Parts(
            open_source=source.open,
            open_eyes=lambda: eyes,
            identity=Identity(tmp_path / "identity", "checkpoint-01"),
            server_data=server.folder / "data",
        ),
    )
    checkpoint.start()
    try:
        posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTED)
        _enrol(checkpoint, source, posted)
        first = posted.wait_for(VerdictArrived)
        assert (first.outcome, first.display_name) == (Outcome.IDENTIFIED, "Grace Hopper")
        source.who = EILEEN
        second = posted.wait_for(VerdictArrived, lambda v: v.event_id != first.event_id)
        assert second.outcome is Outcome.NOT_ENROLLED
        source.who = NOBODY
        server.kill()
        posted.wait_for(LinkStatus, lambda status: status.state is LinkState.UNREACHABLE)
        source.who = GRACE
        third = posted.wait_for(
            VerdictArrived, lambda v: v.outcome is Outcome.SERVER_UNREACHABLE, timeout_s=8
        )
        assert third.event_id not in {first.event_id, second.event_id}
        server.start()
        posted.wait_for(VerdictArrived, lambda v: v.late, timeout_s=15)
        wait_until(lambda: posted.of(LinkStatus)[-1].kept == 0)
    finally:
        checkpoint.close()
        assert wait_closed(checkpoint)
    assert server.rows == [
        (third.event_id, "server_unreachable", True),
        (second.event_id, "not_enrolled", False),
        (first.event_id, "identified", False),
    ]


def _enrol(checkpoint: Checkpoint, source: FakeSource, posted: Collector) -> None:
    checkpoint.begin_enrolment(wanted=2)
    posted.wait_for(EnrolmentChanged)
    source.who = GRACE
    for count in (1, 2):
        checkpoint.take_sample()
        wait_until(lambda count=count: len(posted.of(EnrolmentChanged)[-1].samples) == count)
    posted.wait_for(EnrolmentChanged, lambda change: change.state is EnrolmentState.REVIEWING)
    checkpoint.submit_enrolment("Grace Hopper", consent_text="I agree.")
    answer = posted.wait_for(EnrolAnswered)
    assert answer.ok, answer.message
