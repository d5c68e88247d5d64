"""The folder of people: what is written comes back, and bad files are named and kept."""

import os
import pickle
import stat
import struct
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest

from server import gallery_files
from server.gallery_files import GalleryFileError, GalleryFiles, read_plain
from server.manifest import Manifest
from server.safe_pickle import OWN_LIMITS, dump_primitives
from server.stored_person import MOST_TEMPLATES
from tests.server import hostile_pickles
from tests.server.people_examples import person, template
from tests.server.vaults import a_vault


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder, not made yet."""
    return tmp_path / "known_faces"


@pytest.fixture
def files(folder: Path) -> GalleryFiles:
    """The files in it."""
    return GalleryFiles(folder, a_vault())


def test_people_come_back(files: GalleryFiles, folder: Path) -> None:
    """Each in a file of their own under their id, for the owner's eyes only."""
    grace, eileen = person("Grace Hopper"), person("Eileen Collins")
    files.write(grace)
    files.write(eileen)
    loaded = files.load()
    assert {p.subject_id for p in loaded.people} == {grace.subject_id, eileen.subject_id}
    assert grace in loaded.people
    assert loaded.set_aside == ()
    path = folder / f"{grace.subject_id}.pkl"
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    assert isinstance(pickle.loads(content), dict), "a seal after the end disturbs no pickle"
    for told in (b"Grace", b"Hopper", b"lobby", struct.pack(">d", grace.templates[0].encoding[0])):
        assert told not in content


def test_a_missing_folder_is_an_empty_gallery(files: GalleryFiles) -> None:
    """Nobody is enrolled yet."""
    assert files.load() == gallery_files.Loaded((), ())


def test_a_person_is_replaced_as_a_whole(files: GalleryFiles) -> None:
    """Renamed, or with another sample."""
    first = person("Grace Hopper")
    files.write(first)
    renamed = person("Grace Brewster Hopper", subject_id=first.subject_id)
    files.write(renamed)
    assert files.load().people == (renamed,)


