"""A backup under way, without a window."""

from pathlib import Path

from server.backup import BackupFailed, BackupMade
from server.ui.backup_run import BackupRun


def test_one_at_a_time_and_how_it_ended_is_kept() -> None:
    """The clock runs while it is made; both endings are sentences."""
    now = [10.0]
    run = BackupRun(lambda: now[0])
    assert run.begin()
    assert not run.begin()
    now[0] += 65.5
    assert run.running_s == 65
    made = BackupMade(Path("x.tar"), 3, 1_500_000, "5d1e", ())
    run.make(lambda _path: made, Path("x.tar"))
    assert run.running_s is None
    assert run.told == (made.sentence, "good")

    def fail(_path: Path) -> BackupMade:
        raise BackupFailed("No backup was made: there is no room left.")

    assert run.begin()
    assert run.told is None
    run.make(fail, Path("x.tar"))
    assert run.told == ("No backup was made: there is no room left.", "bad")
