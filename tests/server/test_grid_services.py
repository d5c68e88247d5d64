"""The services of open data: there while the grid is ready, refused in a sentence before."""

from pathlib import Path

import pytest

from security.recovery import RecoveryKey
from server.data_folder import DataFolder
from server.grid_services import GridServices
from server.key_acts import use_recovery
from tests.server.wire import served

SERVICES = ("vault", "people", "recognition", "verification", "enrolment", "history")


@pytest.mark.parametrize("name", SERVICES)
def test_before_the_data_are_open_nothing_is_handed_out(name: str) -> None:
    """The mistake is the caller's, and is said."""
    with pytest.raises(RuntimeError, match="not open"):
        getattr(GridServices(), name)


def test_all_are_there_when_ready(tmp_path: Path) -> None:
    """Each the one of the open data."""
    with served(tmp_path) as running:
        assert running.grid.ready
        for name in SERVICES:
            assert getattr(running.grid, name) is getattr(running.grid._opened, name)


def test_a_recovery_key_and_a_backup_of_a_running_grid(tmp_path: Path) -> None:
    """What was kept opens the vault without its master key; the backup is remembered."""
    with served(tmp_path / "data") as running:
        grid = running.grid
        assert grid.key_status.recovery_at_ms is None
        assert grid.last_backup is None
        key = RecoveryKey.fresh()
        grid.keep_recovery(key, by="Ann")
        assert grid.key_status.recovery_at_ms is not None
        made = grid.back_up(tmp_path / "mine.tar")
        last = grid.last_backup
        assert last is not None
        assert (last.path, last.files) == (str(made.path), made.files)
        assert last.there
        assert last.fingerprint == grid.key_status.fingerprint
    folder = DataFolder(tmp_path / "data")
    folder.master_key.unlink()
    use_recovery(folder, key.text, by="Ann")
