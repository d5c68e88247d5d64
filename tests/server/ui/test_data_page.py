"""The page of the data: whose it is, and what the rail says of it."""

from server.data_folder import DataFolder
from server.permissions import Role
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def test_the_rail_tells_what_needs_somebody(window: ServerWindow) -> None:
    """No recovery key, an old backup, one that is gone or beside the data; to who can mend it."""
    grid, item = made_up(window), window.rail.items["Data"]
    wait_until(lambda: window.data.status is not None, window=window.root)
    assert item.marked
    grid.recovery_at_ms = 1_790_000_000_000
    window.data.ask()
    wait_until(lambda: not item.marked, window=window.root)
    for change in (
        {"backed_up_days": 9},
        {"backed_up_days": None},
        {"backup_there": False},
        {"backup_path": str(DataFolder.default().backups / "x.tar")},
    ):
        grid.backed_up_days, grid.backup_there, grid.backup_path = 2, True, "/media/usb/x.tar"
        window.data.ask()
        wait_until(lambda: not item.marked, window=window.root)
        for name, value in change.items():
            setattr(grid, name, value)
        window.data.ask()
        wait_until(lambda: item.marked, window=window.root)
        assert not window.data.backup.well
    window.sign_in(grid.sign_in(Role.VIEWER))
    window.go("Data")
    assert window.page == "Dashboard"
    window.sign_in(grid.sign_in(Role.OPERATOR))
    window.go("Data")
    assert window.page == "Data"
    assert window.data.status is None
