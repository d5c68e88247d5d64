"""The file of a backup: whole, proven, and nothing in it that leads elsewhere."""

import contextlib
import io
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from server import backup_format
from server.backup_format import (
    CONTENTS,
    HEAD,
    BackupFile,
    BackupRefused,
    Head,
    Member,
    fits,
    write,
)

KEY = b"b" * 32
MADE = Head("aaaa bbbb cccc dddd", 1_790_000_000_000)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of three files, one of them larger than is read at once."""
    files = []
    for name, content in (("known_faces/a.pkl", b"a" * 700), ("keys/vault.json", b"{}"),
                          ("database/match_history.db", bytes(range(256)) * 6_000)):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        files.append((name, path))
    made = tmp_path / "b.tar"
    with made.open("wb") as out:
        write(out, MADE, files, KEY)
    return made


def test_what_was_written_is_read_and_unpacked(backup: Path, tmp_path: Path) -> None:
    """Head, list and contents; any tar reads it too; files are their owner's alone."""
    with BackupFile(backup) as opened:
        assert opened.head == MADE
        members = opened.verify(KEY)
        assert [m.path for m in members] == [
            "known_faces/a.pkl", "keys/vault.json", "database/match_history.db",
        ]  # fmt: skip
        assert opened.one("keys/vault.json", 10) == b"{}"
        assert opened.one("keys/none.json", 10) is None
        opened.unpack(members[:2], tmp_path / "out")
    assert (tmp_path / "out/known_faces/a.pkl").read_bytes() == b"a" * 700
    assert not (tmp_path / "out/database").exists()
    with tarfile.open(backup) as tar:
        assert tar.getnames()[0] == HEAD
        assert len(tar.getnames()) == 6


def test_f15_every_single_changed_or_missing_byte_is_noticed(backup: Path, tmp_path: Path) -> None:
    """Cut off anywhere, or one bit turned anywhere that counts: refused, never another error."""
    content = backup.read_bytes()
    step = max(1, len(content) // 300)
    for place in range(0, len(content), step):
        for damaged in (content[:place], _turned(content, place)):
            if damaged.rstrip(b"\0") == content.rstrip(b"\0"):
                continue
            path = tmp_path / "damaged.tar"
            path.write_bytes(damaged)
            found = _verified(path)
            # Bits of a header that say nothing of the content, such as its mode, may change.
            assert found is None or found == _verified(backup)


def _verified(path: Path) -> list[Member] | None:
    """What is inside; None when it is refused."""
    with contextlib.suppress(BackupRefused), BackupFile(path) as opened:
        return opened.verify(KEY)
    return None


def _turned(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


def test_another_key_proves_nothing(backup: Path) -> None:
    """Whoever has no key cannot make a backup that is taken."""
    with BackupFile(backup) as opened, pytest.raises(BackupRefused, match="list of contents"):
        opened.verify(b"x" * 32)


def hostile(tmp_path: Path, add: Callable[[tarfile.TarFile], None]) -> Path:
    path = tmp_path / "hostile.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        head = backup_format._json({"fingerprint": "f", "made_at_ms": 1,
                                    "format": backup_format.FORMAT, "version": 1})  # fmt: skip
        backup_format._add(tar, HEAD, head)
        add(tar)
        backup_format._add(tar, CONTENTS, b"{}")
    return path


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "info",
    [
        named("data/../../etc/passwd"),
        named("data/known_faces/../../x"),
        named("/etc/passwd"),
        named("data//etc/passwd"),
        named("data/./known_faces/a.pkl"),
        named("data/known faces"),
        named("data/-rf"),
        named("data/"),
        named("data/a\\b"),
        named("data/known_faces/a.pkl", tarfile.SYMTYPE, "/etc/passwd"),
        named("data/known_faces/a.pkl", tarfile.LNKTYPE, "backup.json"),
        named("data/known_faces", tarfile.DIRTYPE),
        named("data/fifo", tarfile.FIFOTYPE),
        named("data/device", tarfile.CHRTYPE),
        named("data/" + "long/" * 60 + "name"),
        named("elsewhere"),
        named(HEAD),
    ],
    ids=lambda info: f"{info.type.decode()}-{info.name[:24]}",
)
def test_b17_what_is_no_plain_file_below_the_data_is_refused(
    tmp_path: Path, info: tarfile.TarInfo
) -> None:
    """Upwards, absolute, links, folders, devices, endless names, twice the same."""
    path = hostile(tmp_path, lambda tar: tar.addfile(info))
    why = "is in it twice" if info.name == HEAD else "is no plain file"
    with BackupFile(path) as opened, pytest.raises(BackupRefused, match=f"restored: .* {why}"):
        opened.verify(KEY)


def test_a_header_that_promises_terabytes_takes_no_memory(tmp_path: Path) -> None:
    """Neither as a file nor as one of the headers that tar programs read whole."""
    for kind in (
        tarfile.REGTYPE,
        tarfile.XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_SPARSE,
    ):
        info = named("data/large", kind)
        info.size = 10**13

        def add(tar: tarfile.TarFile, info: tarfile.TarInfo = info) -> None:
            tar.fileobj.write(info.tobuf(tarfile.GNU_FORMAT))  # type: ignore[union-attr]
            tar.offset += 512

        path = hostile(tmp_path, add)
        tracemalloc.start()
        with BackupFile(path) as opened, pytest.raises(BackupRefused):
            opened.verify(KEY)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1_000_000


@pytest.mark.parametrize("content", [b"", b"no tar", b"\0" * 4096, b"x" * 5000])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    """With its name in the sentence."""
    path = tmp_path / "holiday.tar"
    path.write_bytes(content)
    with pytest.raises(BackupRefused, match=r"holiday\.tar"):
        BackupFile(path)
    with pytest.raises(BackupRefused, match="is no file"):
        BackupFile(tmp_path)


def test_a_newer_format_is_said(tmp_path: Path) -> None:
    """It is not taken for damaged."""
    path = tmp_path / "new.tar"
    with path.open("wb") as out:
        write(out, Head("f", 1, version=2), [], KEY)
    with pytest.raises(BackupRefused, match="newer FaceNetGrid"):
        BackupFile(path)


def test_names_that_fit() -> None:
    """Those of our files; none that needs care."""
    assert all(map(fits, ("keys/vault.json", "known_faces/README.md", "pictures/a.jpg.sealed")))
    wrong = ("", "a//b", "../a", "a/..", "/a", "a b", "é", "-a", "a/" + "b" * 100, "a\n")
    assert not any(map(fits, wrong))


def test_a_list_that_was_swapped_for_that_of_another_backup(backup: Path, tmp_path: Path) -> None:
    """Both are proven, but not of these contents."""
    other = tmp_path / "other.tar"
    with other.open("wb") as out:
        write(out, MADE, [], KEY)
    with tarfile.open(backup) as first, tarfile.open(other) as second:
        mixed = tmp_path / "mixed.tar"
        with tarfile.open(mixed, "w", format=tarfile.GNU_FORMAT) as tar:
            for source, names in ((first, first.getnames()[:4]), (second, second.getnames()[1:])):
                for name in names:
                    data = source.extractfile(name)
                    assert data is not None
                    content = data.read()
                    tar.addfile(backup_format._info(name, len(content)), io.BytesIO(content))
    with BackupFile(mixed) as opened, pytest.raises(BackupRefused, match="not those of its list"):
        opened.verify(KEY)
