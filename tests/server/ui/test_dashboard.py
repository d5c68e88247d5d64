"""Tests of the dashboard on the real window."""

from server.ui.front import SMALLEST
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def test_tiles_count_events_as_they_come(window: ServerWindow) -> None:
    """An event raises its tile and is the first row."""
    wait_until(lambda: window.presenter.tiles.identified[0] != "0", window=window.root)
    before = window.presenter.tiles.not_enrolled[0]
    record = made_up(window).happen("not_enrolled")
    wait_until(lambda: window.dashboard.events.records[0] == record, window=window.root)
    wait_until(
        lambda: window.dashboard.tiles["not_enrolled"].text.split()[0] == str(int(before) + 1),
        window=window.root,
    )


def test_checkpoints_and_minutes_are_there(window: ServerWindow) -> None:
    """The short table lists the checkpoints and the chart has an hour of minutes."""
    wait_until(lambda: len(window.dashboard.checkpoints.get_children()) == 4, window=window.root)
    wait_until(lambda: len(window.dashboard.chart._minutes) == 60, window=window.root)
    assert "3 / 4" in window.dashboard.tiles["checkpoints"].text


def test_first_steps_give_way_to_the_chart(empty_window: ServerWindow) -> None:
    """With the first person enrolled the three steps go."""
    window = empty_window
    wait_until(window.dashboard.first_steps.winfo_ismapped, window=window.root)
    from server.events import GalleryChanged

    window.mailbox.post(GalleryChanged(1, 2))
    wait_until(lambda: not window.dashboard.first_steps.winfo_ismapped(), window=window.root)
    assert window.dashboard.chart.winfo_ismapped()


def test_every_column_is_in_sight_in_the_smallest_window(window: ServerWindow) -> None:
    """History and checkpoints, on the dashboard and on their own pages."""
    width, height = SMALLEST
    window.root.geometry(f"{width}x{height}")
    for page in ("History", "Checkpoints", "Dashboard"):
        window.go(page)
        window.root.update()
    for table in (
        window.history.events.table,
        window.checkpoints.table,
        window.dashboard.events.table,
        window.dashboard.checkpoints,
    ):
        columns = sum(int(table.column(name, "width")) for name in table["columns"])
        assert columns <= table.winfo_width()
