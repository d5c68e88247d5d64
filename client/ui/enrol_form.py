"""What an enrolment still needs and what its answer means: rules without a window."""

from collections.abc import Sequence
from dataclasses import dataclass

from client.enrolment_events import EnrolAnswered
from client.pose import Pose
from client.states import EnrolmentState
from protocol.errors import NameInvalid
from protocol.text import clean_name, printable

WANTED = 3
ORDER = (Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT)

POSE_WORDS: dict[Pose, str] = {
    Pose.STRAIGHT: "Straight",
    Pose.LEFT: "Left",
    Pose.RIGHT: "Right",
    Pose.OTHER: "Other",
}
POSE_REQUESTS: dict[Pose, str] = {
    Pose.STRAIGHT: "Look straight at the camera.",
    Pose.LEFT: "Turn the head a little to your left.",
    Pose.RIGHT: "Turn the head a little to your right.",
    Pose.OTHER: "One more picture: move the head a little.",
}


@dataclass(frozen=True, slots=True)
class EnrolForm:
    """The dialog's content at one moment.

    Attributes:
        name: As typed.
        consent: Whether the box is ticked.
        samples: Poses of the samples, in order.
        wanted: How many samples are asked for.
        state: Of the enrolment table.
        taking: A picture was asked for and neither accepted nor refused yet.
        refused_name: The name that the server refused last, as typed; "" when it refused none.
        name_refusal: Why, as a sentence.
        nobody: Whether nobody may be enrolled at this checkpoint (any more).
    """

    name: str = ""
    consent: bool = False
    samples: tuple[Pose, ...] = ()
    wanted: int = WANTED
    state: EnrolmentState = EnrolmentState.COLLECTING
    taking: bool = False
    refused_name: str = ""
    name_refusal: str = ""
    nobody: bool = False

    @property
    def name_problem(self) -> str:
        """What is wrong with the name, as a sentence; "" when nothing is."""
        try:
            clean_name(self.name)
        except NameInvalid as error:
            return str(error.message)
        return ""

    @property
    def server_problem(self) -> str:
        """What the server said about this very name, as a sentence; "" when nothing."""
        return self.name_refusal if self.name == self.refused_name else ""

    @property
    def clean_name(self) -> str:
        """The name as it will be stored.

        Raises:
            NameInvalid: It cannot be stored.
        """
        return clean_name(self.name)

    @property
    def busy(self) -> bool:
        """Whether the server is being asked."""
        return self.state is EnrolmentState.SENDING

    @property
    def can_take(self) -> bool:
        """Whether another picture can be taken: only after consent, never more than wanted."""
        room = len(self.samples) < self.wanted
        return self.consent and room and not (self.taking or self.busy or self.nobody)

    @property
    def missing(self) -> str:
        """The first thing that is missing, as a sentence; "" when it can be saved."""
        if self.nobody:
            return "Nobody may be enrolled here any more."
        if self.name_problem:
            return self.name_problem
        if not self.consent:
            return "Ask the person, then tick their consent."
        left = self.wanted - len(self.samples)
        if left > 0:
            return f"{left} more {'picture is' if left == 1 else 'pictures are'} needed."
        return ""

    @property
    def can_save(self) -> bool:
        """Whether it can be sent to the server."""
        return not self.missing and not self.busy and not self.taking


def pose_of_place(place: int, taken: Sequence[Pose], following: Pose | None) -> Pose:
    """What an empty place will hold: the next pose first, then those not there yet.

    Args:
        place: Which, from 0, pictures taken included.
        taken: Poses of the pictures taken.
        following: What is asked for next.
    """
    left = [pose for pose in ORDER if pose not in taken]
    if following in left:
        left.remove(following)
        left.insert(0, following)
    at = place - len(taken)
    return left[at] if at < len(left) else Pose.OTHER


@dataclass(frozen=True, slots=True)
class Answer:
    """A refusal in the dialog's words.

    Attributes:
        headline: What is so.
        reason: Why, and what can be done.
        same_person: The word on the button that adds the pictures to the known person; "" if none.
        override: The word on the button that enrols anyway; "" if none.
        retry: The word on the button that sends it again; "" if none.
        sign_in: Whether somebody has to sign in before it is sent again.
        to_name: Why the name has to change, as the line under it says; "" when it need not.
        sample: The index of a picture to drop, if that is the cure.
        ask_again: Whether the person has to agree once more.
    """

    headline: str
    reason: str
    same_person: str = ""
    override: str = ""
    retry: str = ""
    sign_in: bool = False
    to_name: str = ""
    sample: int | None = None
    ask_again: bool = False


NOBODY = Answer(
    "Nobody may be enrolled at this checkpoint any more",
    "This was changed at the server just now. Ask the administrator, or close: nothing is stored.",
)
"""What is told where the rule changes while somebody enrols."""

_NO_ANSWER = Answer(
    "The server did not answer",
    "Nothing is lost: name and pictures are still here. Save again once it is back.",
    retry="Save again",
)
_ALWAYS: dict[str | None, Answer] = {
    "timeout": _NO_ANSWER,
    "server_unreachable": _NO_ANSWER,
    "consent_outdated": Answer(
        "The text that people agree to was changed",
        "Ask the person again with the text as it is now, tick their consent, and save.",
        ask_again=True,
    ),
    "too_many_tries": Answer(
        "Too many tries at this checkpoint",
        "Whoever runs the server can let you try again (Checkpoints). The pictures are "
        "still here: save again then.",
        retry="Save again",
    ),
}
"""Refusals that are told in the same words whatever the server says with them."""


def explain(answer: EnrolAnswered, *, typed_name: str) -> Answer:
    """The choices that a refused enrolment leaves."""
    if answer.code in _ALWAYS:
        return _ALWAYS[answer.code]
    known = printable(answer.display_name, 40)
    match answer.code:
        case "already_enrolled":
            return Answer(
                f"Already enrolled as {known}" if known else "Already enrolled",
                "This face is in the gallery. Add these pictures to it, or enrol another person "
                "who looks alike.",
                same_person=f"Add to {known or 'this person'}" if answer.subject_id else "",
                override="Another person",
            )
        case "name_taken":
            return Answer(
                f"There is another {printable(typed_name, 40)}",
                "Add what tells them apart, such as a department, then save again.",
                to_name="Taken: somebody else has this name.",
            )
        case "name_invalid":
            reason = answer.message or "The server does not take it. Type another one."
            return Answer("The name cannot be stored", reason, to_name=reason)
        case "poor_quality":
            place = "One picture" if answer.sample is None else f"Picture {answer.sample + 1}"
            return Answer(
                f"{place} is not good enough for this server",
                f"{answer.message} Drop it and take it again.".strip(),
                sample=answer.sample,
            )
        case "samples_disagree":
            place = "One picture" if answer.sample is None else f"Picture {answer.sample + 1}"
            return Answer(
                f"{place} shows somebody else",
                "Drop it and take it again, with one person before the camera.",
                sample=answer.sample,
            )
        case "spoof_suspected":
            return Answer(
                "Not shown to be a living person",
                f"{answer.message} Save again for another try.",
                retry="Try again",
            )
        case "sign_in_first":
            return Answer(
                "Sign in first",
                answer.message,
                retry="Sign in and save",
                sign_in=True,
            )
        case "erased":
            return Answer("This person was erased at the server", answer.message)
        case _:
            return Answer("Not stored", answer.message, retry="Save again")
