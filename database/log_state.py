"""What the event log is doing, as the window says it."""

from enum import StrEnum


class LogState(StrEnum):
    """What the log is doing, for the banner of the window."""

    CLOSED = "closed"
    RECORDING = "recording"
    WAITING_FOR_LOCK = "waiting_for_lock"
    FULL = "full"
    FAILING = "failing"
    FAULT = "fault"
