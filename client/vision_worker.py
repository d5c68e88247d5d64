"""The vision thread: owns every model, looks at the newest frame, asks and enrols.

Everybody else puts notes into its inbox; frames come through a slot, so that old ones are dropped.
"""

import logging
import queue
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from biometrics.encode import EncoderFailed
from biometrics.faces import Image
from biometrics.geometry import Box
from biometrics.pad_network import PadRefused
from biometrics.passive_liveness import PassiveCheck
from biometrics.quality import ENROLMENT, QualityLimits
from biometrics.track import Tracker
from biometrics.views import Views
from biometrics.vision import SeenFace, View
from biometrics.yardstick import Yardstick
from client.camera.frames import Frame
from client.enrolment import Enrolment
from client.enrolment_events import EnrolAnswered
from client.events import (
    ClientEvent,
    Fault,
    VerdictArrived,
    VisionReport,
    VisionState,
    VisionStatus,
)
from client.liveness import LivenessGate
from client.liveness_events import ChallengeGiven
from client.pace import Pace
from client.passive import open_judge
from client.probing import Hand, Probing
from client.reasons import advice, face_view, several
from client.watching import Watching
from desktop.mailbox import Slot
from protocol.messages import Enrol

log = logging.getLogger(__name__)

STALE_S = 0.7
"""A frame older than this is not looked at: the person may be gone."""

RESTING_S = 0.1
"""Between two looks at somebody about whom everything is known; between them their box is followed.
Looking at every frame would take half a core from the other checkpoint and the server."""
EMPTY_S = 0.066
"""Between two looks while nobody is there: every other one is a search of a small frame."""

_WAIT_S = 0.05
_MEND_S = 5.0


class Eyes(Protocol):
    """What of `biometrics.vision.Vision` is used here."""

    @property
    def fingerprint(self) -> str:
        """The encoder's fingerprint."""

    @property
    def engine(self) -> str:
        """What encodes, in a word."""

    @property
    def note(self) -> str:
        """Why that is not the usual engine, or ""."""

    @property
    def yardstick(self) -> Yardstick:
        """What its numbers mean."""

    def warm_up(self) -> None:
        """Loads the models."""

    def look(self, image: Image, *, limits: QualityLimits | None = None) -> View:
        """Finds and judges faces."""

    def follow(self, image: Image) -> tuple[Box, ...]:
        """Where the faces of the last look are now."""

    def encode(self, seen: SeenFace, views: Views = "probe") -> NDArray[np.float64]:
        """Encodes those views of a face."""

    def close(self) -> None:
        """Ends the encoder."""


def open_eyes(network: str = "") -> Eyes:
    """The real ones, with dlib's network or that of a file.

    Raises:
        EncoderFailed: The file is no face network.
    """
    from biometrics.vision import Vision

    return Vision.open(background=True, network=Path(network) if network else None)


