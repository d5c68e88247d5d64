"""What the threads of a checkpoint tell its window (or the headless program): frozen values.

Workers post them to a mailbox, the main thread drains it. No event holds anything a worker goes on
changing, and none holds a distance or an encoding.
"""

from dataclasses import dataclass
from enum import StrEnum

from biometrics.geometry import Box
from client.enrolment_events import (
    EnrolAnswered,
    EnrolmentChanged,
    EnrolSampleRefused,
    EnrolSampleTaken,
)
from client.liveness_events import ChallengeAsked, ChallengeEnded, ChallengeGiven
from client.outbox import DeadLetters
from client.pose import Pose
from client.sign_in_events import SignInAnswered, SignInEnded
from client.states import CheckpointState
from protocol.consent import FIRST_TEXT
from protocol.sign_in import WhoEnrols


class CameraState(StrEnum):
    """What is the matter with the camera, or that nothing is."""

    STARTING = "starting"
    OK = "ok"
    MISSING = "missing"  # not there, or the source is not understood
    BUSY = "busy"  # another program holds it
    LOST = "lost"  # was there, gives nothing any more (unplugged, read() blocks, stream broke)
    FROZEN = "frozen"  # gives the same picture again and again
    BLACK = "black"  # covered, or no light
    ENDED = "ended"  # a clip or folder that is not repeated came to its end


class VisionState(StrEnum):
    """Whether faces can be found and encoded."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class LinkState(StrEnum):
    """Whether the server can be asked."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    UNREACHABLE = "unreachable"  # tried, failed, tries again
    REFUSED = "refused"  # the server answered no: version, encoder
    NOT_PAIRED = "not paired"  # it has no certificate of this grid, or one that is good no more
    REVOKED = "revoked"  # the administrator shut it out
    SERVER_CHANGED = "server changed"  # another server answers than the one it was paired with


class Outcome(StrEnum):
    """The five ends of a probe; `no face` and `poor quality` are `NoProbe`s."""

    IDENTIFIED = "identified"
    NOT_ENROLLED = "not_enrolled"
    AMBIGUOUS = "ambiguous"
    SERVER_UNREACHABLE = "server_unreachable"
    SPOOF_SUSPECTED = "spoof_suspected"


class NoProbeKind(StrEnum):
    """Why there was nothing to ask the server."""

    NO_FACE = "no_face"
    POOR_QUALITY = "poor_quality"
    SEVERAL_FACES = "several_faces"
    NO_CAMERA = "no_camera"
    NOT_READY = "not_ready"  # models still loading, or failed
    OUTBOX_FULL = "outbox_full"
    REFUSED = "refused"  # the server will never take this event; the sentence says why


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """The camera changed, or once a second its measured frame rate did.

    Attributes:
        state: What it is now.
        sentence: For the person at the screen: what is wrong and what to do, or "".
        source: The source as settings name it, such as `camera:0`.
        width: Of the pictures, 0 while unknown.
        height: Of the pictures, 0 while unknown.
        fps: Frames a second in the last second.
    """

    state: CameraState
    sentence: str = ""
    source: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0


@dataclass(frozen=True, slots=True)
class VisionStatus:
    """The models are loading, ready, or cannot be used."""

    state: VisionState
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class FaceView:
    """One face in the picture, as the preview draws it.

    Attributes:
        box: Where, in pixels of the frame.
        track_id: The same number as long as it is the same face before the camera.
        name: Display name once identified in this visit.
        outcome: Of this visit, once there is one.
        advice: What to do about the worst flaw ("Come closer: 54 px, 80 needed"), or None.
        meter: 0 (useless) to 1 (excellent), for the enrolment dialog.
        pose: Where the head is turned.
        main: Whether this is the face that is served.
        steady: Whether it has been still long enough to be asked about.
        reason: Why it was not accepted, when the outcome is `SPOOF_SUSPECTED`.
    """

    box: Box
    track_id: int
    name: str | None = None
    outcome: Outcome | None = None
    advice: str | None = None
    meter: float = 0.0
    pose: Pose = Pose.OTHER
    main: bool = False
    steady: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VisionReport:
    """What the vision thread saw in one frame.

    Attributes:
        captured_at_ms: Of the frame.
        width: Of the frame in pixels; boxes are in its coordinates.
        height: Of the frame in pixels.
        faces: Every face found.
        sentence: What the person should do now ("Come closer: 54 px, 80 needed", "Several faces:
            one at a time, please"), or "".
        several: More than one face and none is clearly the main one.
    """

    captured_at_ms: int
    width: int
    height: int
    faces: tuple[FaceView, ...]
    sentence: str = ""
    several: bool = False


