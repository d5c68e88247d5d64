"""`python -m client enrol`: enrols whoever stands before the camera, and prints one JSON line."""

import dataclasses
import time
from dataclasses import dataclass, field
from enum import IntEnum

from client.checkpoint import Checkpoint, Parts, wait_closed
from client.enrolment_events import (
    EnrolAnswered,
    EnrolmentChanged,
    EnrolSampleRefused,
    EnrolSampleTaken,
)
from client.events import (
    CameraState,
    CameraStatus,
    ClientEvent,
    LinkState,
    LinkStatus,
    VisionState,
    VisionStatus,
)
from client.headless import ended_by_signals
from client.lines import Lines, fields_of
from client.liveness_events import ChallengeAsked, ChallengeEnded
from client.settings import ClientSettings
from client.sign_in_events import SignInAnswered
from client.states import EnrolmentState
from desktop.mailbox import Mailbox
from protocol.errors import NameInvalid
from protocol.text import clean_name

CONSENT = "Consent was given to the operator, who enrolled from the command line."
PATIENCE_S = 30.0
_SERVER_PATIENCE_S = 6.0
_PERIOD_S = 0.02
# Between two samples, so that they are not the same picture twice.
_BETWEEN_S = 0.4


class Exit(IntEnum):
    """Exit codes of the command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    ALREADY_ENROLLED = 3
    NAME_TAKEN = 4
    NO_FACE = 5
    NO_SERVER = 6
    NO_CAMERA = 7
    NOT_SIGNED_IN = 8


_BY_CODE = {
    "already_enrolled": Exit.ALREADY_ENROLLED,
    "name_taken": Exit.NAME_TAKEN,
    "name_invalid": Exit.USAGE,
    "server_unreachable": Exit.NO_SERVER,
    "timeout": Exit.NO_SERVER,
    "sign_in_first": Exit.NOT_SIGNED_IN,
    "sign_in_refused": Exit.NOT_SIGNED_IN,
    "sign_in_later": Exit.NOT_SIGNED_IN,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line said.

    Attributes:
        name: Of the person.
        samples: How many.
        consent: What the person agreed to.
        override_reason: Why a face that is enrolled already is enrolled once more.
        patience_s: For the camera and the samples together.
        sign_in: Account of the server in whose name it is; "" where nobody has to sign in.
        password: Of that account.
    """

    name: str
    samples: int = 3
    consent: str = CONSENT
    override_reason: str | None = None
    patience_s: float = PATIENCE_S
    sign_in: str = ""
    password: str = field(default="", repr=False)


@dataclass(slots=True)
class _Story:
    """What happened so far."""

    camera: CameraStatus | None = None
    vision: VisionStatus | None = None
    link: LinkStatus | None = None
    samples: int = 0
    refused: str = ""
    waiting: bool = False
    next_s: float = 0.0
    state: EnrolmentState = EnrolmentState.NONE
    answer: EnrolAnswered | None = None
    challenged: bool = False
    signed_in: SignInAnswered | None = None

    def note(self, event: ClientEvent) -> None:
        match event:
            case CameraStatus():
                self.camera = event
            case VisionStatus():
                self.vision = event
            case LinkStatus():
                self.link = event
            case EnrolSampleTaken() | EnrolSampleRefused():
                self.waiting = False
                self.next_s = time.monotonic() + _BETWEEN_S
                if isinstance(event, EnrolSampleRefused):
                    self.refused = event.reason
            case EnrolmentChanged():
                self.state = event.state
                self.samples = len(event.samples)
            case ChallengeAsked() | ChallengeEnded():
                self.challenged = isinstance(event, ChallengeAsked)
            case EnrolAnswered():
                self.answer = event
            case SignInAnswered():
                self.signed_in = event
            case _:
                pass


def run(
    settings: ClientSettings, wanted: Wanted, lines: Lines, *, parts: Parts | None = None
) -> int:
    """Enrols, prints the answer, and gives the exit code (`Exit`)."""
    try:
        wanted = dataclasses.replace(wanted, name=clean_name(wanted.name))
    except NameInvalid as error:
        return _end(lines, wanted, "name_invalid", error.message, Exit.USAGE)
    mailbox: Mailbox[ClientEvent] = Mailbox()
    quiet = dataclasses.replace(settings, automatic=False)
    checkpoint = Checkpoint(quiet, mailbox.post, parts=parts)
    checkpoint.start()
    try:
        return _tell_story(checkpoint, mailbox, wanted, lines)
    finally:
        checkpoint.close()
        wait_closed(checkpoint)


