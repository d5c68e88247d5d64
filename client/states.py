"""The checkpoint and an enrolment as tables: enums, transitions, and nothing else.

The code, the tests and the diagrams in `docs/` are made from the two tables. A pair that is not in
a table is illegal: `after` raises and nothing changes.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar


class CheckpointState(StrEnum):
    """What a checkpoint is doing."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    READY = "ready"
    CAPTURING = "capturing"
    AWAITING_VERDICT = "awaiting verdict"
    CHALLENGING = "challenging"
    SHOWING_VERDICT = "showing verdict"
    FAULT = "fault"


class Signal(StrEnum):
    """What moves a checkpoint from one state to another."""

    TRYING = "trying"  # a connection is being made
    LINK_UP = "link up"
    LINK_DOWN = "link down"
    FACE_SEEN = "face seen"
    FACE_GONE = "face gone"
    CHALLENGED = "challenged"  # the person is to blink or turn the head
    ASKED = "asked"  # a probe is on its way, or kept
    ANSWERED = "answered"  # a verdict, or that there is none in time, or why there is no probe
    SHOWN = "shown"  # the verdict was on the screen long enough
    FAULT = "fault"  # no camera, or no models
    MENDED = "mended"  # the last fault is over, the server can be asked
    MENDED_OFFLINE = "mended offline"  # the last fault is over, the server cannot be asked


class EnrolmentState(StrEnum):
    """How far an enrolment is."""

    NONE = "none"
    COLLECTING = "collecting"
    REVIEWING = "reviewing"
    SENDING = "sending"
    STORED = "stored"
    REJECTED = "rejected"


class EnrolmentSignal(StrEnum):
    """What moves an enrolment."""

    BEGIN = "begin"
    TAKEN = "sample taken"
    ENOUGH = "enough samples"
    DROPPED = "sample dropped"
    SUBMIT = "submit"
    STORED = "stored"
    REJECTED = "rejected"
    CANCEL = "cancel"


class IllegalTransition(RuntimeError):  # noqa: N818 - named as the thing that happened
    """Raised when a signal has no place in the state: our own mistake, never a peer's."""


_C = CheckpointState
_S = Signal

CHECKPOINT_START = CheckpointState.OFFLINE
CHECKPOINT_TABLE: Mapping[tuple[CheckpointState, Signal], CheckpointState] = MappingProxyType(
    {
        (_C.OFFLINE, _S.TRYING): _C.CONNECTING,
        (_C.OFFLINE, _S.LINK_UP): _C.READY,
        (_C.OFFLINE, _S.LINK_DOWN): _C.OFFLINE,
        # Faces go on being looked at without a server: the events are kept.
        (_C.OFFLINE, _S.FACE_SEEN): _C.OFFLINE,
        (_C.OFFLINE, _S.FACE_GONE): _C.OFFLINE,
        (_C.OFFLINE, _S.CHALLENGED): _C.OFFLINE,
        (_C.OFFLINE, _S.ASKED): _C.OFFLINE,
        (_C.OFFLINE, _S.ANSWERED): _C.OFFLINE,
        (_C.OFFLINE, _S.SHOWN): _C.OFFLINE,
        (_C.OFFLINE, _S.FAULT): _C.FAULT,
        (_C.CONNECTING, _S.TRYING): _C.CONNECTING,
        (_C.CONNECTING, _S.LINK_UP): _C.READY,
        (_C.CONNECTING, _S.LINK_DOWN): _C.OFFLINE,
        (_C.CONNECTING, _S.FACE_SEEN): _C.CONNECTING,
        (_C.CONNECTING, _S.FACE_GONE): _C.CONNECTING,
        (_C.CONNECTING, _S.CHALLENGED): _C.CONNECTING,
        (_C.CONNECTING, _S.ASKED): _C.CONNECTING,
        (_C.CONNECTING, _S.ANSWERED): _C.CONNECTING,
        (_C.CONNECTING, _S.SHOWN): _C.CONNECTING,
        (_C.CONNECTING, _S.FAULT): _C.FAULT,
        (_C.READY, _S.LINK_DOWN): _C.OFFLINE,
        (_C.READY, _S.FACE_SEEN): _C.CAPTURING,
        (_C.READY, _S.FACE_GONE): _C.READY,
        (_C.READY, _S.CHALLENGED): _C.CHALLENGING,
        (_C.READY, _S.ASKED): _C.AWAITING_VERDICT,
        (_C.READY, _S.ANSWERED): _C.SHOWING_VERDICT,
        (_C.READY, _S.SHOWN): _C.READY,
        (_C.READY, _S.FAULT): _C.FAULT,
        (_C.CAPTURING, _S.LINK_DOWN): _C.OFFLINE,
        (_C.CAPTURING, _S.FACE_SEEN): _C.CAPTURING,
        (_C.CAPTURING, _S.FACE_GONE): _C.READY,
        (_C.CAPTURING, _S.CHALLENGED): _C.CHALLENGING,
        (_C.CAPTURING, _S.ASKED): _C.AWAITING_VERDICT,
        (_C.CAPTURING, _S.ANSWERED): _C.SHOWING_VERDICT,
        (_C.CAPTURING, _S.SHOWN): _C.CAPTURING,
        (_C.CAPTURING, _S.FAULT): _C.FAULT,
        (_C.AWAITING_VERDICT, _S.LINK_DOWN): _C.OFFLINE,
        (_C.AWAITING_VERDICT, _S.FACE_SEEN): _C.AWAITING_VERDICT,
        (_C.AWAITING_VERDICT, _S.FACE_GONE): _C.AWAITING_VERDICT,
        (_C.AWAITING_VERDICT, _S.CHALLENGED): _C.CHALLENGING,
        (_C.AWAITING_VERDICT, _S.ASKED): _C.AWAITING_VERDICT,
        (_C.AWAITING_VERDICT, _S.ANSWERED): _C.SHOWING_VERDICT,
        (_C.AWAITING_VERDICT, _S.SHOWN): _C.AWAITING_VERDICT,
        (_C.AWAITING_VERDICT, _S.FAULT): _C.FAULT,
        (_C.CHALLENGING, _S.LINK_DOWN): _C.OFFLINE,
        (_C.CHALLENGING, _S.FACE_SEEN): _C.CHALLENGING,
        (_C.CHALLENGING, _S.FACE_GONE): _C.CHALLENGING,
        (_C.CHALLENGING, _S.CHALLENGED): _C.CHALLENGING,
        (_C.CHALLENGING, _S.ASKED): _C.AWAITING_VERDICT,
        (_C.CHALLENGING, _S.ANSWERED): _C.SHOWING_VERDICT,
        (_C.CHALLENGING, _S.SHOWN): _C.CHALLENGING,
        (_C.CHALLENGING, _S.FAULT): _C.FAULT,
        (_C.SHOWING_VERDICT, _S.LINK_DOWN): _C.OFFLINE,
        (_C.SHOWING_VERDICT, _S.FACE_SEEN): _C.SHOWING_VERDICT,
        (_C.SHOWING_VERDICT, _S.FACE_GONE): _C.SHOWING_VERDICT,
        (_C.SHOWING_VERDICT, _S.CHALLENGED): _C.CHALLENGING,
        (_C.SHOWING_VERDICT, _S.ASKED): _C.AWAITING_VERDICT,
        (_C.SHOWING_VERDICT, _S.ANSWERED): _C.SHOWING_VERDICT,
        (_C.SHOWING_VERDICT, _S.SHOWN): _C.READY,
        (_C.SHOWING_VERDICT, _S.FAULT): _C.FAULT,
        # A fault hides the link and the faces until it is over.
        (_C.FAULT, _S.TRYING): _C.FAULT,
        (_C.FAULT, _S.LINK_UP): _C.FAULT,
        (_C.FAULT, _S.LINK_DOWN): _C.FAULT,
        (_C.FAULT, _S.FACE_SEEN): _C.FAULT,
        (_C.FAULT, _S.FACE_GONE): _C.FAULT,
        (_C.FAULT, _S.CHALLENGED): _C.FAULT,
        (_C.FAULT, _S.ASKED): _C.FAULT,
        (_C.FAULT, _S.ANSWERED): _C.FAULT,
        (_C.FAULT, _S.SHOWN): _C.FAULT,
        (_C.FAULT, _S.FAULT): _C.FAULT,
        (_C.FAULT, _S.MENDED): _C.READY,
        (_C.FAULT, _S.MENDED_OFFLINE): _C.OFFLINE,
    }
)

