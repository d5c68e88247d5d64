"""A backup a day at a quiet moment, as many as are set; nobody erased stays in the copies."""

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from database.backups import DAY_MS, made_at_ms, stamp
from database.errors import DatabaseDamaged
from database.log import EventLog
from server import backup_keeper
from server.audit_records import ALLOWED, Entry
from server.backup_format import made_with
from server.backup_keeper import AGAIN_S, CLEAN_AGAIN_S, LATEST_MS, LOOK_S, QUIET_S, BackupKeeper
from server.copies import BY_ITSELF
from server.data_folder import DataFolder
from server.erasure import Erasure
from server.events import GridState
from server.history_accepted import EVENT, Accepted, accepted_in
from server.history_cipher import HistoryCipher
from server.permissions import Action
from server.settings import ServerSettings
from server.vault import open_vault
from tests.database.examples import event
from tests.server.galleries import sample
from tests.server.wire import face, identify, served
from tests.support import wait_until

NOON_MS = 1_790_000_000_000
NONE = ServerSettings(port=0, daily_backups=0)


class MadeUpErasure:
    """Counts how often the copies were cleaned."""

    def __init__(self) -> None:
        self.copies_due = False
        self.cleaned = 0
        self.problems: tuple[str, ...] = ()

    def clean_copies(self) -> tuple[str, ...]:
        """As `Erasure`."""
        self.cleaned += 1
        self.copies_due = bool(self.problems)
        return self.problems


class Days:
    """A keeper on a data folder, with a clock that is set; no thread.

    Args:
        root: The data folder.
    """

    def __init__(self, root: Path) -> None:
        self.folder = DataFolder(root)
        self.now_ms, self.clock_s, self.quiet_s = NOON_MS, 0.0, 0.0
        self.settings = ServerSettings(daily_backups=2)
        self.erasure = MadeUpErasure()
        self.troubles: list[str | None] = []
        self.noted: list[str] = []
        self.told: list[str] = []
        self.alarms: list[str] = []
        self.accepted = Accepted()
        self.believed = True
        self.keeper = BackupKeeper(
            self.folder,
            open_vault(self.folder),
            cast("Erasure", self.erasure),
            settings=lambda: self.settings,
            quiet_s=lambda: self.quiet_s,
            trouble=self.troubles.append,
            tell=self.told.append,
            note=lambda fact, _details: self.noted.append(fact),
            alarm=self.alarms.append,
            accepted=lambda: self.accepted,
            now_ms=lambda: self.now_ms,
            believed=lambda: self.believed,
            clock=lambda: self.clock_s,
        )

    def pass_by(self, ms: int) -> list[int]:
        """Time goes on, the keeper looks; when the backups were made that there are then."""
        self.now_ms += ms
        self.clock_s += ms / 1000
        self.keeper.look()
        made = [made_at_ms(path) for path in self.folder.backups.glob(f"{BY_ITSELF}*.tar")]
        return sorted(ms - NOON_MS for ms in made if ms is not None)


@pytest.fixture
def days(tmp_path: Path) -> Days:
    """An empty data folder."""
    return Days(tmp_path / "data")


def test_one_a_day_when_it_is_quiet_and_as_many_as_are_set(days: Days) -> None:
    """Not in the first minute; a busy day waits no longer than six hours."""
    minute = int(LOOK_S * 1000)
    assert days.pass_by(minute - 1) == []
    assert days.pass_by(1) == [minute]
    assert days.pass_by(DAY_MS - 1) == [minute]
    assert days.pass_by(1) == [minute], "it was busy"
    days.quiet_s = QUIET_S
    first = minute + DAY_MS + 1
    assert days.pass_by(1) == [minute, first]
    days.quiet_s = 0
    assert days.pass_by(LATEST_MS - 1) == [minute, first]
    assert days.pass_by(1) == [first, first + LATEST_MS]
    assert days.noted == ["backup made"] * 3
    assert days.troubles == [None] * 3


def test_f11_backups_that_a_wrong_clock_made_keep_no_new_one_out(days: Days) -> None:
    """F11: of years ahead they would be the newest, and each new one be one too many."""
    days.settings = ServerSettings(daily_backups=1)
    years = 3650 * DAY_MS
    assert days.pass_by(years) == [years]
    days.clock_s += AGAIN_S
    days.now_ms -= years
    assert days.pass_by(DAY_MS) == [DAY_MS]
    assert days.pass_by(DAY_MS + LATEST_MS) == [2 * DAY_MS + LATEST_MS]


