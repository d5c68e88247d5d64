"""Collecting the samples of an enrolment, one after another. For the vision thread."""

import base64
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.encode import fuse
from biometrics.faces import Chip
from biometrics.gallery import unit_length
from biometrics.vision import Encode, SeenFace
from biometrics.yardstick import DLIB
from client.enrolment_events import (
    EnrolAnswered,
    EnrolmentChanged,
    EnrolSampleRefused,
    EnrolSampleTaken,
)
from client.events import ClientEvent
from client.pose import ORDER, SENTENCES, Pose, pose_of
from client.reasons import HOLD_STILL
from client.states import (
    ENROLMENT_START,
    ENROLMENT_TABLE,
    EnrolmentSignal,
    EnrolmentState,
    after,
    can,
)
from protocol.errors import NameInvalid
from protocol.messages import MAX_SAMPLES, Enrol, EnrolSample
from protocol.text import clean_name

TAKE_WITHIN_S = 2.5
"""How long a usable frame is waited for after "take a sample"."""

_NO_FACE = "No face in view. Stand in front of the camera."
_OTHER_PERSON = "This is another person than the first sample. One person at a time, please."
_PICTURE_BYTES = 30_000  # becomes 40 KB of base64, the most the server takes
_RESTING = (EnrolmentState.NONE, EnrolmentState.STORED)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """An accepted sample."""

    encoding: NDArray[np.float64]
    quality: dict[str, float]
    pose: Pose
    chip: Chip


@dataclass(frozen=True, slots=True)
class Form:
    """What the dialog adds to the samples."""

    name: str
    consent_text: str
    consent_at_ms: int
    override_reason: str | None = None
    same_person_as: str | None = None


@dataclass(slots=True)
class _Wish:
    """A sample that is wanted and not taken yet."""

    pose: Pose | None
    until_s: float
    reason: str = _NO_FACE
    for_pose: bool = False

    def not_yet(self, reason: str, *, for_pose: bool = False) -> None:
        """Notes why the newest frame was not taken."""
        self.reason, self.for_pose = reason, for_pose


