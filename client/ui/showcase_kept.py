"""The window's states about events that are kept or cannot be delivered, for the screenshots."""

from collections.abc import Callable
from dataclasses import replace

from client import dialling
from client.events import LinkState, LinkStatus, Outcome
from client.outbox import DeadLetter, DeadLetters
from client.ui.showcase_parts import ADDRESS, CLOCK_MS, begin, connected, see, verdict
from client.ui.window import CheckpointWindow
from protocol.errors import Code

_AWAY = LinkStatus(
    LinkState.UNREACHABLE, dialling.refused(ADDRESS), address=ADDRESS, full=True, retry_in_s=9.0
)
_LETTERS = (
    DeadLetter("d1" * 16, CLOCK_MS - 7_300_000, CLOCK_MS - 7_200_000, Code.IDEMPOTENCY_CONFLICT),
    DeadLetter("d2" * 16, CLOCK_MS - 310_000, CLOCK_MS - 300_000, Code.IMPLAUSIBLE_ENCODING),
)


def _status(status: LinkStatus) -> Callable[[CheckpointWindow], None]:
    def show(window: CheckpointWindow) -> None:
        begin(window)
        see(window)
        window.handle(status)

    return show


def not_delivered(window: CheckpointWindow) -> None:
    """The list of events that the server will never take."""
    _status(replace(connected(), dead=len(_LETTERS)))(window)
    window.open_kept()
    window.handle(DeadLetters(_LETTERS))


def decided_here(window: CheckpointWindow) -> None:
    """The server is away, and the checkpoint may decide by its copy of the gallery."""
    begin(window)
    see(window, name="Grace Hopper", outcome=Outcome.IDENTIFIED)
    window.handle(replace(_AWAY, full=False, kept=3, alone_s=13_920.0))
    window.handle(replace(verdict(Outcome.IDENTIFIED, "Grace Hopper"), alone=True))


KEPT_STATES: dict[str, Callable[[CheckpointWindow], None]] = {
    "outbox-full": _status(replace(_AWAY, kept=20_000, refused=7)),
    "disk-full": _status(
        replace(
            _AWAY,
            kept=212,
            refused=2,
            keeping="The disk of this checkpoint is full.",
        )
    ),
    "server-away-decides-here": _status(replace(_AWAY, full=False, kept=3, alone_s=13_920.0)),
    "identified-here": decided_here,
    "some-not-delivered": _status(replace(connected(), dead=2, kept=3)),
    "not-delivered": not_delivered,
}