def test_after_the_key_was_renewed_the_next_one_does_not_wait(days: Days) -> None:
    """Those of before bring nothing back; they go in their turn, and not those of others."""
    days.settings = replace(days.settings, daily_backups=1)
    first, hour = int(LOOK_S * 1000), int(AGAIN_S * 1000)
    assert days.pass_by(first) == [first]
    assert days.pass_by(hour) == [first]
    fresh = open_vault(days.folder).renewed(b"m" * 32, "a" * 32, "file", None, ())
    fresh.keep(fresh.file, days.folder.vault)
    days.keeper._vault = fresh
    assert days.pass_by(hour) == [first + 2 * hour]
    (new,) = days.folder.backups.glob("*.tar")
    assert made_with(new) == fresh.fingerprint


def test_what_the_start_left_out_of_the_history_is_checked_once(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A find is told with what to do; a history that is in order, or small, says nothing."""
    checked: list[Path] = []

    def find(path: Path, stopped: object) -> bool:
        del stopped
        checked.append(path)
        raise DatabaseDamaged("match_history.db is damaged (an index).")

    days.settings = replace(days.settings, daily_backups=0)
    monkeypatch.setattr(backup_keeper, "check_whole", find)
    monkeypatch.setattr(backup_keeper, "checked_in_part", lambda _path: True)
    days.pass_by(DAY_MS)
    days.pass_by(DAY_MS)
    assert checked == [days.folder.database]
    (told,) = days.told
    assert told.startswith("match_history.db is damaged (an index). Stop the server and start")


def test_none_when_it_is_turned_off(days: Days) -> None:
    """For who backs up by other means."""
    days.settings = replace(days.settings, daily_backups=0)
    assert days.pass_by(DAY_MS) == []


def test_f5_what_fails_is_told_and_takes_no_older_one_along(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, a folder that is not there; tried again after an hour."""
    days.pass_by(DAY_MS)
    usage = shutil.disk_usage(days.folder.root)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _place: usage._replace(free=0))
        assert days.pass_by(LATEST_MS) == [DAY_MS]
    assert "free some space" in str(days.troubles[-1])
    assert days.pass_by(1000) == [DAY_MS], "not again at once"
    assert len(days.pass_by(int(AGAIN_S * 1000))) == 2
    assert days.troubles[-1] is None
    lost = days.folder.root / "usb"
    days.settings = replace(days.settings, backup_folder=str(lost))
    days.pass_by(LATEST_MS)
    assert "Connect its disk" in str(days.troubles[-1])
    days.settings = replace(days.settings, daily_backups=0)
    days.pass_by(1)
    assert days.troubles[-1] is None, "none is wanted"
    lost.mkdir()
    days.settings = replace(days.settings, daily_backups=1)
    days.pass_by(1)
    assert len(list(lost.glob("*.tar"))) == 1, "not an hour later"


def test_copies_of_the_history_alone_are_counted_and_those_by_hand_are_not(days: Days) -> None:
    """An earlier version made those every day; what somebody asked for nobody removes."""
    days.folder.backups.mkdir(parents=True)
    old = [
        days.folder.backups / f"match_history-daily-{stamp(NOON_MS - number)}.db"
        for number in range(3)
    ]
    by_hand = days.folder.backups / f"facenetgrid-{stamp(NOON_MS - 9)}.tar"
    upgrade = days.folder.backups / f"match_history-before-upgrade-{stamp(NOON_MS - 9)}.db"
    for path in (*old, by_hand, upgrade):
        path.write_bytes(b"rows")
    days.pass_by(DAY_MS)
    assert [path.exists() for path in (*old, by_hand, upgrade)] == [True, False, False, True, True]


def test_copies_are_cleaned_at_the_start_and_when_somebody_was_erased(days: Days) -> None:
    """What could not be changed is told once, and tried again after a day; it is in the log."""
    days.settings = replace(days.settings, daily_backups=0)
    days.keeper.look(asked=True)
    assert days.erasure.cleaned == 0, "nothing was due"
    days.erasure.copies_due, days.erasure.problems = True, ("One is damaged.",)
    days.keeper.look()
    days.keeper.look()
    assert days.erasure.cleaned == 1
    days.keeper.look(asked=True)
    assert days.erasure.cleaned == 2
    assert days.told == ["Somebody erased may still be in a copy. One is damaged."]
    assert days.noted == ["erased people taken out of copies"]
    days.clock_s += CLEAN_AGAIN_S
    days.erasure.problems = ()
    days.keeper.look()
    assert (days.erasure.cleaned, days.erasure.copies_due) == (3, False)
    assert days.noted == ["erased people taken out of copies"] * 2