_E = EnrolmentState
_G = EnrolmentSignal

ENROLMENT_START = EnrolmentState.NONE
ENROLMENT_TABLE: Mapping[tuple[EnrolmentState, EnrolmentSignal], EnrolmentState] = MappingProxyType(
    {
        (_E.NONE, _G.BEGIN): _E.COLLECTING,
        (_E.NONE, _G.CANCEL): _E.NONE,
        (_E.COLLECTING, _G.BEGIN): _E.COLLECTING,
        (_E.COLLECTING, _G.TAKEN): _E.COLLECTING,
        (_E.COLLECTING, _G.ENOUGH): _E.REVIEWING,
        (_E.COLLECTING, _G.DROPPED): _E.COLLECTING,
        (_E.COLLECTING, _G.CANCEL): _E.NONE,
        (_E.REVIEWING, _G.BEGIN): _E.COLLECTING,
        (_E.REVIEWING, _G.TAKEN): _E.REVIEWING,
        (_E.REVIEWING, _G.DROPPED): _E.COLLECTING,
        (_E.REVIEWING, _G.SUBMIT): _E.SENDING,
        (_E.REVIEWING, _G.CANCEL): _E.NONE,
        (_E.SENDING, _G.STORED): _E.STORED,
        (_E.SENDING, _G.REJECTED): _E.REJECTED,
        # The server may still store it: cancelling closes the dialog, the answer is dropped.
        (_E.SENDING, _G.CANCEL): _E.NONE,
        (_E.STORED, _G.BEGIN): _E.COLLECTING,
        (_E.STORED, _G.CANCEL): _E.NONE,
        # Another name, a reason for the override, or other samples: the person need not start over.
        (_E.REJECTED, _G.BEGIN): _E.COLLECTING,
        (_E.REJECTED, _G.TAKEN): _E.REVIEWING,
        (_E.REJECTED, _G.DROPPED): _E.COLLECTING,
        (_E.REJECTED, _G.SUBMIT): _E.SENDING,
        (_E.REJECTED, _G.CANCEL): _E.NONE,
    }
)

StateT = TypeVar("StateT", bound=StrEnum)
SignalT = TypeVar("SignalT", bound=StrEnum)


def after(table: Mapping[tuple[StateT, SignalT], StateT], state: StateT, signal: SignalT) -> StateT:
    """The state that follows.

    Raises:
        IllegalTransition: The table has no such pair.
    """
    try:
        return table[state, signal]
    except KeyError:
        raise IllegalTransition(f"{signal!s} has no place while {state!s}") from None


def can(table: Mapping[tuple[StateT, SignalT], StateT], state: StateT, signal: SignalT) -> bool:
    """Whether the table has the pair."""
    return (state, signal) in table
