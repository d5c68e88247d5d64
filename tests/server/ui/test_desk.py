"""Tests of what pages share."""

from typing import TYPE_CHECKING

from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until

if TYPE_CHECKING:
    from server.acting_grid import ActingGrid
    from server.grid import Grid
    from server.ui.desk import GridLike
    from server.ui.server_grid import ServerGrid

    def _the_real_grid_is_what_the_window_expects(grid: Grid) -> ServerGrid:
        """Checked by mypy alone."""
        return grid

    def _and_so_is_what_its_pages_get(grid: ActingGrid) -> GridLike:
        """Checked by mypy alone."""
        return grid


def test_ready_only_while_the_data_are_open(window: ServerWindow) -> None:
    """Pages get the grid when its data are open and the window is not being closed."""
    grid = made_up(window)
    assert window.desk.ready is window.desk.grid
    assert window.desk.ready is not None
    grid.ready = False
    assert window.desk.ready is None
    grid.ready = True
    window.presenter.closing = True
    assert window.desk.ready is None
    window.presenter.closing = False


def test_an_error_in_the_background_is_a_sentence(window: ServerWindow) -> None:
    """What a question raised is shown in the corner."""

    def fail() -> None:
        raise OSError("The disk is full.")

    window.desk.ask("", fail, lambda _none: None)
    wait_until(lambda: window.desk.toast.text == "The disk is full.", window=window.root)
