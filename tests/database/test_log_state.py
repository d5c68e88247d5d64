"""The states of the event log: their words are shown and compared, so they are told apart."""

from database.log import LogState as AsTheLogHasIt
from database.log_state import LogState


def test_each_state_has_a_word_of_its_own() -> None:
    """What the log posts is what the window looks up."""
    assert AsTheLogHasIt is LogState
    assert len({str(state) for state in LogState}) == len(LogState) == 6
    assert LogState("recording") is LogState.RECORDING
