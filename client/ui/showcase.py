"""Puts the checkpoint's window into every state it has, with made-up data, for the screenshots.

`STATES[name](window)` shows one state and leaves time standing still, so that a countdown or a
welcome can be photographed. The window needs no checkpoint behind it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from biometrics.challenge import Action
from biometrics.geometry import Box
from biometrics.quality import ENROLMENT, Flaw, FlawKind
from client import dialling
from client.camera import capture, opencv
from client.camera.demo import DemoScene
from client.camera.frames import Image
from client.enrolment_events import (
    EnrolAnswered,
    EnrolmentChanged,
    EnrolSampleRefused,
    EnrolSampleTaken,
)
from client.events import (
    CameraState,
    CameraStatus,
    FaceView,
    Fault,
    LinkState,
    LinkStatus,
    NoProbe,
    NoProbeKind,
    Outcome,
    ProbeSent,
    VisionPace,
    VisionReport,
    VisionState,
    VisionStatus,
)
from client.liveness_events import ChallengeAsked
from client.liveness_wording import REASONS
from client.pose import SENTENCES, Pose
from client.states import EnrolmentState
from client.ui.enrol_dialog import EnrolDialog
from client.ui.showcase_kept import KEPT_STATES
from client.ui.showcase_pairing import PAIRING
from client.ui.showcase_parts import (
    ADDRESS,
    CLOCK_MS,
    FACES,
    FRAME,
    TOO_SMALL,
    begin,
    connected,
    picture,
    reset,
    see,
    verdict,
)
from client.ui.showcase_sign_in import SIGN_IN, SIGN_IN_ENDED
from client.ui.window import CheckpointWindow
from protocol.errors import Code, sentence

State = Callable[[CheckpointWindow], None]


def _camera(state: CameraState, why: str, source: str = "camera:0") -> State:
    def show(window: CheckpointWindow) -> None:
        begin(window)
        image = picture("grace-hopper")
        if image is not None and state is CameraState.BLACK:
            window.video.show((image // 24).astype(image.dtype))
        window.handle(CameraStatus(state, why, source))

    return show


def _unreachable(why: str, *, address: str = ADDRESS, **more: Any) -> State:
    return _link(LinkStatus(LinkState.UNREACHABLE, why, address=address, **more))


def _answer(outcome: Outcome, name: str | None = None, key: str = "grace-hopper") -> State:
    def show(window: CheckpointWindow) -> None:
        begin(window)
        see(window, key, name=name, outcome=outcome)
        window.handle(verdict(outcome, name))

    return show


def _link(status: LinkStatus) -> State:
    def show(window: CheckpointWindow) -> None:
        begin(window)
        see(window)
        window.handle(status)

    return show


def starting(window: CheckpointWindow) -> None:
    """Before the camera's first picture."""
    reset(window)
    window.handle(CameraStatus(CameraState.STARTING, "", "demo:"))
    window.handle(VisionStatus(VisionState.LOADING))
    window.handle(LinkStatus(LinkState.CONNECTING, address=ADDRESS))


def loading(window: CheckpointWindow) -> None:
    """The picture is live, the models are not there yet."""
    starting(window)
    window.handle(CameraStatus(CameraState.OK, "", "demo:", *FRAME, 30.0))
    window.handle(connected())
    image = picture("grace-hopper")
    if image is not None:
        window.video.show(image)


def ready(window: CheckpointWindow) -> None:
    """Nobody there."""
    begin(window)
    image = picture("grace-hopper")
    if image is not None:
        window.video.show(_empty_lobby())


def _empty_lobby() -> Image:
    return DemoScene(("grace-hopper",)).at(4.6)[0]


def empty(window: CheckpointWindow) -> None:
    """Nobody is enrolled yet."""
    reset(window)
    window.handle(connected(people=0))
    if picture("grace-hopper") is not None:
        window.video.show(_empty_lobby())


def checking(window: CheckpointWindow) -> None:
    """The server is being asked."""
    begin(window)
    see(window)
    window.now = lambda: 999.5
    window.handle(ProbeSent("v-0", CLOCK_MS, automatic=True))
    window.now = lambda: 1000.0
    window.refresh()


def _challenge(action: Action | None, done: int) -> State:
    def show(window: CheckpointWindow) -> None:
        begin(window)
        see(window)
        window.now = lambda: 997.0
        window.handle(ChallengeAsked("v-0", action, done, 2, 12.0))
        window.now = lambda: 1000.0
        window.refresh()

    return show


