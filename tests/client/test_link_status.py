"""What the link tells about itself."""

from client.errands import Errands
from client.events import LinkState, LinkStatus
from client.link_status import StatusTeller
from client.outbox import MemoryOutbox
from tests.client.fakes import Collector


def test_a_status_is_posted_when_it_changed_and_a_countdown_once_a_second() -> None:
    """The first one in any case."""
    posted = Collector()
    errands = Errands(MemoryOutbox(), posted)
    teller = StatusTeller("lobby:5050", posted)
    for retry_in_s in (4.0, 3.9, 3.8):
        teller.tell(LinkState.UNREACHABLE, "Away.", "lobby:5050", errands, retry_in_s=retry_in_s)
    assert [status.retry_in_s for status in posted.of(LinkStatus)] == [4.0]
    teller.tell(LinkState.CONNECTED, "", "lobby:5050", errands)
    teller.tell(LinkState.CONNECTED, "", "lobby:5050", errands)
    assert [status.state for status in posted.of(LinkStatus)] == [
        LinkState.UNREACHABLE,
        LinkState.CONNECTED,
    ]


def test_f11_clocks_apart_are_told_in_minutes() -> None:
    """F11: less than one is none, as where the server flags events."""
    posted = Collector()
    errands = Errands(MemoryOutbox(), posted)
    teller = StatusTeller("lobby:5050", posted)
    for ahead_s in (0.3, -59.9, 60.1, 61.0, -3601.0):
        teller.tell(LinkState.CONNECTED, "", "lobby:5050", errands, clock_ahead_s=ahead_s)
    assert [status.clock_ahead_min for status in posted.of(LinkStatus)] == [0, 1, -60]


def test_how_long_the_checkpoint_may_decide_is_told_in_minutes() -> None:
    """Or the status would be another one ten times a second."""
    posted = Collector()
    errands = Errands(MemoryOutbox(), posted)
    teller = StatusTeller("lobby:5050", posted)
    for alone_s in (119.9, 119.0, 60.0):
        teller.tell(LinkState.CONNECTING, "", "lobby:5050", errands, alone_s=alone_s)
    assert [status.alone_s for status in posted.of(LinkStatus)] == [60.0]
