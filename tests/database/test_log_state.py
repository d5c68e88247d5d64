"""The states of the event log: their words are shown and compared, so they are told apart."""

from database.log import LogState as AsTheLogHasIt
from database.log_state import LogState, UpgradeProgress, tell_nobody


def test_each_state_has_a_word_of_its_own() -> None:
    """What the log posts is what the window looks up."""
    assert AsTheLogHasIt is LogState
    assert len({str(state) for state in LogState}) == len(LogState) == 6
    assert LogState("recording") is LogState.RECORDING


def test_an_upgrade_may_have_no_number_and_nobody_to_tell() -> None:
    """A step whose end cannot be told is one without a total."""
    progress = UpgradeProgress("A copy of it is made first")
    assert (progress.done, progress.total) == (0, 0)
    tell_nobody(progress)
    assert progress != UpgradeProgress(progress.step, 1, 2)
