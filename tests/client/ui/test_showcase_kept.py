"""The states about events that are kept or cannot be delivered."""

from client.ui.showcase_kept import KEPT_STATES
from client.ui.window import CheckpointWindow


def test_f6_a_full_outbox_and_a_full_disk_look_different(window: CheckpointWindow) -> None:
    """F6: both red, both with their number of events that could not be kept."""
    KEPT_STATES["outbox-full"](window)
    outbox = window.banner.shown
    assert "20,000 wait for the server. 7 could not be kept." in outbox.reason
    assert "20,000 events kept" in window.status.text
    KEPT_STATES["disk-full"](window)
    disk = window.banner.shown
    assert "The disk of this checkpoint is full." in disk.reason
    assert "2 could not be kept" in disk.reason
    assert (outbox.tone, disk.tone) == ("bad", "bad")


def test_what_cannot_be_delivered_is_counted_and_listed(window: CheckpointWindow) -> None:
    """In the status bar, and in a dialog."""
    KEPT_STATES["some-not-delivered"](window)
    assert "2 not delivered" in window.status.text
    assert window.dialogs.all == []
    KEPT_STATES["not-delivered"](window)
    assert window.dialogs.kept is not None
    assert len(window.dialogs.kept.table.get_children()) == 2
    window.dialogs.kept.destroy()


def test_a_verdict_of_the_checkpoint_alone_says_so(window: CheckpointWindow) -> None:
    """On the banner and in the list; before it, for how long that may go on."""
    KEPT_STATES["server-away-decides-here"](window)
    assert "People are identified here for 3 h 52 min" in window.banner.shown.reason
    KEPT_STATES["identified-here"](window)
    shown = window.banner.shown
    assert shown.headline == "Welcome, Grace Hopper"
    assert shown.reason.startswith("Decided here, server away.")
    assert window.results.rows[0].detail == "decided here"
