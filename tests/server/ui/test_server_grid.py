"""What the window does with the grid, whoever is signed in: the real one can do all of it."""

from server.grid import Grid
from server.ui.server_grid import ServerGrid


def test_the_real_grid_can_be_asked_for_everything() -> None:
    """By name; that the types fit, the checker says (tests/server/ui/test_desk.py)."""
    asked = {name for name in vars(ServerGrid) if not name.startswith("_")}
    assert "start" in asked
    set_when_made = {"books", "settings"}
    assert {name for name in asked - set_when_made if not hasattr(Grid, name)} == set()
