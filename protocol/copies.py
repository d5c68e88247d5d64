"""Copies of the gallery at checkpoints: asked for page by page, from a version on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from protocol.errors import BadMessage
from protocol.fields import Choice, Field, Integer, ListOf, Made, Number, Pattern, Text
from protocol.liveness import Mode
from protocol.message import Reply, Request
from protocol.wire import DisplayName, Moment, OpaqueId, Wire, Yes

LONGEST_HOURS = 72
OFFLINE_OUTCOMES = ("identified", "not_enrolled", "ambiguous", "spoof_suspected")
"""What a checkpoint can decide alone."""

PAGE_BYTES = 40 * 1024
"""Of people in one page: with the rest it stays below the 64 KiB that any message may have."""

MAX_PEOPLE = 500
MAX_REMOVED = 1000

Version = Annotated[int, Integer(0, 2**53)]
Hours = Annotated[int, Integer(0, LONGEST_HOURS, "of hours")]
Row = Text(6000)
"""Numbers as base64: little-endian float32 of a template, float64 of a policy's middle."""

_ID = Pattern(r"[0-9a-f]{32}", "32 characters of 0-9 a-f")
_SHARE = Number(0.0, 1.0)
_DISTANCE = Number(0.0, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline(Wire):
    """What a checkpoint decided alone about an event.

    Attributes:
        outcome: What the person was told.
        subject_id: Whom it named, exactly when identified.
        copy_version: Of the copy it decided by.
    """

    outcome: Annotated[str, Choice(OFFLINE_OUTCOMES)]
    subject_id: OpaqueId | None
    copy_version: Version

    def check(self) -> None:
        """Somebody is named exactly when identified.

        Raises:
            BadMessage: It is otherwise.
        """
        if (self.outcome == "identified") != (self.subject_id is not None):
            raise BadMessage("offline.subject_id", "must be given exactly when identified")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedPerson(Wire):
    """Somebody enrolled: what a search needs and no more.

    Attributes:
        subject_id: Of the person.
        display_name: To be shown.
        template: The fused unit template.
        samples: How many samples it is the mean of; two stand for more.
    """

    subject_id: OpaqueId
    display_name: DisplayName
    template: Annotated[str, Row]
    samples: Annotated[int, Integer(1, 2)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedPolicy(Wire):
    """When a probe is somebody, as the server decides; see `biometrics.policy.Policy`.

    `nearest` 0 means that there is no cohort term, `middle` null that none is known.
    """

    threshold: Annotated[float, _DISTANCE]
    margin: Annotated[float, _DISTANCE]
    one_sample_allowance: Annotated[float, _DISTANCE]
    min_off_centre: Annotated[float, _DISTANCE]
    min_off_other: Annotated[float, _DISTANCE]
    least_own_part: Annotated[float, _SHARE]
    min_off_middle: Annotated[float, _DISTANCE]
    farthest: Annotated[float, _DISTANCE]
    withheld: Annotated[str, Text(300, shortest=0)]
    middle: Annotated[str, Row] | None
    nearest: Annotated[int, Integer(0, 1000)]
    weight: Annotated[float, _SHARE]
    usual: Annotated[float, Number(-1.0, 1.0)]


def _made(cls: type[Wire], words: str) -> Field:
    """The field of such an object within a message."""

    def read(value: object, path: str) -> Wire:
        if isinstance(value, cls):
            value = value.to_wire()
        if not isinstance(value, Mapping):
            raise BadMessage(path, "must be an object")
        return cls.from_wire(value, path + ".")

    def write(value: object) -> object:
        assert isinstance(value, cls)
        return value.to_wire()

    return Made(words, read, write)


OfflineSaid = Annotated[Offline, _made(Offline, "object of outcome, subject_id, copy_version")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryChanges(Request):
    """What changed in the gallery since this version?

    Attributes:
        epoch: Of the copy, as the server called it; null asks for everything.
        since: The version up to which the copy is complete.
    """

    kind: ClassVar[str] = "gallery_changes"
    epoch: OpaqueId | None
    since: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryPage(Reply):
    """Some of what changed, oldest first.

    Attributes:
        epoch: Another one than asked for: everything held is from before and goes at the end.
        version: The copy is complete up to here once this page is taken over.
        more: There is more to ask for.
        offline_hours: How long the copy may decide without the server; 0 forbids it.
        people: Who came or changed.
        removed: Subject ids of who is not enrolled any more.
        erased: Those of them of whom nothing may be kept, not even an event.
        liveness: What the server demands.
        policy: With the last page.
    """

    kind: ClassVar[str] = "gallery_page"
    epoch: OpaqueId
    version: Version
    more: Yes
    offline_hours: Hours
    server_time_ms: Moment
    people: Annotated[
        tuple[CopiedPerson, ...],
        ListOf(_made(CopiedPerson, "object of a person and a template"), 0, MAX_PEOPLE),
    ]
    removed: Annotated[tuple[str, ...], ListOf(_ID, 0, MAX_REMOVED)]
    erased: Annotated[tuple[str, ...], ListOf(_ID, 0, MAX_REMOVED)]
    liveness: Mode
    policy: Annotated[CopiedPolicy, _made(CopiedPolicy, "object of the policy's numbers")] | None
