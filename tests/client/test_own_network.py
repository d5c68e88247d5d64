"""A checkpoint whose face model gives 512 numbers, with the real server: enrolled and asked."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.views import Views
from biometrics.vision import SeenFace
from biometrics.yardstick import usual
from client.checkpoint import Checkpoint, Parts, wait_closed
from client.enrolment_events import EnrolAnswered, EnrolmentChanged
from client.events import LinkState, LinkStatus, Outcome, VerdictArrived
from client.identity import Identity
from client.settings import ClientSettings
from client.states import EnrolmentState
from server.encoders import InstalledEncoder
from tests.client.fakes import FINGERPRINT, GRACE, NOBODY, Collector, FakeEyes, FakeSource
from tests.server.wire import Served
from tests.support import wait_until


class WideEyes(FakeEyes):
    """As the fake ones, with another network."""

    def __init__(self) -> None:
        super().__init__()
        self.yardstick = usual(512)

    def encode(self, seen: SeenFace, views: Views = "probe") -> NDArray[np.float64]:
        """512 numbers of length 1."""
        row = np.repeat(super().encode(seen, views), 4)
        return row / float(np.linalg.norm(row))


def _model(_network: str) -> InstalledEncoder:
    return InstalledEncoder(FINGERPRINT, usual(512))


def parts_at(running: Served, source: FakeSource) -> Parts:
    """Of a checkpoint that pairs itself with this server."""
    return Parts(
        open_source=source.open,
        open_eyes=WideEyes,
        identity=Identity(running.folder.root / "door", "checkpoint-01"),
        server_data=running.folder.root,
    )


def test_five_hundred_and_twelve_numbers_from_the_camera_to_the_history(tmp_path: Path) -> None:
    """Two samples and a probe cross the wire; uncalibrated, the probe gets no name and a reason."""
    running = Served(tmp_path, encoder=_model)
    assert running.grid.start().result(timeout=10).state.serving
    source, posted = FakeSource(NOBODY), Collector()
    checkpoint = Checkpoint(
        ClientSettings(server_port=running.port),
        posted,
        parts=parts_at(running, source),
    )
    checkpoint.start()
    try:
        posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTED)
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
        assert running.grid.people.gallery.dimensions == 512
        assert posted.wait_for(VerdictArrived).outcome is Outcome.NOT_ENROLLED
        wait_until(lambda: running.stored)
        assert "not calibrated" in running.stored[-1].record.reason
    finally:
        checkpoint.close()
        assert wait_closed(checkpoint)
        running.close()


def test_a_checkpoint_with_another_model_is_told_what_to_do(tmp_path: Path) -> None:
    """The server's own sentence arrives at the door."""
    running = Served(tmp_path)
    running.grid.start().result(timeout=10)
    posted = Collector()
    checkpoint = Checkpoint(
        ClientSettings(server_port=running.port),
        posted,
        parts=parts_at(running, FakeSource(NOBODY)),
    )
    checkpoint.start()
    try:
        refused = posted.wait_for(LinkStatus, lambda status: status.state is LinkState.REFUSED)
        assert refused.sentence.startswith("This checkpoint's face model is not the server's")
    finally:
        checkpoint.close()
        assert wait_closed(checkpoint)
        running.close()
