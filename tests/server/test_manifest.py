"""The list of people: chained, complete after a crash, short after many changes."""

import os
from pathlib import Path

import pytest

from server import manifest
from server.manifest import NAME, Entry, Manifest
from tests.server.crashes import output_of

KEY = bytes(range(32))
ONE, OTHER = "1" * 32, "2" * 32


def opened(root: Path, **options: bool) -> Manifest:
    """The list of a folder, as at a start."""
    found = Manifest(root / NAME, root / "keys" / "anchor", KEY, **options)
    found.open()
    return found


def entry(revision: int) -> Entry:
    """Some."""
    return Entry(revision, f"{revision:032x}")


def test_put_dropped_and_read_again(tmp_path: Path) -> None:
    """The newest revision counts; gone is gone; the number only grows."""
    one = opened(tmp_path)
    assert not (tmp_path / NAME).exists()
    for revision in (1, 2, 3):
        number = one.number
        one.put(ONE, entry(revision))
        assert one.number > number
    one.put(OTHER, entry(1))
    one.drop(OTHER)
    again = opened(tmp_path)
    assert again.entries == {ONE: entry(3)} == one.entries
    assert (again.get(ONE), again.get(OTHER)) == (entry(3), None)
    assert (again.is_gone(ONE), again.is_gone(OTHER)) == (False, True)
    assert (again.number, again.alarms) == (one.number, ())


def test_each_line_is_chained(tmp_path: Path) -> None:
    """One taken out, doubled, exchanged or changed is an alarm; what comes before it counts."""
    one = opened(tmp_path)
    for revision in (1, 2, 3):
        one.put(ONE, entry(revision))
    path = tmp_path / NAME
    lines = path.read_bytes().splitlines(keepends=True)
    anchor = (tmp_path / "keys" / "anchor").read_bytes()
    spoilt = (
        lines[:2] + lines[3:],
        lines[:3] + lines[2:],
        [lines[0], lines[2], lines[1], lines[3]],
        [*lines[:2], lines[2].replace(b'"rev":2', b'"rev":9'), lines[3]],
        lines[1:],
        lines[:-1],
        [],
    )
    for number, some in enumerate(spoilt):
        (tmp_path / "keys" / "anchor").write_bytes(anchor)
        path.write_bytes(b"".join(some))
        found = opened(tmp_path)
        assert len(found.alarms) == 1, number
        assert opened(tmp_path).alarms == found.alarms, "and again at the next start"
        found.accept()
        assert opened(tmp_path).alarms == ()


def test_a_last_line_that_was_cut_short_is_no_alarm(tmp_path: Path) -> None:
    """At every byte: it was never confirmed to anybody."""
    one = opened(tmp_path)
    one.put(ONE, entry(1))
    path, anchor = tmp_path / NAME, tmp_path / "keys" / "anchor"
    whole, note = path.read_bytes(), anchor.read_bytes()
    one.put(ONE, entry(2))
    longer = path.read_bytes()
    for cut in range(len(whole), len(longer) - 1):
        path.write_bytes(longer[:cut])
        anchor.write_bytes(note)
        found = opened(tmp_path)
        assert (found.entries, found.alarms) == ({ONE: entry(1)}, ())
        found.put(OTHER, entry(1))
        assert opened(tmp_path).entries == {ONE: entry(1), OTHER: entry(1)}


def test_the_anchor_removed_is_an_alarm(tmp_path: Path) -> None:
    """Without it an older copy would not be noticed."""
    opened(tmp_path).put(ONE, entry(1))
    (tmp_path / "keys" / "anchor").unlink()
    assert "missing" in opened(tmp_path).alarms[0]


def test_another_list_under_the_same_key_is_noticed(tmp_path: Path) -> None:
    """Two that went apart from one copy."""
    opened(tmp_path).put(ONE, entry(1))
    copy = (tmp_path / NAME).read_bytes(), (tmp_path / "keys" / "anchor").read_bytes()
    opened(tmp_path).put(OTHER, entry(1))
    theirs = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(copy[0])
    (tmp_path / "keys" / "anchor").write_bytes(copy[1])
    opened(tmp_path).put(ONE, entry(2))
    (tmp_path / NAME).write_bytes(theirs)
    assert "replaced" in opened(tmp_path).alarms[0]


def test_it_is_written_anew_when_most_of_it_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is there and who is gone stays; an older copy is still noticed."""
    monkeypatch.setattr(manifest, "_SPARE_LINES", 10)
    one = opened(tmp_path)
    one.put(OTHER, entry(1))
    one.drop(OTHER)
    for revision in range(1, 30):
        one.put(ONE, entry(revision))
    long = (tmp_path / NAME).read_bytes()
    again = opened(tmp_path)
    assert len((tmp_path / NAME).read_bytes().splitlines()) == 3
    assert (again.entries, again.is_gone(OTHER)) == ({ONE: entry(29)}, True)
    assert again.number > one.number
    assert opened(tmp_path).alarms == ()
    (tmp_path / NAME).write_bytes(long)
    assert "older copy" in opened(tmp_path).alarms[0]


def test_who_only_reads_writes_nothing(tmp_path: Path) -> None:
    """Alarms are seen all the same."""
    opened(tmp_path).put(ONE, entry(1))
    data = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(data[:-20] + b"\n")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(opened(tmp_path, writable=False).alarms) == 1
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_disk_that_refuses_leaves_the_list_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a line would hide the next one."""
    one = opened(tmp_path)
    one.put(ONE, entry(1))

    def refuse(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="No space"):
            one.put(ONE, entry(2))
    one.put(OTHER, entry(1))
    found = opened(tmp_path)
    assert (found.entries, found.alarms) == ({ONE: entry(1), OTHER: entry(1)}, ())


CRASHES = """
import sys
from pathlib import Path
from server import manifest
from server.manifest import NAME, Entry, Manifest
from tests.server.crashes import dies_at

root = Path(sys.argv[1])
manifest._SPARE_LINES = 3

def opened():
    found = Manifest(root / NAME, root / "keys" / "anchor", bytes(range(32)))
    found.open()
    assert not found.alarms, found.alarms
    return found

names = [f"{n:032x}" for n in range(3)]


def put():
    one = opened()
    for revision in range(5):
        for name in names:
            now = one.get(name)
            one.put(name, Entry(1 if now is None else now.revision + 1, "a" * 32))


done = 0
for step in range(1, 60):
    dies_at(step, put, steps=("fsync", "replace", "truncate", "open"))
    there = opened().entries
    total = sum(one.revision for one in there.values())
    assert total >= done, "never back"
    done = total
print(done)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to die in the middle")
def test_f15_killed_at_any_step_it_is_whole_and_no_alarm(tmp_path: Path) -> None:
    """F15: before every flush, rename and opening; nothing confirmed is lost."""
    assert int(output_of(CRASHES, tmp_path / "data")) > 100


def test_a_list_goes_on_from_another_one(tmp_path: Path) -> None:
    """With another key: who is there, who is gone, and a number that does not go back."""
    one = opened(tmp_path / "one")
    one.put(ONE, entry(3))
    one.put(OTHER, entry(1))
    one.drop(OTHER)
    key = b"n" * 32
    path, anchor = tmp_path / "two" / NAME, tmp_path / "two" / "keys" / "anchor"
    Manifest(path, anchor, key).begin(one.number, {ONE: entry(4)}, one.gone)
    two = Manifest(path, anchor, key)
    two.open()
    assert (two.entries, two.gone, two.alarms) == ({ONE: entry(4)}, one.gone, ())
    assert two.number > one.number
    two.put(OTHER, entry(2))
    assert not two.is_gone(OTHER)
