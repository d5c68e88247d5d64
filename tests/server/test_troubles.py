"""Troubles while running: the log's, the disk's, and checkpoints with other encoders."""

from pathlib import Path

import pytest

from database.log import LogState
from server.condition import Condition
from server.events import (
    CheckpointChanged,
    CheckpointStatus,
    GalleryChanged,
    GridEvent,
    GridState,
    ServerStateChanged,
    ShutOutWaits,
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


def test_a_clock_in_doubt() -> None:
    """Until it is believed."""
    troubles, condition, _ = make()
    troubles.clock("It says 2031.")
    assert condition.now.state is GridState.CLOCK_DOUBTED
    assert condition.now.sentence == "It says 2031."
    troubles.clock(None)
    assert condition.now.state is GridState.RUNNING


def test_a_backup_that_cannot_be_made() -> None:
    """Until one was made."""
    troubles, condition, _ = make()
    troubles.backup("No room.")
    assert (condition.now.state, condition.now.sentence) == (GridState.NO_BACKUP, "No room.")
    troubles.backup(None)
    assert condition.now.state is GridState.RUNNING


def test_a_flood_is_told_while_it_lasts() -> None:
    """With its sentence, and then the server runs as before."""
    troubles, condition, _ = make()
    troubles.flood("Too many.")
    assert (condition.now.state, condition.now.sentence) == (GridState.FLOODED, "Too many.")
    troubles.flood(None)
    assert condition.now.state is GridState.RUNNING


def test_a_disk_that_does_not_say(tmp_path: Path) -> None:
    """Where the room cannot be asked nothing is claimed."""
    condition = Condition(lambda _event: None)
    Troubles(condition, lambda _event: None, tmp_path / "nowhere").look_at_disk()
    assert condition.now.state is GridState.STOPPED
    assert free_bytes(tmp_path) > 0


def test_people_of_another_model_are_counted_and_named() -> None:
    """Until everybody is enrolled again, or the model of before is back."""
    troubles, condition, posted = make()
    names = ("Ann", "Bob", "Cem", "Dee", "Eve")
    troubles.data_changed(GalleryChanged(0, 0, names))
    assert condition.now.state is GridState.OTHER_MODEL
    assert "Ann, Bob, Cem and 2 more were enrolled" in condition.now.sentence
    assert "Nothing is lost" in condition.now.sentence
    troubles.data_changed(GalleryChanged(4, 12, names[4:]))
    assert condition.now.sentence.startswith("Eve was enrolled")
    troubles.data_changed(GalleryChanged(5, 15))
    assert condition.now.state is GridState.RUNNING
    assert sum(isinstance(event, GalleryChanged) for event in posted) == 3


def test_a_model_that_names_nobody_yet_says_so() -> None:
    """With the people enrolled at that moment."""
    condition = Condition(lambda _event: None)
    condition.does(ServerStateChanged(GridState.RUNNING, "Listening."))
    troubles = Troubles(
        condition,
        lambda _event: None,
        Path(),
        withheld=lambda people: f"{people} are too few." if people < 3 else "",
    )
    troubles.data_changed(GalleryChanged(2, 2))
    assert condition.now.state is GridState.NOT_NAMING
    assert condition.now.sentence == "2 are too few."
    troubles.data_changed(GalleryChanged(3, 3))
    assert condition.now.state is GridState.RUNNING


def test_who_is_shut_out_and_not_written_is_named() -> None:
    """Before everything else, until it is written."""
    troubles, condition, posted = make(room=0)
    troubles.look_at_disk()
    troubles.log_state(LogState.FULL, "No room.")
    troubles.data_changed(ShutOutWaits(("Car park", "Yard")))
    assert condition.now.state is GridState.SHUT_OUT_UNWRITTEN
    assert "until the server ends: Car park, Yard." in condition.now.sentence
    troubles.data_changed(ShutOutWaits(()))
    assert condition.now.state is GridState.NOT_RECORDING
    assert ShutOutWaits(()) in posted
