"""Tests of writing a file whole or not at all."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from desktop import files
from tests.support import open_to_all


def test_the_content_is_replaced_and_private(tmp_path: Path) -> None:
    """The new content stands alone in the file, readable by its owner only."""
    path = tmp_path / "deep" / "file.bin"
    files.write_atomically(path, b"old")
    files.write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_f15_a_failing_step_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """When the disk fails before the rename, the old file is whole and nothing else is left."""
    path = tmp_path / "file.bin"
    files.write_atomically(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(files.os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_f15_a_folder_is_synced_or_says_why_not(tmp_path: Path) -> None:
    """Once, and its handle is closed again; a missing one is an error except on Windows."""
    files.sync_folder(tmp_path)
    if os.name != "nt":
        with pytest.raises(FileNotFoundError):
            files.sync_folder(tmp_path / "missing")


def test_f15_the_file_is_synced_before_the_rename_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut finds the old file or the new one: the order of the steps makes it so."""
    steps: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        real_sync(handle)

    def replace(source: Path, target: Path) -> Path:
        steps.append("rename")
        return real_replace(source, target)

    monkeypatch.setattr(files.os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    files.write_atomically(tmp_path / "file.bin", b"data")
    expected = ["file", "rename"] if os.name == "nt" else ["file", "rename", "folder"]
    assert steps == expected


def test_a_path_is_made_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program started elsewhere finds the same file; nothing stays nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert files.whole_path("own.onnx") == str(tmp_path / "own.onnx")
    assert files.whole_path("~/own.onnx") == str(tmp_path / "own.onnx")
    assert files.whole_path("  ") == ""


@pytest.mark.skipif(os.name == "nt", reason="permissions are of POSIX")
def test_only_the_owner_can_open_the_folders_that_are_made(tmp_path: Path) -> None:
    """Those above as well, whatever the umask; one that is there already stays as it is."""
    with open_to_all():
        (tmp_path / "there").mkdir()
        files.write_atomically(tmp_path / "there" / "a" / "b" / "file", b"x")
    modes = [stat.S_IMODE(one.stat().st_mode) for one in sorted(tmp_path.rglob("*"))]
    assert modes == [0o777, 0o700, 0o700, 0o600]


@pytest.mark.skipif(os.name == "nt", reason="permissions are of POSIX")
def test_what_cannot_be_narrowed_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk without rights stops no program; what belongs to another user is not touched."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    path.chmod(0o644)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "chmod", refuse)
        files.narrow([path, tmp_path / "missing"])
    assert "may be open to other users" in caplog.text
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
        files.narrow([path])
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    files.narrow([path])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("at_once", [True, False])
def test_a_whole_folder_is_brought_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    """By one call where the system has it; then file by file, to hear what went wrong."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"a")
    calls: list[str] = []
    if at_once:
        monkeypatch.setattr(os, "sync", lambda: calls.append("all"), raising=False)
    else:
        monkeypatch.delattr(os, "sync", raising=False)
    monkeypatch.setattr(os, "fsync", lambda _handle: calls.append("one"))
    files.sync_disk(tmp_path)
    assert calls == ["all"] * at_once + ["one"] * (1 if os.name == "nt" else 2)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.sync_disk(tmp_path)


def test_what_cannot_be_read_is_said_in_words(tmp_path: Path) -> None:
    """No number of the system, and what to do where it is known."""
    text = tmp_path / "text"
    text.write_bytes(b"\xff\xfe")
    for path, said in (
        (tmp_path / "none", f"There is no file {tmp_path / 'none'}."),
        (tmp_path, f"{tmp_path} is a folder: name the file in it."),
        (text, f"{text} is no text in UTF-8."),
    ):
        with pytest.raises((OSError, UnicodeDecodeError)) as failed:
            path.read_text(encoding="utf-8")
        assert files.unreadable(path, failed.value) == said
    full = OSError(5, "Input/output error")
    assert files.unreadable(text, full) == f"{text} cannot be read: Input/output error."


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no limit of core files")
def test_a_program_that_crashes_leaves_no_memory_on_the_disk(tmp_path: Path) -> None:
    """Also where whoever started it allows core files."""
    source = (
        "import os, resource, signal, sys\n"
        f"sys.path.insert(0, {str(Path(files.__file__).parent.parent)!r})\n"
        "from desktop.files import owner_only\n"
        "most = resource.getrlimit(resource.RLIMIT_CORE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (most, most))\n"
        "owner_only()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("0\n", -signal.SIGSEGV)
    assert list(tmp_path.iterdir()) == []