def test_a_deleted_person_is_gone(files: GalleryFiles, folder: Path) -> None:
    """Nothing of them stays in the folder; deleting again does nothing."""
    one = person()
    files.write(one)
    files.delete(one.subject_id)
    files.delete(one.subject_id)
    assert [path.name for path in folder.iterdir()] == ["people.journal"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no handle on a folder")
def test_f15_a_removal_is_on_the_disk_before_it_is_reported(
    files: GalleryFiles, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is synced after the file is gone: a power cut brings nobody back."""
    one = person()
    files.write(one)
    path = folder / f"{one.subject_id}.pkl"
    steps: list[tuple[bool, bool]] = []
    real_sync = os.fsync

    def sync(handle: int) -> None:
        steps.append((os.path.samestat(os.fstat(handle), folder.stat()), path.exists()))
        real_sync(handle)

    monkeypatch.setattr(os, "fsync", sync)
    files.delete(one.subject_id)
    assert steps[0] == (False, True), "the list first"
    assert steps[-1] == (True, False)


def test_deleting_needs_no_folder(files: GalleryFiles, folder: Path) -> None:
    """Nobody was ever enrolled."""
    files.delete("a" * 32)
    assert not folder.exists()


@pytest.mark.parametrize("subject_id", ["../../x", "", "A" * 32, "a" * 32 + "/x"])
def test_b17_an_id_is_never_a_path(files: GalleryFiles, subject_id: str) -> None:
    """Only 32 hex characters name a file."""
    with pytest.raises(GalleryFileError, match="hex"):
        files.delete(subject_id)


def test_the_largest_person_can_be_read_again(files: GalleryFiles) -> None:
    """1,000 samples with everything noted fit into the limits of reading."""
    quality = {f"measure_{n}": n / 7 for n in range(12)}
    templates = tuple(template(n, quality=quality, source="x" * 300) for n in range(MOST_TEMPLATES))
    large = person(templates=templates)
    files.write(large)
    assert files.load().people == (large,)


def _spoil(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)


@pytest.mark.parametrize("name", hostile_pickles.code_runners(Path("/nowhere")))
def test_p1_an_attack_is_set_aside_and_the_others_load(
    files: GalleryFiles, folder: Path, tmp_path: Path, name: str
) -> None:
    """Named with a reason, left untouched, and the sentinel file does not appear."""
    sentinel = tmp_path / "sentinel"
    one = person()
    files.write(one)
    data = hostile_pickles.code_runners(sentinel)[name]
    _spoil(folder, f"{'e' * 32}.pkl", data)
    loaded = files.load()
    assert loaded.people == (one,)
    ((path, reason),) = [(item.path, item.reason) for item in loaded.set_aside]
    assert path.name in reason
    assert path.read_bytes() == data
    assert not sentinel.exists()


def test_p2_p3_bombs_are_set_aside(files: GalleryFiles, folder: Path) -> None:
    """All of them beside a good one, each with its reason."""
    one = person()
    files.write(one)
    bad = hostile_pickles.bombs() | {
        name: data for name, data in hostile_pickles.monsters().items() if len(data) < 5_000_000
    }
    for number, data in enumerate(bad.values()):
        _spoil(folder, f"{number:032x}.pkl", data)
    loaded = files.load()
    assert loaded.people == (one,)
    assert len(loaded.set_aside) == len(bad)


def test_p4_whatever_lies_in_the_folder_the_others_load(
    files: GalleryFiles, folder: Path, tmp_path: Path
) -> None:
    """Truncated, empty, random, a link, a pipe, 2 GB, a folder: skipped and named."""
    one, other = person("Grace Hopper"), person("Eileen Collins")
    files.write(one)
    whole = dump_primitives(other.to_plain())
    accidents = hostile_pickles.broken(whole) | {"empty": b""}
    for number, data in enumerate(accidents.values()):
        _spoil(folder, f"{number:032x}.pkl", data)
    outside = tmp_path / f"{other.subject_id}.pkl"
    outside.write_bytes(whole)
    (folder / outside.name).symlink_to(outside)
    (folder / f"{'a' * 31}1.pkl").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / f"{'a' * 31}2.pkl")
    (folder / f"{'a' * 31}3.pkl").mkdir()
    with (folder / f"{'a' * 31}4.pkl").open("wb") as huge:
        huge.truncate(2 * 1024**3)
    (folder / "renamed.pkl").write_bytes((folder / f"{one.subject_id}.pkl").read_bytes())
    (folder / "README.md").write_text("not a person, and not looked at")
    before = sorted(path for path in folder.iterdir() if path.name != "people.journal")

    loaded = files.load()

    assert loaded.people == (one,)
    reasons = {item.path.name: item.reason for item in loaded.set_aside}
    assert len(reasons) == len(accidents) + 6
    assert all(name in reason for name, reason in reasons.items())
    assert "a link" in reasons[outside.name]
    assert "a pipe" in reasons[f"{'a' * 31}2.pkl"]
    assert "a folder" in reasons[f"{'a' * 31}3.pkl"]
    assert "2147483648 bytes" in reasons[f"{'a' * 31}4.pkl"]
    assert "renamed or copied" in reasons["renamed.pkl"]
    there = [path for path in folder.iterdir() if path.name != "people.journal"]
    assert sorted(there) == before, "nothing was moved or removed"


def test_b16_a_files_name_is_shown_literally(files: GalleryFiles, folder: Path) -> None:
    """Escapes and direction marks in a name reach no terminal."""
    _spoil(folder, "\x1b[31m\u202e.pkl", b"bad")
    ((reason,),) = [[item.reason for item in files.load().set_aside]]
    assert reason.isprintable()


def test_a_file_that_was_set_aside_is_never_written_over(files: GalleryFiles, folder: Path) -> None:
    """Whatever it is, it may be all that is left of somebody."""
    one = person()
    _spoil(folder, f"{one.subject_id}.pkl", b"damaged")
    with pytest.raises(GalleryFileError, match="not written over"):
        files.write(one)
    assert (folder / f"{one.subject_id}.pkl").read_bytes() == b"damaged"


def test_a_disk_that_refuses_is_a_sentence(
    files: GalleryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the old file stays."""
    one = person()
    files.write(one)

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gallery_files, "write_atomically", refuse)
    with pytest.raises(GalleryFileError, match="No space left"):
        files.write(person("Other", subject_id=one.subject_id))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refuse)
        with pytest.raises(GalleryFileError, match="could not be removed"):
            files.delete(one.subject_id)
    assert files.load().people == (one,)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        with pytest.raises(GalleryFileError, match="could not be removed"):
            files.delete(one.subject_id)
    files.delete(one.subject_id)
    assert [path.suffix for path in files._folder.iterdir()] == [".journal"]


