"""Troubles while running: the log's, the disk's, and checkpoints with other encoders."""

from pathlib import Path

import pytest

from database.log import LogState
from server.condition import Condition
from server.events import (
    CheckpointChanged,
    CheckpointStatus,
    GridEvent,
    GridState,
    ServerStateChanged,
)
from server.troubles import DISK_WARNING_BYTES, Troubles, free_bytes


def make(room: int = 2**40) -> tuple[Troubles, Condition, list[GridEvent]]:
    """Troubles of a running server."""
    posted: list[GridEvent] = []
    condition = Condition(posted.append)
    condition.does(ServerStateChanged(GridState.RUNNING, "Listening."))
    return Troubles(condition, posted.append, Path(), lambda _root: room), condition, posted


@pytest.mark.parametrize("state", list(LogState))
def test_every_state_of_the_log(state: LogState) -> None:
    """Only recording (and a log closed on purpose) is no trouble."""
    troubles, condition, _ = make()
    troubles.log_state(state, "What is wrong.")
    fine = state in (LogState.RECORDING, LogState.CLOSED)
    assert (condition.now.state is GridState.RUNNING) == fine


def changed(name: str, *, mismatch: bool) -> CheckpointChanged:
    """A checkpoint's change."""
    status = CheckpointStatus(name, name.title(), False, 1, "", "", mismatch=mismatch)
    return CheckpointChanged(status)


def test_mismatches_are_named_until_each_is_mended() -> None:
    """Two checkpoints with another model are named; the state ends with the last of them."""
    troubles, condition, posted = make()
    troubles.checkpoint_changed(changed("east", mismatch=True))
    troubles.checkpoint_changed(changed("west", mismatch=True))
    assert "East, West" in condition.now.sentence
    troubles.checkpoint_changed(changed("east", mismatch=False))
    assert condition.now.state is GridState.MODEL_MISMATCH
    troubles.checkpoint_changed(changed("west", mismatch=False))
    assert condition.now.state is GridState.RUNNING
    assert sum(isinstance(event, CheckpointChanged) for event in posted) == 4


@pytest.mark.parametrize(("room", "warned"), [(DISK_WARNING_BYTES - 1, True), (2**40, False)])
def test_the_disk(room: int, *, warned: bool) -> None:
    """Little room is a warning."""
    troubles, condition, _ = make(room)
    troubles.look_at_disk()
    assert (condition.now.state is GridState.DISK_NEARLY_FULL) == warned


def test_a_disk_that_does_not_say(tmp_path: Path) -> None:
    """Where the room cannot be asked nothing is claimed."""
    condition = Condition(lambda _event: None)
    Troubles(condition, lambda _event: None, tmp_path / "nowhere").look_at_disk()
    assert condition.now.state is GridState.STOPPED
    assert free_bytes(tmp_path) > 0