def _tell_story(
    checkpoint: Checkpoint, mailbox: Mailbox[ClientEvent], wanted: Wanted, lines: Lines
) -> int:
    story = _Story()
    start_s = time.monotonic()
    checkpoint.begin_enrolment(wanted=wanted.samples)
    asked = not wanted.sign_in
    submitted = False
    with ended_by_signals() as ended:
        while not ended.wait(_PERIOD_S):
            for event in mailbox.drain(1000):
                story.note(event)
                _ask(event, lines)
            if story.answer is not None:
                return _answered(lines, wanted, story.answer)
            if not asked and _up(story):
                asked = True
                checkpoint.sign_in(wanted.sign_in, wanted.password)
            problem = _problem(story, wanted, time.monotonic() - start_s, submitted=submitted)
            if problem is not None:
                return _end(lines, wanted, *problem)
            if story.state is EnrolmentState.COLLECTING:
                _collect(checkpoint, story)
            elif (
                story.state is EnrolmentState.REVIEWING and not submitted and _ready(story, wanted)
            ):
                submitted = True
                checkpoint.submit_enrolment(
                    wanted.name,
                    consent_text=wanted.consent,
                    override_reason=wanted.override_reason,
                )
    return _end(lines, wanted, "cancelled", "The enrolment was cancelled.", Exit.FAILED)


def _ask(event: ClientEvent, lines: Lines) -> None:
    """Prints what the person is to do, where the server demands that they show they live."""
    found = fields_of(event) if isinstance(event, ChallengeAsked | ChallengeEnded) else None
    if found is not None:
        lines.write(found[0], **found[1])


def _collect(checkpoint: Checkpoint, story: _Story) -> None:
    if not story.waiting and time.monotonic() >= story.next_s:
        story.waiting = True
        checkpoint.take_sample()


def _ready(story: _Story, wanted: Wanted) -> bool:
    """Whether the samples can be sent: the server is there, and has let in who enrols."""
    return _up(story) and (not wanted.sign_in or story.signed_in is not None)


def _up(story: _Story) -> bool:
    return story.link is not None and story.link.state is LinkState.CONNECTED


def _problem(
    story: _Story, wanted: Wanted, elapsed_s: float, *, submitted: bool
) -> tuple[str, str, Exit] | None:
    """Why it cannot go on: code, sentence, exit code."""
    link, camera, vision = story.link, story.camera, story.vision
    if story.signed_in is not None and not story.signed_in.ok:
        no = story.signed_in
        return no.code, no.sentence, _BY_CODE.get(no.code, Exit.FAILED)
    if vision is not None and vision.state is VisionState.FAILED:
        return "not_ready", vision.sentence, Exit.FAILED
    if link is not None and not submitted:
        refused = link.state is LinkState.REFUSED
        if refused or (link.state is LinkState.UNREACHABLE and elapsed_s > _SERVER_PATIENCE_S):
            return "server_unreachable", link.sentence, Exit.NO_SERVER
    if elapsed_s <= wanted.patience_s:
        return None
    if not submitted and (camera is None or camera.state is not CameraState.OK):
        sentence = camera.sentence if camera is not None else ""
        return "no_camera", sentence or "The camera gives no picture.", Exit.NO_CAMERA
    if story.samples < wanted.samples:
        text = story.refused or "No face in view. Stand in front of the camera."
        code = f"{story.samples} of {wanted.samples} samples were taken. {text}"
        return "no_face", code, Exit.NO_FACE
    if elapsed_s > wanted.patience_s + _SERVER_PATIENCE_S and not story.challenged:
        return "timeout", "The server did not answer in time.", Exit.NO_SERVER
    return None


def _answered(lines: Lines, wanted: Wanted, answer: EnrolAnswered) -> int:
    exit_code = Exit.OK if answer.ok else _BY_CODE.get(answer.code, Exit.FAILED)
    return _end(
        lines,
        wanted,
        answer.code,
        answer.message,
        exit_code,
        subject_id=answer.subject_id,
        display_name=answer.display_name,
        samples=answer.samples,
    )


def _end(
    lines: Lines, wanted: Wanted, code: str, message: str, exit_code: Exit, **more: object
) -> int:
    """Prints the one line, and gives the exit code."""
    fields: dict[str, object] = {
        "ok": exit_code is Exit.OK,
        "code": code,
        "message": message,
        "display_name": wanted.name,
        "subject_id": None,
        "samples": 0,
        **more,
    }
    lines.write("enrolled" if exit_code is Exit.OK else "not_enrolled", **fields)
    return int(exit_code)