def test_a_folder_that_cannot_be_read_is_a_sentence(
    files: GalleryFiles, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unreadable gallery is not an empty one."""
    folder.mkdir()

    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(GalleryFileError, match="Permission denied"):
        files.load()


_KILLED = """
import sys
from pathlib import Path
from server.gallery_files import GalleryFiles
from tests.server.people_examples import person, template
from tests.server.vaults import a_vault
files = GalleryFiles(Path(sys.argv[1]), a_vault())
number = 0
while True:
    number += 1
    files.write(person(f"Name {number}", subject_id="a" * 32, templates=(template(number),)))
    print(number, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_f15_kill_9_while_writing_leaves_the_old_or_the_new(
    files: GalleryFiles, folder: Path
) -> None:
    """Never neither; what a crash leaves beside it is removed at the next start."""
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(folder)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            for _ in range(20):
                child.stdout.readline()
            child.kill()
        (folder / f".{'a' * 32}.pkl.leftover.tmp").write_bytes(b"half a person")
        loaded = files.load()
        assert [p.subject_id for p in loaded.people] == ["a" * 32]
        assert loaded.set_aside == ()
        assert (loaded.missing, loaded.alarms) == ((), ())
        assert {path.name for path in folder.iterdir()} == {f"{'a' * 32}.pkl", "people.journal"}


@pytest.mark.skipif(sys.platform == "win32", reason="pipes in folders are of POSIX")
def test_p4_a_file_swapped_for_a_pipe_blocks_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and opening; the reader comes back at once."""
    folder.mkdir()
    pipe, plain = folder / "pipe.pkl", folder / "plain.pkl"
    os.mkfifo(pipe)
    plain.write_bytes(b"x")
    looks_plain = plain.lstat()
    monkeypatch.setattr(Path, "lstat", lambda _path: looks_plain)
    refused: list[str] = []

    def read() -> None:
        try:
            gallery_files.read_file(pipe, limit=OWN_LIMITS.bytes)
        except gallery_files.PickleRefused as error:
            refused.append(str(error))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(5)
    assert refused == ["It is not an ordinary file."]


def test_p2_a_small_file_takes_little_memory_whatever_the_limit(folder: Path) -> None:
    """Not as much as the largest would."""
    folder.mkdir()
    path = folder / "small.pkl"
    path.write_bytes(b"small")
    tracemalloc.start()
    assert gallery_files.read_file(path, limit=2**30) == b"small"
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1_000_000


def test_p4_a_file_that_grows_while_it_is_read_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is being copied there: a part of it is not read as the whole."""
    folder.mkdir()
    path = folder / "growing.pkl"
    path.write_bytes(b"half")
    before = path.stat()
    path.write_bytes(b"half and half")
    monkeypatch.setattr(gallery_files.os, "fstat", lambda _handle: before)
    with pytest.raises(gallery_files.PickleRefused, match="changed while"):
        gallery_files.read_file(path, limit=1_000)


def test_a_plain_file_of_an_earlier_version_is_read(folder: Path) -> None:
    """By the reader that runs nothing; under its own name alone."""
    one = person()
    folder.mkdir()
    path = folder / f"{one.subject_id}.pkl"
    path.write_bytes(dump_primitives(one.to_plain()))
    assert read_plain(path) == one
    with pytest.raises(GalleryFileError, match="cannot be read"):
        read_plain(folder / "none.pkl")
    with pytest.raises(GalleryFileError, match="renamed"):
        read_plain(path.rename(folder / f"{'b' * 32}.pkl"))


def test_plain_files_are_taken_over_once(files: GalleryFiles, folder: Path) -> None:
    """Sealed in place; one that cannot be used stays, and later a plain one is set aside."""
    people = [person(f"Person {number}") for number in range(3)]
    folder.mkdir()
    for one in people:
        (folder / f"{one.subject_id}.pkl").write_bytes(dump_primitives(one.to_plain()))
    _spoil(folder, f"{'e' * 32}.pkl", b"bad")
    assert files.take_over() == 3
    assert files.take_over() == 0
    loaded = files.load()
    assert {one.display_name for one in loaded.people} == {one.display_name for one in people}
    assert [item.path.name for item in loaded.set_aside] == [f"{'e' * 32}.pkl"]
    late = person("Late")
    _spoil(folder, f"{late.subject_id}.pkl", dump_primitives(late.to_plain()))
    reasons = [item.reason for item in files.load().set_aside]
    assert any("not sealed" in reason for reason in reasons)


def test_the_list_that_cannot_be_written_undoes_the_file(
    files: GalleryFiles, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who was told that it failed is not enrolled at the next start."""
    one, other = person("One"), person("Other")
    files.write(one)

    def refuse(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Manifest, "put", refuse)
    for who in (other, person("Renamed", subject_id=one.subject_id)):
        with pytest.raises(GalleryFileError, match="No space left"):
            files.write(who)
    monkeypatch.undo()
    loaded = GalleryFiles(folder, a_vault()).load()
    assert (loaded.people, loaded.set_aside, loaded.alarms) == ((one,), (), ())