class VisionWorker:
    """The thread and what it owns. Every method may be called from any thread, none waits.

    Args:
        frames: The newest frame of the camera.
        ask: Takes events for the server.
        enrol: Takes enrolments for the server.
        challenge: Asks the server for the challenge of an event.
        encoder: Is told which encoder it is, as soon as that is known.
        post: Takes events for the window.
        tick: Called about twenty times a second, for what needs a clock.
        opener: Opens the models; called in the thread.
        pad_model: A liveness network of the user's own, "" for none.
        judge_opener: Opens what judges liveness; called in the thread.
    """

    def __init__(
        self,
        frames: Slot[Frame],
        *,
        ask: Callable[[Hand], None],
        enrol: Callable[[Enrol], None],
        challenge: Callable[[str], None],
        encoder: Callable[[str, Yardstick], None],
        post: Callable[[ClientEvent], None],
        tick: Callable[[], None] = lambda: None,
        enrolment_limits: Callable[[], QualityLimits] = lambda: ENROLMENT,
        opener: Callable[[], Eyes] = open_eyes,
        pad_model: str = "",
        judge_opener: Callable[[str], PassiveCheck] = open_judge,
    ) -> None:
        self._frames = frames
        self._encoder = encoder
        self._post = post
        self._tick = tick
        self._enrolment_limits = enrolment_limits
        self._opener = opener
        self._pad_model = pad_model
        self._judge_opener = judge_opener
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._eyes: Eyes | None = None
        self._state = VisionState.LOADING
        self._pace = Pace(time.monotonic())
        self._tracker = Tracker()
        self._watching = Watching()
        self._looked_s = float("-inf")
        self._report: VisionReport | None = None
        self.liveness = LivenessGate(
            ask=ask,
            enrol=enrol,
            challenge=challenge,
            encode=self._encode,
            post=post,
        )
        self.probing = Probing(self._encode, self.liveness.ask, post)
        self.enrolment = Enrolment(self._encode, self.liveness.enrol, post)
        self._thread = threading.Thread(target=self._run, name="vision", daemon=True)
        self._closer = threading.Thread(target=self._shut, name="vision-close", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread or the encoder is still there."""
        return self._thread.is_alive() or self._closer.is_alive()

    @property
    def state(self) -> VisionState:
        """Whether faces can be found. Any thread may ask."""
        return self._state

    def start(self) -> None:
        """Starts the thread, which loads the models."""
        self._thread.start()

    def close(self) -> None:
        """Asks the thread to end, and ends the encoder under it when it is waiting for that."""
        if not self._closing.is_set():
            self._closing.set()
            self._closer.start()

    def tell(self, note: Callable[[], None]) -> None:
        """Has the thread do something between two frames."""
        self._inbox.put(note)

    def notice(self, event: VerdictArrived | EnrolAnswered | ChallengeGiven) -> None:
        """Passes on what the server said."""
        if isinstance(event, VerdictArrived):
            self.tell(lambda: self.probing.noticed(event))
        elif isinstance(event, ChallengeGiven):
            self.tell(lambda: self.liveness.given(event))
        else:
            self.tell(lambda: self._enrol_answered(event))

    def demand(self, mode: str) -> None:
        """Notes what the server demands as to liveness."""
        if mode != self.liveness.mode:
            self.tell(lambda: self.liveness.demand(mode))

    def identify_now(self, at_s: float, at_ms: int) -> None:
        """Space: but not while the person is being asked to do something."""
        self.tell(lambda: self._identify_now(at_s, at_ms))

    def judge_with(self, pad_model: str) -> None:
        """Judges liveness with another network of the user's own, or with none."""
        self.tell(lambda: self._open_judge(pad_model))

    def begin_enrolment(self, wanted: int) -> None:
        """Begins an enrolment; whoever is being watched for an event is not any more."""
        self.tell(self.liveness.break_off)
        self.tell(lambda: self.enrolment.begin(wanted))

    def cancel_enrolment(self) -> None:
        """Ends an enrolment, wherever it is."""
        self.tell(self.liveness.cancel_enrolment)
        self.tell(self.enrolment.cancel)

    def new_scene(self) -> None:
        """Another camera: nobody of before is in view."""
        self.tell(self._new_scene)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._work()
            except EncoderFailed as error:
                self._failed(str(error), "")
            except Exception:
                log.error("vision failed", exc_info=True)
                self._failed(
                    "Recognition failed and starts again in some seconds.", traceback.format_exc()
                )
        self._shut()

    def _work(self) -> None:
        """Loads, then looks until the end.

        Raises:
            EncoderFailed: The encoder cannot load or stopped.
        """
        self._say(VisionState.LOADING)
        eyes = self._eyes = self._opener()
        # Loading takes a second, and closing need not wait for it.
        if not self._closing.is_set():
            self.probing.use(eyes.yardstick)
            self.enrolment.same_face = self.liveness.same_face = eyes.yardstick.same_face
            self._encoder(eyes.fingerprint, eyes.yardstick)
        if not self._closing.is_set():
            eyes.warm_up()
            self._open_judge(self._pad_model)
            self._say(VisionState.READY)
        while not self._closing.is_set():
            self._read_inbox()
            frame = self._frames.take(timeout_s=_WAIT_S)
            started_s = time.monotonic()
            if frame is not None and started_s - frame.monotonic_s <= STALE_S:
                if self._due(started_s):
                    self._looked_s = started_s
                    self._look(eyes, frame)
                else:
                    self._follow(eyes, frame)
            self._clock()
            self._tell_pace(eyes)

    def _due(self, now_s: float) -> bool:
        """Whether a frame is searched: every one while somebody waits for what comes of it."""
        if self.probing.busy or self.enrolment.active or self.liveness.busy:
            return True
        somebody = self._report is not None and self._report.faces
        return now_s - self._looked_s >= (RESTING_S if somebody else EMPTY_S)

    def _follow(self, eyes: Eyes, frame: Frame) -> None:
        """Moves the boxes of the last report with their faces."""
        report = self._report
        if report is None or not report.faces:
            return
        boxes = eyes.follow(frame.image)
        faces = tuple(replace(face, box=box) for face, box in zip(report.faces, boxes, strict=True))
        self._post(replace(report, captured_at_ms=frame.captured_at_ms, faces=faces))

    def _tell(self, report: VisionReport) -> None:
        self._report = report
        self._post(report)

    def _look(self, eyes: Eyes, frame: Frame) -> None:
        enrolling = self.enrolment.active
        view = eyes.look(frame.image, limits=self._enrolment_limits() if enrolling else None)
        self._pace.looked(view.detect_ms)
        at_s = self._watching.at(frame.monotonic_s)
        tracks = self._tracker.update([seen.face for seen in view.faces], at_s)
        self.liveness.see(frame, view, tracks)
        if not enrolling:
            self._tell(self.probing.consider(frame, view, tracks, at_s=at_s))
            return
        steady = view.main is not None and tracks[view.main].steady
        self.enrolment.consider(view.main_face, steady=steady)
        quality = None if view.main_face is None else view.main_face.quality
        self._tell(
            VisionReport(
                captured_at_ms=frame.captured_at_ms,
                width=frame.width,
                height=frame.height,
                faces=tuple(
                    face_view(seen, track, main=index == view.main)
                    for index, (seen, track) in enumerate(zip(view.faces, tracks, strict=True))
                ),
                sentence=advice(quality),
                several=quality is not None and several(quality),
            )
        )

    def _clock(self) -> None:
        now_s = time.monotonic()
        self.probing.tick(now_s)
        self.enrolment.tick(now_s)
        self.liveness.tick(now_s)
        self._tick()

    def _tell_pace(self, eyes: Eyes) -> None:
        pace = self._pace.at(time.monotonic(), engine=eyes.engine, note=eyes.note)
        if pace is not None:
            self._post(pace)

    def _encode(self, seen: SeenFace, views: Views) -> NDArray[np.float64]:
        assert self._eyes is not None
        started_s = time.perf_counter()
        encoding = self._eyes.encode(seen, views)
        self._pace.encoded((time.perf_counter() - started_s) * 1000)
        return encoding

    def _identify_now(self, at_s: float, at_ms: int) -> None:
        if not self.liveness.busy:
            self.probing.identify_now(at_s, at_ms)

    def _open_judge(self, pad_model: str) -> None:
        """Without the network that is wanted nobody looks alive: that must not pass in silence."""
        self._pad_model = pad_model
        try:
            self.liveness.judging.use(self._judge_opener(pad_model))
        except PadRefused as error:
            self.liveness.judging.use(None, str(error))
            self._post(Fault("vision", f"{error} Choose another one in the settings."))

    def _enrol_answered(self, event: EnrolAnswered) -> None:
        self.enrolment.answered(event)
        self.liveness.enrolled(event)
        if event.ok:
            self.probing.forget()

    def _new_scene(self) -> None:
        self._tracker = Tracker()
        self.liveness.break_off()
        self._report = None
        self.probing.forget()

    def _read_inbox(self) -> None:
        while True:
            try:
                note = self._inbox.get_nowait()
            except queue.Empty:
                return
            note()

    def _failed(self, sentence: str, detail: str) -> None:
        """Says so, ends what is left of the models, and waits before it loads them again."""
        if self._closing.is_set():
            return
        self._say(VisionState.FAILED, sentence)
        if detail:
            self._post(Fault("vision", sentence, detail))
        self._shut()
        self._new_scene()
        until_s = time.monotonic() + _MEND_S
        while not self._closing.wait(_WAIT_S) and time.monotonic() < until_s:
            self._read_inbox()
            self._clock()

    def _shut(self) -> None:
        eyes = self._eyes
        if eyes is not None:
            eyes.close()

    def _say(self, state: VisionState, sentence: str = "") -> None:
        self._state = state
        self._post(VisionStatus(state, sentence))
