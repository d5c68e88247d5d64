"""The data while open: every way of not opening has its state, and the log is mended."""

import threading
from pathlib import Path
from typing import Any

import pytest

from database import opening
from database.log_state import LogState, UpgradeProgress
from server.data_folder import DataFolder
from server.encoders import InstalledEncoder
from server.events import Fault, GalleryChanged, GridEvent, GridState
from server.gallery_files import GalleryFileError, GalleryFiles, SetAside
from server.history_cipher import HistoryCipher
from server.open_data import OpenData
from server.people import PeopleService
from server.unlocking import CannotOpen, unlock_data
from tests.database.test_upgrade_4 import make_version_4
from tests.server.galleries import sample
from tests.server.wire import ENCODER


def make(root: Path, posted: list[GridEvent], states: list[LogState] | None = None) -> OpenData:
    """Data of a folder, not opened yet."""
    told = states if states is not None else []
    folder = DataFolder(root)
    return OpenData(
        folder,
        unlock_data(folder, "the test"),
        encoder=InstalledEncoder(ENCODER),
        post=posted.append,
        on_log_state=lambda state, _sentence: told.append(state),
    )


def test_opened_and_closed(tmp_path: Path) -> None:
    """Everything is there while open; afterwards the folder can be opened again."""
    for _ in range(2):
        data = make(tmp_path, [])
        data.open()
        assert data.history.count() == 0
        assert len(data.people.gallery) == 0
        data.close()
        assert not data.log.alive
        assert not list(tmp_path.rglob("*-wal")), "a clean end leaves one file"


def test_f7_a_folder_that_is_a_file(tmp_path: Path) -> None:
    """Where nothing can be written the state is read-only, with a sentence."""
    path = tmp_path / "data"
    path.write_text("")
    with pytest.raises(CannotOpen) as refused:
        make(path, [])
    assert refused.value.status.state is GridState.READ_ONLY


def test_a_vault_that_cannot_be_opened(tmp_path: Path) -> None:
    """The state says so, and nothing is written in place of what is missing."""
    make(tmp_path, []).close()
    (tmp_path / "keys" / "master.key").unlink()
    before = (tmp_path / "keys" / "vault.json").read_bytes()
    with pytest.raises(CannotOpen, match="missing") as refused:
        make(tmp_path, [])
    assert refused.value.status.state is GridState.KEY_UNUSABLE
    assert (tmp_path / "keys" / "vault.json").read_bytes() == before
    assert not (tmp_path / "keys" / "master.key").exists()


def test_people_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gallery folder that cannot be read is told, and the log is not left open."""

    def fail(_self: object) -> None:
        raise GalleryFileError("The folder cannot be read.")

    monkeypatch.setattr(GalleryFiles, "load", fail)
    data = make(tmp_path, [])
    with pytest.raises(CannotOpen, match="cannot be read"):
        data.open()
    assert not data.log.alive
    data.close()


def test_f1_the_people_are_loaded_while_the_history_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one takes longer with every event, and a killed server has to be back in time."""
    loaded = threading.Event()
    check, load = opening._check_pages, PeopleService.load

    def check_late(*arguments: Any) -> None:
        assert loaded.wait(10), "the people waited for the history"
        check(*arguments)

    def load_and_say(people: PeopleService) -> tuple[SetAside, ...]:
        try:
            return load(people)
        finally:
            loaded.set()

    monkeypatch.setattr(opening, "_check_pages", check_late)
    monkeypatch.setattr(PeopleService, "load", load_and_say)
    data = make(tmp_path, [])
    data.open()
    assert data.log.state is LogState.RECORDING
    data.close()


def test_how_far_an_upgrade_is_goes_to_the_window(tmp_path: Path) -> None:
    """The data tell it like everything else, before they are open."""
    posted: list[GridEvent] = []
    data = make(tmp_path, posted)
    data.folder.database.parent.mkdir(exist_ok=True)
    make_version_4(data.folder.database, cipher=HistoryCipher(data.vault))
    data.open()
    assert UpgradeProgress("Every event gets its proof", 10, 10) in posted
    assert data.history.count() == 10
    data.close()


def test_f8_a_damaged_history_is_found_although_the_people_are_in_order(tmp_path: Path) -> None:
    """The state says so, and nothing stays open: it can be mended and opened again."""
    data = make(tmp_path, [])
    data.folder.database.write_bytes(b"")
    with pytest.raises(CannotOpen) as refused:
        data.open()
    assert refused.value.status.state is GridState.DATABASE_DAMAGED
    assert not data.log.alive
    data.folder.database.unlink()
    data.folder.unlock()
    again = make(tmp_path, [])
    again.open()
    again.close()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (1, f"1 file of people could not be used ({0:032x}.pkl). It was"),
        (5, "5 files of people could not be used"),
    ],
)
def test_set_aside_files_are_one_fault(tmp_path: Path, bad: int, said: str) -> None:
    """P4: bad files are told at once, three by name, every one in the detail."""
    folder = tmp_path / "known_faces"
    folder.mkdir()
    for number in range(bad):
        (folder / f"{number:032x}.pkl").write_bytes(b"junk")
    posted: list[GridEvent] = []
    data = make(tmp_path, posted)
    data.open()
    (fault,) = [event for event in posted if isinstance(event, Fault)]
    assert fault.sentence.startswith(said)
    assert ("2 more" in fault.sentence) == (bad == 5)
    assert len(fault.detail.splitlines()) == bad
    data.close()


def test_f13_the_log_is_opened_again(tmp_path: Path) -> None:
    """F13: after the writer died it is opened again, and says that it records."""
    states: list[LogState] = []
    data = make(tmp_path, [], states)
    data.open()
    data.log.close()
    states.clear()
    data.mend_log()
    data.mend_log()
    assert states == [LogState.RECORDING]
    data.log.close()
    data.folder.database.write_bytes(b"")
    states.clear()
    data.mend_log()
    assert states == [LogState.FAULT]
    data.close()


def test_a_change_of_people_is_told_and_looked_at_for_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When they are loaded, and when somebody is enrolled; closed, no more codes are made."""
    looked: list[int] = []
    posted: list[GridEvent] = []
    data = make(tmp_path, posted)
    monkeypatch.setattr(data.codes, "look", lambda: looked.append(len(data.people.gallery)))
    data.open()
    data.people.add("Ann", [sample(1)])
    assert looked == [0, 1]
    assert [event for event in posted if isinstance(event, GalleryChanged)] == [
        GalleryChanged(0, 0),
        GalleryChanged(1, 1),
    ]
    data.close()


def test_lost_deletions_are_told_at_every_start(tmp_path: Path) -> None:
    """With where the damaged file is kept, until it is removed."""
    (tmp_path / "erasures").mkdir()
    (tmp_path / "erasures" / "deleted.sealed").write_bytes(b"damaged")
    for _ in range(2):
        posted: list[GridEvent] = []
        data = make(tmp_path, posted)
        data.open()
        (fault,) = [event for event in posted if isinstance(event, Fault)]
        assert "deleted.sealed.damaged" in fault.sentence
        data.close()
        data.folder.unlock()
