"""The registry of checkpoints: who is connected, counted by connections."""

from database.records import CheckpointRecord
from server.checkpoints import Checkpoints
from server.events import CheckpointChanged, CheckpointStatus, GridEvent


def status(checkpoint_id: str = "gate-1", *, at_ms: int = 1_000) -> CheckpointStatus:
    """A connected checkpoint."""
    return CheckpointStatus(checkpoint_id, "Gate", True, at_ms, "test 1", "encoder/1")


def test_came_and_went() -> None:
    """Each change is posted and remembered; the first time seen stays."""
    posted, kept = list[GridEvent](), list[CheckpointRecord]()
    registry = Checkpoints(posted.append, kept.append)
    registry.came(status())
    registry.went("gate-1", 2_000)
    states = [event.status.connected for event in posted if isinstance(event, CheckpointChanged)]
    assert states == [True, False]
    assert [(record.first_seen_ms, record.last_seen_ms) for record in kept] == [
        (1_000, 1_000),
        (1_000, 2_000),
    ]
    assert registry.connected == 0


def test_connected_until_the_last_connection_ends() -> None:
    """An old half-open connection that ends does not show a live checkpoint as gone."""
    registry = Checkpoints()
    registry.came(status())
    registry.came(status())
    registry.went("gate-1", 2_000)
    assert registry.list()[0].connected
    registry.went("gate-1", 3_000)
    assert not registry.list()[0].connected


def test_heard_moves_last_seen_quietly() -> None:
    """A heartbeat is noted without an event each time."""
    posted = list[GridEvent]()
    registry = Checkpoints(posted.append)
    registry.came(status())
    registry.heard("gate-1", 5_000)
    registry.heard("nobody", 5_000)
    assert registry.list()[0].last_seen_ms == 5_000
    assert len(posted) == 1


def test_mismatch_until_it_comes_with_the_right_encoder() -> None:
    """A refused checkpoint is shown as mismatched, and mended by a later welcome."""
    registry = Checkpoints()
    registry.refused(status())
    (found,) = registry.list()
    assert (found.checkpoint_id, found.mismatch, found.connected) == ("gate-1", True, False)
    registry.came(status())
    assert not registry.list()[0].mismatch


def test_loaded_from_earlier_runs() -> None:
    """Known checkpoints are there before they connect, and are not connected."""
    registry = Checkpoints()
    registry.load(
        [
            CheckpointRecord(checkpoint_id="b", name="B", first_seen_ms=1, last_seen_ms=2),
            CheckpointRecord(checkpoint_id="a", name="a", first_seen_ms=1, last_seen_ms=2),
        ]
    )
    assert [(found.name, found.connected) for found in registry.list()] == [
        ("a", False),
        ("B", False),
    ]


def test_went_of_an_unknown_one_is_nothing() -> None:
    """A connection that ends twice harms nothing."""
    registry = Checkpoints()
    registry.went("gate-1", 1)
    assert registry.list() == ()