def _spoof(reason: str) -> State:
    def show(window: CheckpointWindow) -> None:
        begin(window)
        see(window, outcome=Outcome.SPOOF_SUSPECTED, reason=reason)
        window.handle(replace(verdict(Outcome.SPOOF_SUSPECTED, None), reason=reason))

    return show


def poor_quality(window: CheckpointWindow) -> None:
    """A face that is too small."""
    begin(window)
    see(window, advice=TOO_SMALL)


def back(window: CheckpointWindow) -> None:
    """The server is there again; what was kept is being delivered."""
    begin(window)
    window.handle(LinkStatus(LinkState.UNREACHABLE, dialling.refused(ADDRESS), kept=3))
    window.handle(replace(connected(), kept=3))
    if picture("grace-hopper") is not None:
        window.video.show(_empty_lobby())


def several(window: CheckpointWindow) -> None:
    """Two faces at once."""
    begin(window)
    see(window)
    other = FaceView(Box(70, 190, 150, 270), 2, meter=0.7)
    main = FaceView(FACES["grace-hopper"], 1, meter=0.8, steady=True)
    report = VisionReport(CLOCK_MS, *FRAME, (main, other), several=True)
    for second in (1001.0, 1001.5, 1002.0):
        window.now = lambda second=second: second  # type: ignore[misc]
        window.handle(report)


def no_face(window: CheckpointWindow) -> None:
    """Space was pressed and nobody stood there."""
    ready(window)
    window.handle(NoProbe("n-1", NoProbeKind.NO_FACE, "", automatic=False, captured_at_ms=CLOCK_MS))


def vision_failed(window: CheckpointWindow) -> None:
    """The models cannot be used."""
    begin(window)
    see(window)
    window.handle(VisionStatus(VisionState.FAILED))


def slower_engine(window: CheckpointWindow) -> None:
    """ONNX Runtime was replaced by dlib: said once aloud, then in the status bar."""
    begin(window)
    see(window)
    note = "dlib (own process) instead of ONNX Runtime: slower. ONNX Runtime cannot be loaded."
    window.handle(VisionPace(9.8, 31.0, 1.0, 118.0, "dlib (own process)", note))


def faulty(window: CheckpointWindow) -> None:
    """A thread failed and was started again."""
    begin(window)
    see(window)
    window.handle(Fault("camera", capture.DRIVER_FAILED))


def long_name(window: CheckpointWindow) -> None:
    """The longest name there can be."""
    begin(window)
    name = "Maria Magdalena Theresia Wilhelmina von Hohenberg-Schwarzenstein zu Altenburg"
    see(window, name=name, outcome=Outcome.IDENTIFIED)
    window.handle(verdict(Outcome.IDENTIFIED, name))


def settings(window: CheckpointWindow) -> None:
    """The settings dialog."""
    begin(window)
    see(window)
    window.open_settings()


def settings_wrong(window: CheckpointWindow) -> None:
    """The settings dialog with an address nobody can use."""
    settings(window)
    dialog = window.dialogs.settings
    if dialog is not None:
        dialog.server.set("lobby server:99999")
        dialog.name.set("")


def _dialog(window: CheckpointWindow, *, samples: int = 0, typed: bool = True) -> EnrolDialog:
    begin(window)
    see(window, "eileen-collins")
    window.open_enrolment()
    dialog = window.dialogs.enrol
    if dialog is None:
        raise RuntimeError("the enrolment dialog did not open")
    image = picture("eileen-collins")
    if image is not None:
        dialog.show_frame(image)
    if typed:
        dialog.type_name("Eileen Collins")
        dialog.tick_consent()
    poses = (Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT)
    for place, pose in enumerate(poses[:samples]):
        if image is not None:
            box = FACES["eileen-collins"]
            chip = image[box.top - 20 : box.bottom + 20, box.left - 20 : box.right + 20]
            window.handle(EnrolSampleTaken(place, pose, chip, 0.86))
    enough = samples == len(poses)
    window.handle(
        EnrolmentChanged(
            EnrolmentState.REVIEWING if enough else EnrolmentState.COLLECTING,
            poses[:samples],
            next_pose=None if enough else poses[samples],
        )
    )
    see(window, "eileen-collins")
    return dialog


def enrol_start(window: CheckpointWindow) -> None:
    """The enrolment dialog as it opens."""
    _dialog(window, typed=False)


def enrol_samples(window: CheckpointWindow) -> None:
    """One picture taken, the next one refused."""
    _dialog(window, samples=1)
    blurred = Flaw(FlawKind.BLURRED, 0.09, ENROLMENT.min_sharpness)
    window.handle(EnrolSampleRefused(f"{blurred.sentence()}."))