class Enrolment:
    """The enrolment that is going on, or none.

    Args:
        encode: Encodes those views of a face.
        send: Takes the finished enrolment.
        post: Takes the enrolment's events.
    """

    def __init__(
        self,
        encode: Encode,
        send: Callable[[Enrol], None],
        post: Callable[[ClientEvent], None],
    ) -> None:
        self._encode = encode
        self._send = send
        self._post = post
        self._state = ENROLMENT_START
        self._samples: list[Sample] = []
        self._wanted = 3
        self._wish: _Wish | None = None
        self._sent: tuple[str, Enrol] | None = None
        self.same_face = DLIB.same_face
        """Largest distance of a sample from the mean of those before; the encoder's."""

    @property
    def state(self) -> EnrolmentState:
        """How far it is."""
        return self._state

    @property
    def active(self) -> bool:
        """Whether faces are for the enrolment and not for identification."""
        return self._state not in _RESTING

    def begin(self, wanted: int) -> None:
        """Starts anew with no samples."""
        self._clear()
        self._wanted = min(max(wanted, 1), MAX_SAMPLES)
        self._step(EnrolmentSignal.BEGIN)

    def cancel(self) -> None:
        """Ends it; the samples are gone."""
        self._clear()
        self._step(EnrolmentSignal.CANCEL)

    def take(self, pose: Pose | None, now_s: float) -> None:
        """Wants a sample from the next usable frame."""
        if not can(ENROLMENT_TABLE, self._state, EnrolmentSignal.TAKEN):
            self._refuse("No enrolment is going on. Begin one first.")
        elif len(self._samples) >= MAX_SAMPLES:
            self._refuse(f"There are {MAX_SAMPLES} samples already. Drop one first.")
        else:
            self._wish = _Wish(pose, now_s + TAKE_WITHIN_S)

    def drop(self, index: int) -> None:
        """Forgets a sample; an index that does not exist changes nothing."""
        if not 0 <= index < len(self._samples):
            return
        if can(ENROLMENT_TABLE, self._state, EnrolmentSignal.DROPPED):
            del self._samples[index]
            self._step(EnrolmentSignal.DROPPED)
            self._review()

    def consider(self, seen: SeenFace | None, *, steady: bool = True) -> None:
        """Takes the sample that is wanted, when this frame is good enough for it.

        Args:
            seen: The main face, judged by the limits for enrolments.
            steady: Whether it rests: a face that moves is blurred by that within the limits, too.
        """
        wish = self._wish
        if wish is None:
            return
        if seen is None:
            wish.not_yet(_NO_FACE)
            return
        if seen.quality.flaws:
            wish.not_yet(seen.quality.flaws[0].sentence() + ".")
            return
        pose = pose_of(seen.quality.yaw)
        if wish.pose not in (None, Pose.OTHER, pose):
            wish.not_yet(SENTENCES[wish.pose or Pose.OTHER], for_pose=True)
            return
        if not steady:
            wish.not_yet(HOLD_STILL)
            return
        self._wish = None
        self._accept(seen, pose)

    def tick(self, now_s: float) -> None:
        """Refuses the sample that no frame was good enough for in time."""
        wish = self._wish
        if wish is not None and now_s >= wish.until_s:
            self._wish = None
            self._refuse(wish.reason, for_pose=wish.for_pose)

    def submit(self, form: Form) -> None:
        """Sends the samples. A form that cannot be sent is answered here."""
        if not can(ENROLMENT_TABLE, self._state, EnrolmentSignal.SUBMIT):
            self._answer("not_ready", "There are not enough samples yet. Take them first.", form)
            return
        try:
            name = clean_name(form.name)
        except NameInvalid as error:
            self._answer("name_invalid", error.message, form)
            return
        self._step(EnrolmentSignal.SUBMIT)
        self._send(self._request(name, form))

    def answered(self, answer: EnrolAnswered) -> None:
        """Notes the server's answer."""
        signal = EnrolmentSignal.STORED if answer.ok else EnrolmentSignal.REJECTED
        if can(ENROLMENT_TABLE, self._state, signal):
            self._step(signal)

    def _accept(self, seen: SeenFace, pose: Pose) -> None:
        encoding = self._encode(seen, "sample")
        if self._samples:
            before = unit_length(fuse([sample.encoding for sample in self._samples]))
            if float(np.linalg.norm(before - unit_length(encoding))) > self.same_face:
                self._refuse(_OTHER_PERSON)
                return
        self._samples.append(Sample(encoding, seen.quality.as_dict(), pose, seen.chip))
        self._post(
            EnrolSampleTaken(
                index=len(self._samples) - 1,
                pose=pose,
                thumbnail=seen.chip,
                meter=seen.quality.meter,
            )
        )
        self._step(EnrolmentSignal.TAKEN)
        self._review()

    def _review(self) -> None:
        enough = len(self._samples) >= self._wanted
        if enough and can(ENROLMENT_TABLE, self._state, EnrolmentSignal.ENOUGH):
            self._step(EnrolmentSignal.ENOUGH)

    def _request(self, name: str, form: Form) -> Enrol:
        """The message; the same content again has the same id, so that it is stored once."""
        request = Enrol(
            id="r0",  # the link gives the real one
            enrolment_id=uuid.uuid4().hex,
            display_name=name,
            consent_at_ms=form.consent_at_ms,
            consent_text=form.consent_text,
            samples=tuple(
                EnrolSample(
                    encoding=tuple(float(number) for number in sample.encoding),
                    quality=sample.quality,
                    pose=sample.pose.value,
                )
                for sample in self._samples
            ),
            override_reason=form.override_reason,
            same_person_as=form.same_person_as,
            picture=_picture(self._samples),
        )
        content = repr((name, form, request.samples))
        if self._sent is not None and self._sent[0] == content:
            return self._sent[1]
        self._sent = (content, request)
        return request

    def _step(self, signal: EnrolmentSignal) -> None:
        self._state = after(ENROLMENT_TABLE, self._state, signal)
        self._post(
            EnrolmentChanged(
                state=self._state,
                samples=tuple(sample.pose for sample in self._samples),
                wanted=self._wanted,
                next_pose=self._next_pose(),
            )
        )

    def _next_pose(self) -> Pose | None:
        if len(self._samples) >= self._wanted:
            return None
        have = {sample.pose for sample in self._samples}
        return next((pose for pose in ORDER if pose not in have), Pose.STRAIGHT)

    def _clear(self) -> None:
        self._samples.clear()
        self._wish = None
        self._sent = None

    def _refuse(self, reason: str, *, for_pose: bool = False) -> None:
        self._post(EnrolSampleRefused(reason, for_pose))

    def _answer(self, code: str, message: str, form: Form) -> None:
        self._post(EnrolAnswered(ok=False, code=code, message=message, display_name=form.name))


def now_ms() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def _picture(samples: list[Sample]) -> str | None:
    """The straightest sample as JPEG in base64; sent only where the server keeps pictures."""
    import cv2

    straight = [sample for sample in samples if sample.pose is Pose.STRAIGHT]
    chosen = (straight or samples)[0]
    bgr = cv2.cvtColor(chosen.chip, cv2.COLOR_RGB2BGR)
    for quality in (90, 75, 50):
        good, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if good and data.nbytes <= _PICTURE_BYTES:
            return base64.b64encode(data.tobytes()).decode("ascii")
    return None
