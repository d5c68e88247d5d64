"""The events: which states serve, and what a report counts."""

import pytest

from server.events import GridState, PhotoReport, PhotoRow


@pytest.mark.parametrize("state", list(GridState))
def test_serving_states(state: GridState) -> None:
    """Troubles that come and go while it runs leave the checkpoints connected."""
    troubles = {
        GridState.DISK_NEARLY_FULL,
        GridState.FLOODED,
        GridState.CLOCK_DOUBTED,
        GridState.SHUT_OUT_UNWRITTEN,
        GridState.NOT_RECORDING,
        GridState.MODEL_MISMATCH,
        GridState.OTHER_MODEL,
        GridState.NOT_NAMING,
        GridState.NO_BACKUP,
    }
    assert state.serving == (state is GridState.RUNNING or state in troubles)


def test_report_counts() -> None:
    """A report says how many files ended how."""
    report = PhotoReport((PhotoRow("a", "A", "in"), PhotoRow("b", "B", "refused", "Dark.")))
    assert (report.count("in"), report.count("refused"), report.count("failed")) == (1, 1, 0)
