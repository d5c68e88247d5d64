"""The data folder: its paths, and the lock that one program at a time holds."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from server import data_folder, swap
from server.data_folder import DataFolder, DataInUse
from server.swap import Plan, begin
from server.unlocking import CannotOpen, unlock_data
from tests.server.programs import ROOT


def test_paths_are_below_the_root(tmp_path: Path) -> None:
    """The project's own layout, and nothing is made before it is needed."""
    folder = DataFolder(tmp_path)
    assert folder.database == tmp_path / "database" / "match_history.db"
    assert folder.known_faces == tmp_path / "known_faces"
    for path in (folder.pictures, folder.settings, folder.backups, folder.refused_photos):
        assert path.is_relative_to(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_default_is_the_project() -> None:
    """Without --data the folders beside the code are used."""
    assert DataFolder.default().root == ROOT


def test_f16_two_holders(tmp_path: Path) -> None:
    """F16: the second is refused with the first one's name and pid, until it is given back."""
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.lock("the server 'Lobby'")
    first.lock("the server 'Lobby'")
    assert first.locked
    with pytest.raises(DataInUse) as refused:
        second.lock("an enrolment")
    assert refused.value.pid == os.getpid()
    assert "the server 'Lobby'" in str(refused.value)
    first.unlock()
    first.unlock()
    second.lock("an enrolment")
    second.unlock()
    assert not second.locked


def test_f16_the_lock_ends_with_its_program(tmp_path: Path) -> None:
    """F16: a killed holder leaves no lock behind, whatever its note says."""
    code = (
        "import sys, pathlib; from server.data_folder import DataFolder;"
        f"folder = DataFolder(pathlib.Path({str(tmp_path)!r})); folder.lock('the other one');"
        "print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        folder = DataFolder(tmp_path)
        with pytest.raises(DataInUse, match=str(other.pid)):
            folder.lock("me")
        other.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        other.wait(timeout=10)
    folder.lock("me")
    folder.unlock()


def test_a_holder_without_a_note(tmp_path: Path) -> None:
    """A damaged note names nobody, and the refusal is still a sentence."""
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.lock("me")
    (tmp_path / "database" / "server.lock.json").write_text("[", encoding="utf-8")
    with pytest.raises(DataInUse, match="another program"):
        second.lock("you")
    first.unlock()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="asks git, and this is no clone")
def test_what_a_server_leaves_in_the_project_is_no_part_of_it() -> None:
    """Each place of a data folder is ignored by git, or a folder whose content is."""
    folder = DataFolder(ROOT)
    places = [
        place
        for name, member in vars(DataFolder).items()
        if isinstance(member, property) and isinstance(place := getattr(folder, name), Path)
    ]
    assert folder.last_backup in places
    for place in places:
        inside = [place, place / "something"]
        words = ["git", "check-ignore", *map(str, inside)]
        assert subprocess.run(words, cwd=ROOT, check=False, capture_output=True).stdout, place


def test_a_lock_on_nothing_leaves_nothing(tmp_path: Path) -> None:
    """Folders that were made for it go with it, unless something came of it."""
    folder = DataFolder(tmp_path / "not" / "there")
    folder.lock("a command")
    assert folder.root.is_dir()
    folder.unlock()
    assert list(tmp_path.iterdir()) == []
    folder.lock("a command")
    (folder.root / "keys").mkdir()
    folder.unlock()
    assert (folder.root / "keys").is_dir()
    assert not (folder.root / "database").exists()
    folder.lock("a command")
    folder.database.write_bytes(b"events")
    folder.unlock()
    assert folder.database.exists()


def test_a_lock_that_was_taken_away_meanwhile_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program may have made a new one by then: that one counts."""
    path = tmp_path / "database" / "server.lock"
    take = data_folder.lock_file

    def taken_away(file: IO[bytes], *, wait: bool = False) -> None:
        monkeypatch.setattr(data_folder, "lock_file", take)
        path.unlink()
        take(file, wait=wait)

    monkeypatch.setattr(data_folder, "lock_file", taken_away)
    folder = DataFolder(tmp_path)
    folder.lock("a command")
    with pytest.raises(DataInUse):
        DataFolder(tmp_path).lock("another one")
    folder.unlock()


def test_what_was_cut_short_is_ended_without_keeping_the_lock(tmp_path: Path) -> None:
    """Nothing is done where nothing is to be; who has the lock is not disturbed."""
    folder = DataFolder(tmp_path)
    folder.settle()
    assert not list(tmp_path.iterdir())
    begin(tmp_path, Plan("set-aside-1", (), ()))
    holder = DataFolder(tmp_path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(swap, "finish", lambda _root: False)
        holder.lock("the server")
    assert folder.unsettled
    with pytest.raises(DataInUse, match="the server"):
        folder.settle()
    holder.unlock()
    folder.settle()
    assert (folder.unsettled, folder.locked) == (False, False)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
@pytest.mark.parametrize(
    "name",
    ["audit/audit.jsonl", "consent-texts.json", "erasures/a.json", "pictures/a", "restoring.json"],
)
def test_a_pipe_in_the_place_of_a_file_is_said_and_not_waited_for(
    tmp_path: Path, name: str
) -> None:
    """Also behind a link; one among the files of people is named with them and keeps nobody."""
    place = tmp_path / "data" / name
    place.parent.mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    place.symlink_to(tmp_path / "pipe")
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(CannotOpen, match="neither a file nor a folder"):
        unlock_data(folder, "the test")
    assert not folder.locked
    place.unlink()
    place.symlink_to(tmp_path / "nothing")
    (folder.root / "known_faces").mkdir()
    os.mkfifo(folder.root / "known_faces" / f"{'a' * 32}.pkl")
    folder.lock("the test")
    folder.unlock()
