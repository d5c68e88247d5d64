"""What the showcase is made of: a checkpoint that does nothing, made-up events, demo pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from biometrics.geometry import Box
from biometrics.quality import LIVE, Flaw, FlawKind
from client.camera.demo import DemoScene
from client.camera.errors import CameraMissing
from client.camera.frames import Frame, Image
from client.events import (
    CameraState,
    CameraStatus,
    ClientEvent,
    FaceView,
    LinkState,
    LinkStatus,
    NoProbe,
    NoProbeKind,
    Outcome,
    VerdictArrived,
    VisionPace,
    VisionReport,
    VisionState,
    VisionStatus,
)
from client.pose import Pose
from client.presenter import Presenter
from client.storage_key import PLACES
from client.ui.window import CheckpointWindow
from desktop.mailbox import Slot
from protocol.consent import FIRST_TEXT

# 2026-11-22 08:12:40 UTC: any moment, the same in every picture.
CLOCK_MS = 1_795_335_160_000
# Where the detector finds the faces 1.6 s into a visit of `demo:` with seed 0.
FACES = {
    "grace-hopper": Box(261, 128, 410, 277),
    "eileen-collins": Box(244, 145, 394, 294),
}
FRAME = (640, 480)
ADDRESS = "127.0.0.1:5050"
TOO_SMALL = f"{Flaw(FlawKind.TOO_SMALL, 54, LIVE.min_size_px).sentence()}."


@dataclass(frozen=True, slots=True)
class MadeUpPairing:
    """Whom a checkpoint of the showcase is paired with."""

    checkpoint_id: str
    server_name: str
    paired_at_ms: int
    expires_at_ms: int
    fingerprint: str


_YEAR_MS = 365 * 86_400_000
PAIRED = MadeUpPairing(
    "lobby-gate",
    "lobby-server",
    CLOCK_MS - _YEAR_MS // 6,
    CLOCK_MS + _YEAR_MS,
    "3F2A 91C0 7BD4 E815",
)


class StillEngine:
    """Stands where the checkpoint would: takes every wish and does nothing."""

    def __init__(self) -> None:
        self.preview: Slot[Frame] = Slot()
        self.alive = False

    @property
    def paired(self) -> MadeUpPairing | None:
        """The server of the showcase."""
        return PAIRED

    @property
    def key_place(self) -> str:
        """In the keyring."""
        return PLACES["keyring"]

    @property
    def consent_text(self) -> str:
        """The one that is in force until the administrator writes another."""
        return FIRST_TEXT

    def forget_pairing(self) -> None:
        """Nothing to forget."""

    def close(self) -> None:
        """Nothing to end."""

    def identify_now(self) -> None:
        """Nobody to ask about."""

    def set_automatic(self, *, on: bool) -> None:
        """No faces to ask about."""

    def begin_enrolment(self, *, wanted: int = 3) -> None:
        """No samples to collect."""

    def take_sample(self, pose: Pose | None = None) -> None:
        """No face to take."""

    def drop_sample(self, index: int) -> None:
        """No samples to drop."""

    def submit_enrolment(
        self,
        name: str,
        *,
        consent_text: str,
        consent_at_ms: int | None = None,
        override_reason: str | None = None,
        same_person_as: str | None = None,
    ) -> None:
        """No server to send to."""

    def cancel_enrolment(self) -> None:
        """No samples to forget."""

    def sign_in(self, name: str, password: str) -> None:
        """No server to ask."""

    def sign_out(self) -> None:
        """Nobody is signed in."""

    def change_server(self, host: str, port: int) -> None:
        """No connection to change."""

    def change_name(self, name: str) -> None:
        """Nobody to tell."""

    def change_source(self, source: str) -> None:
        """No camera to change."""

    def pair(self, code: str, address: str | None = None) -> None:
        """Pairs with nobody."""

    def change_pad_model(self, pad_model: str) -> None:
        """Nothing to judge."""

    def show_dead(self) -> None:
        """Nothing was put aside."""

    def discard_dead(self, event_ids: Sequence[str]) -> None:
        """Nothing to forget."""

    def retry_now(self) -> None:
        """Nothing to try."""


@cache
def picture(key: str) -> Image | None:
    """A frame of the demo with this visitor, or None where the portraits are not installed."""
    try:
        image, _label = DemoScene((key,)).at(1.6)
    except CameraMissing:
        return None
    return image


def reset(window: CheckpointWindow, *, source: str = "demo:") -> None:
    """Closes dialogs, forgets everything, and begins again with time standing still."""
    window.dialogs.close()
    window.toast.hide()
    window.presenter = Presenter(automatic=window.settings.automatic)
    window.engine = StillEngine()
    window.sounds.enabled = False
    window.now = lambda: 1000.0
    window.handle(CameraStatus(CameraState.OK, "", source, *FRAME, 30.0))
    window.handle(VisionStatus(VisionState.READY))
    window.handle(VisionPace(10.0, 14.0, 2.0, 8.0, "ONNX Runtime"))
    window.handle(connected())


def history(window: CheckpointWindow) -> None:
    """Fills the list of the last results."""
    rows: list[ClientEvent] = [
        verdict(Outcome.IDENTIFIED, "Ada Lovelace", ago_s=412),
        verdict(Outcome.NOT_ENROLLED, None, ago_s=366),
        verdict(Outcome.IDENTIFIED, "Katherine Johnson", ago_s=301),
        NoProbe(
            "e-7",
            NoProbeKind.POOR_QUALITY,
            TOO_SMALL,
            ("too_small",),
            captured_at_ms=CLOCK_MS - 254_000,
        ),
        verdict(Outcome.AMBIGUOUS, None, ago_s=203),
        NoProbe("e-8", NoProbeKind.NO_FACE, "", captured_at_ms=CLOCK_MS - 180_000),
        verdict(Outcome.SERVER_UNREACHABLE, None, ago_s=122),
        verdict(Outcome.IDENTIFIED, "Grace Hopper", ago_s=64),
    ]
    window.now = lambda: 900.0  # what they said is over by now
    for event in rows:
        window.handle(event)
    window.now = lambda: 1000.0
    window.refresh()


def see(
    window: CheckpointWindow,
    key: str = "grace-hopper",
    *,
    advice: str | None = None,
    name: str | None = None,
    outcome: Outcome | None = None,
    reason: str = "",
) -> None:
    """Shows a visitor in the live picture, with the box the vision thread would report."""
    image = picture(key)
    if image is not None:
        window.video.show(image)
    face = FaceView(
        FACES[key],
        1,
        name=name,
        outcome=outcome,
        advice=advice,
        meter=0.3 if advice else 0.86,
        pose=Pose.STRAIGHT,
        main=True,
        steady=advice is None,
        reason=reason,
    )
    report = VisionReport(CLOCK_MS, *FRAME, (face,), sentence=advice or "")
    for second in (999.2, 999.7, 1000.0):
        window.now = lambda second=second: second  # type: ignore[misc]
        window.handle(report)


def connected(*, people: int = 12) -> LinkStatus:
    """The server is there."""
    return LinkStatus(
        LinkState.CONNECTED,
        server_name="lobby-server",
        address=ADDRESS,
        latency_ms=3.0,
        people=people,
    )


def verdict(outcome: Outcome, name: str | None, *, ago_s: int = 0) -> VerdictArrived:
    """An answer, so many seconds ago."""
    return VerdictArrived(
        event_id=f"v-{ago_s}",
        outcome=outcome,
        display_name=name,
        captured_at_ms=CLOCK_MS - ago_s * 1000,
        latency_ms=52.0 + ago_s % 61,  # as measured: half of them take less than 56 ms
        automatic=True,
    )


def begin(window: CheckpointWindow) -> None:
    """A checkpoint at work: everything is well, some people were here."""
    reset(window)
    history(window)
