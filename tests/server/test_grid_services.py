"""The services of open data: there while the grid is ready, refused in a sentence before."""

from pathlib import Path

import pytest

from server.grid_services import GridServices
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
