"""A damaged history is taken from the newest good copy: of everything, or of the history alone."""

from pathlib import Path

import pytest

from database.backups import back_up, stamp
from database.errors import DatabaseDamaged, DatabaseProblem, DatabaseSealed
from database.log import EventLog
from database.reader import EventReader
from server.backup import make_backup
from server.data_folder import DataFolder
from server.events import GridState
from server.history_cipher import HistoryCipher
from server.mending import histories, mend_history, status_of
from server.settings import ServerSettings
from server.vault import open_vault
from tests.database.examples import event

SETTINGS = ServerSettings()


def test_f8_the_newest_good_copy_counts(tmp_path: Path) -> None:
    """A damaged backup and one of other data are passed over; without any a new one begins."""
    folder = DataFolder(tmp_path / "data")
    vault, other = open_vault(folder), DataFolder(tmp_path / "other")
    folder.backups.mkdir(parents=True)
    for number in (1, 2):
        with EventLog(folder.database, HistoryCipher(vault), backup_folder=folder.backups) as log:
            log.append(event()).result(20)
        if number == 1:
            old = back_up(folder.database, folder.backups, made_at_ms=1_000)
        else:
            good = make_backup(folder, vault, folder.backups, now_ms=lambda: 2_000).path
    make_backup(other, open_vault(other), folder.backups, now_ms=lambda: 3_000)
    torn = make_backup(folder, vault, folder.backups, now_ms=lambda: 4_000).path
    torn.write_bytes(torn.read_bytes()[:-20_000])
    assert [path.suffix for path in histories(folder, SETTINGS)] == [".tar"] * 3 + [".db"]
    ahead = folder.backups / f"facenetgrid-daily-{stamp(2**42)}.tar"
    ahead.touch()
    assert histories(folder, SETTINGS)[-1] == ahead, "F11: a wrong clock made it"

    def restored() -> tuple[Path | None, int]:
        folder.database.write_bytes(b"garbage" * 1000)
        backup, kept = mend_history(folder, vault, SETTINGS)
        assert kept
        if not folder.database.exists():
            return backup, 0
        reader = EventReader(folder.database, HistoryCipher(vault))
        found = reader.count()
        reader.close()
        return backup, found

    assert restored() == (good, 2)
    good.unlink()
    assert restored() == (old, 1)
    old.unlink()
    assert restored() == (None, 0)
    assert not list(folder.root.glob(".backing-up-*"))


@pytest.mark.parametrize(
    ("problem", "state", "backups"),
    [
        (DatabaseDamaged("Torn."), GridState.DATABASE_DAMAGED, 1),
        (DatabaseSealed("Another key."), GridState.KEY_UNUSABLE, 1),
        (DatabaseProblem("Odd."), GridState.READ_ONLY, 0),
    ],
)
def test_what_is_wrong_has_its_state(
    tmp_path: Path, problem: DatabaseProblem, state: GridState, backups: int
) -> None:
    """With how many copies there are to restore."""
    folder = DataFolder(tmp_path)
    folder.backups.mkdir(parents=True)
    (folder.backups / "facenetgrid-20260101T000000000.tar").touch()
    found = status_of(problem, folder, SETTINGS)
    assert (found.state, found.backups, found.sentence) == (state, backups, str(problem))
