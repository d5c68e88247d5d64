"""The state that is shown: what is done, and the worst of what is wrong meanwhile."""

from server.condition import Condition
from server.events import GridEvent, GridState, ServerStateChanged

RUNNING = ServerStateChanged(GridState.RUNNING, "Listening.", "127.0.0.1", 5050)


def make() -> tuple[Condition, list[GridEvent]]:
    """A condition and what it posted."""
    posted: list[GridEvent] = []
    return Condition(posted.append), posted


def test_troubles_show_only_while_running() -> None:
    """A full disk is not the news while the server is stopped."""
    condition, posted = make()
    condition.trouble(GridState.DISK_NEARLY_FULL, "Nearly full.")
    assert condition.now.state is GridState.STOPPED
    assert posted == []
    condition.does(RUNNING)
    assert condition.now.state is GridState.DISK_NEARLY_FULL
    assert condition.now.port == 5050


def test_the_worst_is_shown_first_and_the_next_after_it() -> None:
    """Not recording hides a mismatch, which shows again when recording goes on."""
    condition, posted = make()
    condition.does(RUNNING)
    condition.trouble(GridState.MODEL_MISMATCH, "Other model.")
    condition.trouble(GridState.NOT_RECORDING, "Broken.")
    condition.trouble(GridState.NOT_RECORDING, None)
    condition.trouble(GridState.MODEL_MISMATCH, None)
    assert [event.state for event in posted if isinstance(event, ServerStateChanged)] == [
        GridState.RUNNING,
        GridState.MODEL_MISMATCH,
        GridState.NOT_RECORDING,
        GridState.MODEL_MISMATCH,
        GridState.RUNNING,
    ]


def test_the_same_again_is_not_posted() -> None:
    """Only changes are events."""
    condition, posted = make()
    condition.does(RUNNING)
    condition.does(RUNNING)
    condition.trouble(GridState.NOT_RECORDING, None)
    assert len(posted) == 1