def test_what_lies_aside_has_its_days(days: Days) -> None:
    """Looked at once an hour; 0 keeps it for ever."""
    aside = days.folder.root / f"set-aside-{stamp(NOON_MS)}"
    aside.mkdir()
    days.pass_by(30 * DAY_MS)
    assert aside.exists()
    days.pass_by(1)
    assert aside.exists(), "not within the hour"
    days.settings = replace(days.settings, set_aside_days=0)
    days.pass_by(DAY_MS)
    assert aside.exists()
    days.settings = replace(days.settings, set_aside_days=30)
    days.believed = False
    days.pass_by(DAY_MS)
    assert aside.exists(), "the clock has jumped"
    days.believed = True
    days.pass_by(DAY_MS)
    assert not aside.exists()


def test_the_running_server_does_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside its checkpoints: a whole backup; then Grace is erased and gone from it too."""
    monkeypatch.setattr(backup_keeper, "LOOK_S", 0.02)
    with served(tmp_path / "data", settings=NONE) as running, running.checkpoint() as gate:
        grid = running.grid
        grace = grid.people.add("Grace Hopper", [sample(1)]).subject_id
        assert gate.ask(identify(face(1))).kind == "verdict"
        grid.change_settings(replace(NONE, daily_backups=7))
        wait_until(lambda: list(running.folder.backups.glob(f"{BY_ITSELF}*.tar")))
        (backup,) = running.folder.backups.glob(f"{BY_ITSELF}*.tar")
        assert f"{grace}.pkl".encode() in backup.read_bytes()
        receipt = grid.erase_person(grace, by="account:7")
        assert (receipt.backups, receipt.copies_ended_at_ms) == (1, None)
        receipts = grid._opened.erasure.receipts

        def ended() -> bool:
            found = receipts.read(grace)
            return found is not None and found.copies_ended_at_ms is not None

        wait_until(ended)
        assert f"{grace}.pkl".encode() not in backup.read_bytes()


def test_a_backup_that_cannot_be_made_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the window's banner, while everybody is served."""
    monkeypatch.setattr(backup_keeper, "LOOK_S", 0.02)
    with served(tmp_path / "data", settings=NONE) as running, running.checkpoint() as gate:
        running.grid.people.add("Grace Hopper", [sample(1)])
        wanted = replace(NONE, daily_backups=7, backup_folder=str(tmp_path / "usb"))
        running.grid.change_settings(wanted)
        wait_until(lambda: running.grid.status.state is GridState.NO_BACKUP)
        assert "Connect its disk" in running.grid.status.sentence
        assert gate.ask(identify(face(1))).outcome == "identified"


def test_its_end_is_told_when_something_unforeseen_happens(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread goes on and says so."""
    monkeypatch.setattr(backup_keeper, "LOOK_S", 0.01)
    monkeypatch.setattr(days.keeper, "look", lambda **_options: 1 / 0)
    days.keeper.start()
    wait_until(lambda: len(days.troubles) >= 2)
    assert "see the log" in str(days.troubles[0])
    assert days.keeper.stop(5)


def test_a_changed_history_is_told_once_and_backed_up_all_the_same(days: Days) -> None:
    """Before the daily backup every row is looked at; more is told when there is more."""
    log = EventLog(
        days.folder.database,
        HistoryCipher(open_vault(days.folder)),
        backup_folder=days.folder.backups,
    )
    with log:
        for _ in range(4):
            log.append(event()).result(10)
    day = DAY_MS + int(LOOK_S * 1000)
    days.quiet_s = QUIET_S
    days.pass_by(day)
    assert days.alarms == []

    def change(number: int) -> None:
        connection = sqlite3.connect(days.folder.database)
        connection.execute("UPDATE events SET frames = 99 WHERE sequence = ?", (number,))
        connection.commit()
        connection.close()

    change(2)
    days.pass_by(day)
    days.pass_by(day)
    (told,) = days.alarms
    assert "(number 2, 2026-09-21 14:13 UTC) was changed outside of the program." in told
    change(3)
    assert len(days.pass_by(day)) == 2
    told = days.alarms[1]
    assert "There is more, which this tells: python3 run.py server audit verify --data" in told
    assert days.noted.count("history changed outside of the program") == 2
    days.accepted = accepted_in([accepted_event(days.folder, number) for number in (2, 3)])
    days.pass_by(day)
    change(4)
    days.pass_by(day)
    assert "(number 4, " in days.alarms[2]
    assert "more" not in days.alarms[2], "what was accepted is known"


def accepted_event(folder: DataFolder, number: int) -> Entry:
    """The record of an acceptance."""
    connection = sqlite3.connect(folder.database)
    (event_id,) = connection.execute(
        "SELECT event_id FROM events WHERE sequence = ?", (number,)
    ).fetchone()
    connection.close()
    details = {"what": EVENT, "number": number}
    return Entry(1, 0, "os:a", "", "", Action.ACCEPT_HISTORY, ALLOWED, event_id, details)