@dataclass(frozen=True, slots=True)
class VisionPace:
    """How fast the vision thread works: once a second, and when another engine took over.

    Attributes:
        looks_per_s: Frames searched for faces in the last second.
        look_ms: What a look cost, the median; of the last second with looks.
        encodings_per_s: Faces encoded in the last second.
        encode_ms: What an encoding cost, the median; 0 before the first.
        engine: What encodes, such as "ONNX Runtime".
        note: Why that is not the usual engine, a sentence; "" when it is.
    """

    looks_per_s: float = 0.0
    look_ms: float = 0.0
    encodings_per_s: float = 0.0
    encode_ms: float = 0.0
    engine: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PairingAnswered:
    """What became of `Checkpoint.pair`: `host` and `port` are to be kept in the settings."""

    ok: bool
    sentence: str
    host: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The connection to the server changed, or a heartbeat measured it.

    Attributes:
        state: What it is now.
        sentence: What is wrong and what happens next, or "".
        server_name: As the server calls itself; "" before the first welcome.
        address: `host:port` tried.
        latency_ms: Of the last heartbeat, None before the first.
        clock_ahead_min: Minutes by which this computer's clock is ahead of the server's, negative
            when it is behind; 0 when they agree to less than one.
        retry_in_s: Seconds to the next attempt (it counts down), None when none is planned.
        kept: Events in the outbox, not yet acknowledged.
        refused: Events not accepted since the start because the outbox was full.
        full: Whether nothing can be kept now: the outbox is full, or the disk refuses.
        keeping: Why the disk refuses, a sentence; "" while it takes what it is given.
        dead: Events that the server will never take, kept until somebody looked at them.
        keep_pictures: The server's administrator allows an enrolment picture to be kept.
        people: People enrolled when the server welcomed this checkpoint, None before.
        liveness: What the server demands, of `protocol.liveness.MODES`.
        alone_s: For how many seconds this checkpoint may decide without the server; 0 for none.
        consent_text: What people agree to before they are enrolled, by the server's last word.
        who_enrols: Who may enrol here, of `protocol.sign_in.WhoEnrols`.
    """

    state: LinkState
    sentence: str = ""
    server_name: str = ""
    address: str = ""
    latency_ms: float | None = None
    clock_ahead_min: int = 0
    retry_in_s: float | None = None
    kept: int = 0
    refused: int = 0
    full: bool = False
    keeping: str = ""
    dead: int = 0
    keep_pictures: bool = False
    people: int | None = None
    liveness: str = "off"
    alone_s: float = 0.0
    consent_text: str = FIRST_TEXT
    who_enrols: str = WhoEnrols.ANYBODY.value


@dataclass(frozen=True, slots=True)
class ProbeSent:
    """A face was steady and encoded, the server is being asked (checking)."""

    event_id: str
    captured_at_ms: int
    automatic: bool


@dataclass(frozen=True, slots=True)
class VerdictArrived:
    """The end of a probe.

    Attributes:
        event_id: Of the event in the server's log.
        outcome: `SERVER_UNREACHABLE` when no answer came in 2.5 s; the event is kept, sent later.
        display_name: When identified.
        captured_at_ms: Of the frame in which the face first was steady.
        latency_ms: From that frame to now.
        automatic: False when Space asked for it.
        label: The truth of a `demo:` source.
        late: The person was told `server unreachable` before: for the list, not for the banner.
        reason: What this checkpoint saw that speaks against a living person; "" for nothing.
        alone: The checkpoint decided it itself; when `late`, the server found otherwise since.
    """

    event_id: str
    outcome: Outcome
    display_name: str | None
    captured_at_ms: int
    latency_ms: float
    automatic: bool
    label: str | None = None
    late: bool = False
    reason: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class NoProbe:
    """Nothing to ask the server: why, and what to do.

    Attributes:
        event_id: Of the report in the server's log; "" when none was made (no camera, not ready).
        kind: The reason.
        sentence: What to do, with numbers.
        flaws: Names of the flaws, worst first.
        automatic: False when Space asked for it.
        captured_at_ms: When.
        label: The truth of a `demo:` source.
        late: The person was told something else before: for the list, not for the banner.
        alone: What they were told was decided here, without the server.
    """

    event_id: str
    kind: NoProbeKind
    sentence: str
    flaws: tuple[str, ...] = ()
    automatic: bool = False
    captured_at_ms: int = 0
    label: str | None = None
    late: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The checkpoint as a whole, by the table in `client.states`."""

    state: CheckpointState


@dataclass(frozen=True, slots=True)
class Fault:
    """A thread (camera, vision, link) failed and was started again; `detail` is for the log."""

    thread: str
    sentence: str
    detail: str = ""


ClientEvent = (
    CameraStatus
    | VisionStatus
    | VisionReport
    | VisionPace
    | LinkStatus
    | DeadLetters
    | PairingAnswered
    | ProbeSent
    | VerdictArrived
    | NoProbe
    | EnrolSampleTaken
    | EnrolSampleRefused
    | EnrolmentChanged
    | EnrolAnswered
    | SignInAnswered
    | SignInEnded
    | ChallengeGiven
    | ChallengeAsked
    | ChallengeEnded
    | StateChanged
    | Fault
)