def enrol_pose(window: CheckpointWindow) -> None:
    """The head was not turned."""
    _dialog(window, samples=1)
    window.handle(EnrolSampleRefused(SENTENCES[Pose.LEFT], for_pose=True))


def enrol_review(window: CheckpointWindow) -> None:
    """All pictures taken."""
    _dialog(window, samples=3)


def enrol_sending(window: CheckpointWindow) -> None:
    """The server is being asked."""
    _dialog(window, samples=3).save()


def _refused(code: str, **more: str | int) -> State:
    def show(window: CheckpointWindow) -> None:
        _dialog(window, samples=3).save()
        sample = more.get("sample")
        window.handle(
            EnrolAnswered(
                ok=False,
                code=code,
                message=str(more.get("message", "")),
                display_name=str(more.get("name", "")),
                subject_id=str(more["subject"]) if "subject" in more else None,
                sample=sample if isinstance(sample, int) else None,
            )
        )

    return show


def enrol_challenge(window: CheckpointWindow) -> None:
    """The server wants to see that a living person is enrolled."""
    _dialog(window, samples=3).save()
    window.handle(ChallengeAsked("e-0", Action.TURN_RIGHT, 0, 2, 12.0, enrolling=True))


def enrol_stored(window: CheckpointWindow) -> None:
    """The person is enrolled."""
    _dialog(window, samples=3).save()
    window.handle(
        EnrolAnswered(ok=True, code="", message="", display_name="Eileen Collins", samples=3)
    )


STATES: dict[str, State] = {
    "starting": starting,
    "loading-models": loading,
    "ready": ready,
    "ready-nobody-enrolled": empty,
    "checking": checking,
    "identified": _answer(Outcome.IDENTIFIED, "Grace Hopper"),
    "identified-long-name": long_name,
    "not-enrolled": _answer(Outcome.NOT_ENROLLED, None, "eileen-collins"),
    "ambiguous": _answer(Outcome.AMBIGUOUS),
    "challenge-straight": _challenge(None, 0),
    "challenge-blink": _challenge(Action.BLINK, 0),
    "challenge-turn": _challenge(Action.TURN_LEFT, 1),
    "spoof-suspected": _spoof(REASONS["flat"]),
    "challenge-not-done": _spoof(REASONS["too_late"]),
    "poor-quality": poor_quality,
    "several-faces": several,
    "no-face": no_face,
    "server-connecting": _link(LinkStatus(LinkState.CONNECTING, address=ADDRESS)),
    "server-unreachable": _unreachable(
        dialling.refused(ADDRESS), server_name="lobby-server", retry_in_s=4.0, kept=3
    ),
    "server-wrong-address": _unreachable(
        dialling.unknown("lobby-sever"), address="lobby-sever:5050", retry_in_s=8.0
    ),
    "server-refused": _link(LinkStatus(LinkState.REFUSED, sentence(Code.ENCODER_MISMATCH))),
    "server-back": back,
    "clock-wrong": _link(replace(connected(), clock_ahead_min=60)),
    **PAIRING,
    **KEPT_STATES,
    "camera-missing": _camera(CameraState.MISSING, opencv.no_camera(0)),
    "camera-busy": _camera(CameraState.BUSY, opencv.in_use(0)),
    "camera-lost": _camera(CameraState.LOST, capture.silent("camera:0", opened=True)),
    "camera-frozen": _camera(CameraState.FROZEN, capture.SENTENCES[CameraState.FROZEN]),
    "camera-dark": _camera(CameraState.BLACK, capture.SENTENCES[CameraState.BLACK]),
    "recording-ended": _camera(CameraState.ENDED, opencv.over("clip.mp4"), "file:clip.mp4"),
    "vision-failed": vision_failed,
    "engine-slower": slower_engine,
    "fault": faulty,
    "settings": settings,
    "settings-wrong": settings_wrong,
    **SIGN_IN,
    "enrol-start": enrol_start,
    "enrol-sample-refused": enrol_samples,
    "enrol-pose-refused": enrol_pose,
    "enrol-review": enrol_review,
    "enrol-sending": enrol_sending,
    "enrol-challenge": enrol_challenge,
    "enrol-not-shown": _refused("spoof_suspected", message=f"Not accepted. {REASONS['no_action']}"),
    "enrol-already-enrolled": _refused("already_enrolled", name="Eileen Collins", subject="a" * 32),
    "enrol-name-taken": _refused("name_taken"),
    "enrol-samples-disagree": _refused("samples_disagree", sample=1),
    "enrol-no-server": _refused("server_unreachable"),
    "enrol-sign-in-first": _refused("sign_in_first", message=SIGN_IN_ENDED),
    "enrol-stored": enrol_stored,
}
