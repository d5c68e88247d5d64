"""One recording before the checks: the faces in it, what the passive checks say, and challenges."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from biometrics.active_liveness import ActiveCheck, CheckState, CheckStatus
from biometrics.align import Aligner
from biometrics.challenge import ACTION_S, SETTLING_S, Action, Challenge
from biometrics.detect import Detector, HogDetector
from biometrics.evaluation.pad_recordings import LOOKS_A_SECOND, Recording, frames
from biometrics.faces import Chip, Encoding, Face
from biometrics.live_detector import FULL_SIDE_PX
from biometrics.passive_liveness import NEEDED, Passive, PassiveCheck, PassiveReason, PassiveTrack
from biometrics.track import Tracker

CHALLENGES = tuple(
    Challenge(actions, SETTLING_S + 2 * ACTION_S) for actions in itertools.permutations(Action, 2)
)
"""Every challenge of two actions: what a server draws by default, each as likely as the others."""


@dataclass(slots=True)
class Look:
    """One frame: the largest face in it, if there is one.

    Args:
        time_s: Since the recording began.
        face: The face.
        track_id: Its track.
        chip: For the encoder, which is asked only where a challenge needs it.
        said: What each passive check said, by the check's name.
        encoding: Once it was computed.
    """

    time_s: float
    face: Face | None = None
    track_id: int | None = None
    chip: Chip | None = None
    said: Mapping[str, Passive] = field(default_factory=dict)
    encoding: Encoding | None = None


class PadLooker:
    """Looks at recordings as a checkpoint would. For one thread.

    Args:
        checks: The passive checks to ask about every frame.
        detector: Finds the faces.
    """

    def __init__(self, checks: Sequence[PassiveCheck], detector: Detector | None = None) -> None:
        self._checks = checks
        self._detector = detector or HogDetector(longest_side=FULL_SIDE_PX)
        self._aligner = Aligner()

    def looks(self, recording: Recording) -> list[Look]:
        """Every look at a recording; a picture is looked at once.

        Raises:
            RecordingUnreadable: As `frames`.
            PadRefused: A network failed.
        """
        tracker, found = Tracker(), []
        for time_s, image in frames(recording):
            detections = self._detector.detect(image)
            tracks = tracker.update(detections, time_s)
            if not detections:
                found.append(Look(time_s))
                continue
            landmarks = self._aligner.landmarks(image, detections[0].box)
            face = Face(detections[0].box, landmarks, detections[0].strength)
            said = {check.name: check.judge(image, face) for check in self._checks}
            chip = self._aligner.chip(image, landmarks)
            found.append(Look(time_s, face, tracks[0].id, chip, said))
        return found


@dataclass(frozen=True, slots=True)
class Judged:
    """What a passive check made of a recording.

    Args:
        live: It says live in most of the looks at which it has a verdict.
        reason: What it says most often else.
    """

    live: bool
    reason: PassiveReason


def passive_trial(looks: Sequence[Look], name: str, *, still: bool) -> Judged | None:
    """What a check says about a recording; None when it never had enough frames to say.

    Args:
        looks: At the recording.
        name: The check's.
        still: It is a picture: the one look is held before the camera.
    """
    verdicts: list[Passive] = []
    track, track_id = PassiveTrack(), None
    for look in [look for look in looks for _ in range(NEEDED if still else 1)]:
        if look.face is None:
            continue
        if look.track_id != track_id:
            track, track_id = PassiveTrack(), look.track_id
        verdict = track.add(look.said[name], look.face)
        if verdict is not None:
            verdicts.append(verdict)
    if not verdicts:
        return None
    reasons = [verdict.reason for verdict in verdicts if not verdict.live]
    if len(reasons) * 2 < len(verdicts):
        return Judged(live=True, reason=PassiveReason.NONE)
    return Judged(live=False, reason=max(set(reasons), key=reasons.count))


def active_trial(
    looks: Sequence[Look],
    challenge: Challenge,
    encode: Callable[[Chip], Encoding],
    *,
    still: bool,
) -> CheckState:
    """How a challenge ends that begins with the recording; after its end nobody is there.

    Args:
        looks: At the recording.
        challenge: What is asked.
        encode: From a chip to its raw encoding.
        still: It is a picture, held there until time runs out.
    """
    check = ActiveCheck(challenge, -1 / LOOKS_A_SECOND)
    shown = list(looks)
    if still and looks:
        if looks[0].chip is not None:
            looks[0].encoding = encode(looks[0].chip)
        count = round(challenge.time_limit_s * LOOKS_A_SECOND)
        shown = [_held(looks[0], number / LOOKS_A_SECOND) for number in range(count)]
    for look in shown:
        if look.face is None:
            check.see(None, None, look.time_s)
            continue
        encoding = None
        if check.wants_encoding and look.chip is not None:
            if look.encoding is None:
                look.encoding = encode(look.chip)
            encoding = look.encoding
        check.see(look.face.landmarks, look.track_id, look.time_s, encoding)
        if check.state.status is not CheckStatus.WAITING:
            return check.state
    end_s = shown[-1].time_s if shown else 0.0
    return check.see(None, None, end_s + challenge.time_limit_s + 1)


def _held(look: Look, time_s: float) -> Look:
    return Look(time_s, look.face, look.track_id, look.chip, look.said, look.encoding)
