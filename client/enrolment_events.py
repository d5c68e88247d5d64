"""What an enrolment tells the window: samples taken and refused, how it goes on, the answer."""

from dataclasses import dataclass

from client.camera.frames import Image
from client.pose import Pose
from client.states import EnrolmentState


@dataclass(frozen=True, slots=True, eq=False)
class EnrolSampleTaken:
    """A sample was accepted.

    Attributes:
        index: Its place in the list of samples.
        pose: Told from the landmarks, not from what was asked.
        thumbnail: RGB, uint8, (150, 150, 3).
        meter: 0 to 1.
    """

    index: int
    pose: Pose
    thumbnail: Image
    meter: float


@dataclass(frozen=True, slots=True)
class EnrolSampleRefused:
    """A sample was not accepted.

    Attributes:
        reason: Why ("This is another person than the first sample.").
        for_pose: Whether nothing but the pose was wrong.
    """

    reason: str
    for_pose: bool = False


@dataclass(frozen=True, slots=True)
class EnrolmentChanged:
    """The enrolment went on.

    Attributes:
        state: Of the table in `client.states`.
        samples: Poses of the samples now, in order: rebuild the thumbnails when it is shorter.
        wanted: Samples asked for.
        next_pose: What to ask the person for, None when there are enough.
    """

    state: EnrolmentState
    samples: tuple[Pose, ...] = ()
    wanted: int = 3
    next_pose: Pose | None = None


@dataclass(frozen=True, slots=True)
class EnrolAnswered:
    """The server's answer to an enrolment, or that there is none.

    Attributes:
        ok: Stored.
        code: "" when ok, otherwise of the protocol, such as already_enrolled; `timeout` or
            `server_unreachable` when nothing came.
        message: A sentence.
        display_name: As stored; with already_enrolled the name the person is enrolled under.
        subject_id: Stored, or already there.
        samples: Stored.
        sample: Index of the sample that disagrees, for samples_disagree.
    """

    ok: bool
    code: str
    message: str
    display_name: str = ""
    subject_id: str | None = None
    samples: int = 0
    sample: int | None = None
