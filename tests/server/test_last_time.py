"""The last believed time: kept, sealed, and held against the clock of the next start."""

import logging
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from server.acting_grid import ActingGrid
from server.administration import command_line
from server.books import Books
from server.data_folder import DataFolder
from server.events import GridState
from server.last_time import LastTime, clock_of
from server.permissions import Action
from server.purposes import Purpose
from server.settings import ServerSettings
from tests.server.office import MadeUpVault
from tests.server.wire import face, identify, served
from tests.support import wait_until

YEARS_MS = 10 * 365 * 86_400_000


def test_it_is_read_again_with_its_key_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """None before the first; of another key, damaged or no file it is none, and logged."""
    path = tmp_path / "database" / "last-time.sealed"
    kept = LastTime(path, MadeUpVault().sealer("last time"))
    assert kept.read() is None
    kept.write(1_790_000_000_000)
    assert kept.read() == 1_790_000_000_000
    assert b"179" not in path.read_bytes()
    with caplog.at_level(logging.WARNING):
        assert LastTime(path, MadeUpVault(b"x" * 32).sealer("last time")).read() is None
        path.write_bytes(path.read_bytes()[:-1])
        assert kept.read() is None
        path.unlink()
        path.mkdir()
        assert kept.read() is None
        kept.write(7)
    assert caplog.messages == ["last_time_unusable"] * 3 + ["last_time_not_kept"]


def test_f11_a_start_with_a_clock_years_ahead_deletes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F11: shown until an administrator confirms it, which the audit log has; then it counts."""
    settings = ServerSettings(port=0, event_days=30)
    with served(tmp_path, settings=settings) as running, running.checkpoint() as gate:
        gate.ask(identify(face(1)))
        assert running.grid.history.count() == 1
    with monkeypatch.context() as patch:
        ahead_ms = time.time_ns() // 1_000_000 + YEARS_MS
        patch.setattr("server.open_data.now_ms", lambda: ahead_ms)
        DataFolder(tmp_path).last_time.unlink(missing_ok=True)  # the audit log knows it, too
        with served(tmp_path, settings=settings) as running:
            grid, books, data = running.grid, running.grid.books, running.grid._opened
            assert books is not None
            wait_until(lambda: grid.status.state is GridState.CLOCK_DOUBTED)
            assert "confirm that it is right" in grid.status.sentence
            assert grid.history.count() == 1
            last = LastTime(data.folder.last_time, data.vault.sealer(Purpose.LAST_TIME))
            assert (last.read() or ahead_ms) < ahead_ms - YEARS_MS / 2
            ActingGrid(grid, books.administration, command_line()).confirm_clock()
            data.tidy()
            wait_until(lambda: grid.history.count() == 0)
            assert last.read() == ahead_ms
            (entry,) = books.audit.entries((Action.CONFIRM_CLOCK,))
            assert str(entry.details["clock"]).endswith("UTC")


def test_the_file_is_asked_before_the_log(tmp_path: Path) -> None:
    """Records have the times of a wrong clock, too; the file has believed ones alone."""
    folder, vault = DataFolder(tmp_path), MadeUpVault()
    now_ms = 1_790_000_000_000
    assert clock_of(folder, vault, None, lambda: now_ms).believed()
    kept = LastTime(folder.last_time, vault.sealer(Purpose.LAST_TIME))
    assert kept.read() == now_ms
    later = clock_of(folder, vault, None, lambda: now_ms + YEARS_MS)
    assert not later.believed()
    assert kept.read() == now_ms


def test_f11_a_second_start_in_doubt_is_no_more_believed(tmp_path: Path) -> None:
    """F11: the first one has written its wrong time into the audit log by then."""
    folder, vault = DataFolder(tmp_path), MadeUpVault()
    right_ms = 1_790_000_000_000
    said = [SimpleNamespace(at_ms=right_ms)]
    books = cast("Books", SimpleNamespace(audit=SimpleNamespace(entries=lambda _actions: said)))
    ahead_ms = right_ms + YEARS_MS
    assert not clock_of(folder, vault, books, lambda: ahead_ms).believed()
    said.append(SimpleNamespace(at_ms=ahead_ms))
    assert not clock_of(folder, vault, books, lambda: ahead_ms + 1000).believed()
    assert clock_of(folder, vault, books, lambda: right_ms + 1000).believed()
