"""What the event log is doing, as the window says it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class LogState(StrEnum):
    """What the log is doing, for the banner of the window."""

    CLOSED = "closed"
    RECORDING = "recording"
    WAITING_FOR_LOCK = "waiting_for_lock"
    FULL = "full"
    FAILING = "failing"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class UpgradeProgress:
    """An older history is brought to this version: what is done now, and how far it is.

    `total` is 0 where nobody knows how much there is to do.
    """

    step: str
    done: int = 0
    total: int = 0


TellUpgrade = Callable[[UpgradeProgress], None]
"""Called in the thread that upgrades."""


def tell_nobody(_progress: UpgradeProgress) -> None:
    """For upgrades that nobody watches."""
