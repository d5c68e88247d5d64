"""The folder of people in an intruder's hands: copies, swaps, removals, hostile files, crashes."""

import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from server import gallery_files, person_seal
from server.gallery_files import GalleryFileError, GalleryFiles
from server.manifest import Manifest
from server.person_seal import PersonSeal, SealRefused
from server.stored_person import StoredPerson
from tests.server import hostile_pickles
from tests.server.crashes import output_of
from tests.server.people_examples import person
from tests.server.vaults import a_vault


class Copies:
    """A folder of two people, and what can be done to it by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = GalleryFiles(folder, a_vault())
        self.one, self.other = person("Grace Hopper"), person("Eileen Collins")
        self.files.write(self.one)
        self.files.write(self.other)

    def path(self, who: StoredPerson) -> Path:
        """Their file."""
        return self.folder / f"{who.subject_id}.pkl"

    def all(self) -> dict[Path, bytes]:
        """A copy of the folder."""
        return {path: path.read_bytes() for path in self.folder.iterdir()}

    def put_back(self, before: dict[Path, bytes]) -> None:
        """The folder as it was."""
        for path in self.folder.iterdir():
            path.unlink()
        for path, data in before.items():
            path.write_bytes(data)

    def load(self) -> gallery_files.Loaded:
        """As at the next start."""
        self.files = GalleryFiles(self.folder, a_vault())
        return self.files.load()


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    return Copies(tmp_path / "known_faces")


def _renamed(who: StoredPerson, name: str) -> StoredPerson:
    return replace(who, display_name=name)


def test_an_older_copy_of_one_file_is_noticed(copies: Copies) -> None:
    """Named, kept, not loaded; the others are."""
    old = copies.path(copies.one).read_bytes()
    copies.files.write(_renamed(copies.one, "Grace B. Hopper"))
    copies.path(copies.one).write_bytes(old)
    loaded = copies.load()
    assert loaded.people == (copies.other,)
    (item,) = loaded.set_aside
    assert "older copy" in item.reason
    assert copies.path(copies.one).read_bytes() == old


def test_swapped_and_renamed_files_are_noticed(copies: Copies) -> None:
    """Under another's name nobody is loaded; whoever has no file of theirs is missing."""
    one, other = copies.path(copies.one), copies.path(copies.other)
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)
    loaded = copies.load()
    assert loaded.people == ()
    assert all("renamed or copied" in item.reason for item in loaded.set_aside)
    other.write_bytes(one.read_bytes())
    one.unlink()
    loaded = copies.load()
    assert loaded.people == (copies.other,)
    assert loaded.missing == (copies.one.subject_id,)


def test_parts_of_two_files_make_none(copies: Copies) -> None:
    """Sealed parts from elsewhere, even where somebody could make the outer seal again."""
    seal = PersonSeal(a_vault())
    outer, other = (
        pickle.loads(copies.path(who).read_bytes()) for who in (copies.one, copies.other)
    )
    older = pickle.loads(seal.seal(copies.one, 7))
    mixed = (
        outer | {"body": other["body"]},
        outer | {"key": other["key"], "body": other["body"]},
        outer | {"revision": 2},
        outer | {"key": older["key"], "body": older["body"]},
        outer | {"version": 2},
        {"format": outer["format"], "version": 1},
    )
    for content in mixed:
        data = pickle.dumps(content, protocol=4)
        copies.path(copies.one).write_bytes(data + seal._mac(data))
        loaded = copies.load()
        assert loaded.people == (copies.other,)
        assert len(loaded.set_aside) == 1


def test_two_histories_of_one_person_are_not_mixed(copies: Copies) -> None:
    """The right revision with another content is not the file of the list."""
    forged = PersonSeal(a_vault()).seal(_renamed(copies.one, "Somebody Else"), 1)
    copies.path(copies.one).write_bytes(forged)
    loaded = copies.load()
    assert loaded.people == (copies.other,)
    assert "not the file that belongs here" in loaded.set_aside[0].reason


def test_a_removed_file_is_an_alarm_until_accepted(copies: Copies) -> None:
    """Nobody is forgotten by a hand on the disk; who is missing is told by id."""
    copies.path(copies.one).unlink()
    for _ in range(2):
        loaded = copies.load()
        assert loaded.people == (copies.other,)
        assert loaded.missing == (copies.one.subject_id,)
        assert copies.one.subject_id in loaded.alarms[0]
    assert copies.files.accept() == (copies.one.subject_id,)
    assert copies.load().alarms == ()


def test_an_older_copy_of_the_whole_folder_is_noticed(copies: Copies) -> None:
    """The keys' folder knows how far it had come; told until accepted, and again next time."""
    before = copies.all()
    copies.files.write(person("Late"))
    copies.files.delete(copies.one.subject_id)
    for _ in range(2):
        copies.put_back(before)
        for _ in range(2):
            assert any("older copy" in alarm for alarm in copies.load().alarms)
        copies.files.write(person("Enrolled in between"))
        assert any("older copy" in alarm for alarm in copies.load().alarms)
        copies.files.accept()
        assert copies.load().alarms == ()


def test_the_list_removed_or_changed_is_noticed(copies: Copies) -> None:
    """People go on being loaded, and somebody is told."""
    journal = copies.folder / "people.journal"
    whole = journal.read_bytes()
    journal.unlink()
    loaded = copies.load()
    assert (len(loaded.people), "missing" in loaded.alarms[0]) == (2, True)
    copies.files.accept()
    journal.write_bytes(whole.replace(b'"rev":1', b'"rev":2', 1))
    loaded = copies.load()
    assert len(loaded.alarms) == 1
    assert len(list(copies.folder.glob("people.damaged*"))) == 1


def test_a_deleted_person_who_is_put_back_stays_deleted(copies: Copies) -> None:
    """After a crash in the middle, or by a hand: the file goes again."""
    data = copies.path(copies.one).read_bytes()
    copies.files.delete(copies.one.subject_id)
    copies.path(copies.one).write_bytes(data)
    loaded = copies.load()
    assert (loaded.people, loaded.set_aside, loaded.alarms) == ((copies.other,), (), ())
    assert not copies.path(copies.one).exists()


def test_f15_what_a_crash_left_between_file_and_list_is_completed(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F15: a file newer than the list is what was written before the power went; no alarm."""
    monkeypatch.setattr(Manifest, "put", lambda *_args: None)
    copies.files.write(person("Late"))
    copies.files.write(_renamed(copies.one, "Grace B. Hopper"))
    monkeypatch.undo()
    for _ in range(2):
        loaded = copies.load()
        names = {one.display_name for one in loaded.people}
        assert names == {"Late", "Grace B. Hopper", "Eileen Collins"}
        assert (loaded.set_aside, loaded.alarms) == ((), ())


def test_a_reader_beside_the_server_changes_nothing(copies: Copies) -> None:
    """The evaluation holds no lock."""
    copies.path(copies.one).unlink()
    before = copies.all()
    loaded = GalleryFiles(copies.folder, a_vault()).load(tidy=False)
    assert loaded.people == (copies.other,)
    assert copies.all() == before


def test_another_vault_loads_nobody(copies: Copies) -> None:
    """And writes over nobody."""
    before = {path: data for path, data in copies.all().items() if path.suffix == ".pkl"}
    other = GalleryFiles(copies.folder, a_vault(bytes(32)))
    loaded = other.load()
    assert loaded.people == ()
    assert all("key of other data" in item.reason for item in loaded.set_aside)
    with pytest.raises(GalleryFileError, match="not written over"):
        other.write(copies.one)
    assert {path: path.read_bytes() for path in before} == before


_HOSTILE = {
    **hostile_pickles.code_runners(Path("/nowhere/sentinel")),
    **hostile_pickles.bombs(),
    "empty": b"",
    "shorter than a seal": b"\0" * 31,
    "a seal alone": b"\0" * 32,
    "says that it is sealed": pickle.dumps({"format": "facenetgrid-sealed-person"}) + bytes(32),
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_p1_p2_p4_what_is_not_sealed_reaches_no_unpickler(
    copies: Copies, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """P1, P2, P4: neither the unpickler nor the walk through the opcodes sees a byte of it."""
    seen: list[bytes] = []
    monkeypatch.setattr(person_seal, "load_primitives", lambda data, **_options: seen.append(data))
    for path in copies.folder.glob("*.pkl"):
        path.unlink()
    copies.path(copies.one).write_bytes(_HOSTILE[name])
    assert copies.load().people == ()
    assert seen == []


def test_p3_a_monster_is_not_looked_at(copies: Copies) -> None:
    """P3: a million nested lists, 50 MB numbers: refused for the missing seal, or the size."""
    for number, data in enumerate(hostile_pickles.monsters().values()):
        (copies.folder / f"{number:032x}.pkl").write_bytes(data)
    loaded = copies.load()
    assert len(loaded.people) == 2
    for item in loaded.set_aside:
        assert "not sealed" in item.reason or "are allowed" in item.reason


def test_p5_mutations_of_a_sealed_file(copies: Copies) -> None:
    """P5: FACENETGRID_MUTATIONS damaged files: each is refused, with one kind of error."""
    seal = PersonSeal(a_vault())
    whole = copies.path(copies.one).read_bytes()
    count, refused = int(os.environ.get("FACENETGRID_MUTATIONS", "20000")), 0
    for data in hostile_pickles.mutations([whole], count, seed=5):
        if data != whole:
            with pytest.raises(SealRefused):
                seal.unseal(data)
            refused += 1
    assert refused > 0.9 * count


CRASHES = """
import sys
from dataclasses import replace
from pathlib import Path
from server.gallery_files import GalleryFiles
from tests.server.crashes import dies_at
from tests.server.people_examples import person
from tests.server.vaults import a_vault

folder = Path(sys.argv[1])
one = person("Old")
GalleryFiles(folder, a_vault()).write(one)


def opened():
    files = GalleryFiles(folder, a_vault())
    return files, files.load()


def rename():
    files, _ = opened()
    files.write(replace(one, display_name="New"))

def enrol():
    files, _ = opened()
    files.write(person("Another"))

def delete():
    files, _ = opened()
    files.delete(one.subject_id)

for act, allowed in ((rename, {"Old", "New"}), (enrol, {"Another", "New", "Old"})):
    step = 1
    while dies_at(step, act):
        _, loaded = opened()
        names = {who.display_name for who in loaded.people}
        assert names <= allowed, names
        assert names & {"Old", "New"}, "never neither"
        assert not loaded.set_aside and not loaded.alarms, (loaded.set_aside, loaded.alarms)
        step += 1
    print(act.__name__, step - 1)
step = 1
while dies_at(step, delete):
    files, loaded = opened()
    assert not loaded.set_aside and not loaded.alarms, (loaded.set_aside, loaded.alarms)
    if one.subject_id not in {who.subject_id for who in loaded.people}:
        assert not files.has(one.subject_id)
        one = person("Old")
        files.write(one)
    step += 1
print("delete", step - 1)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to die in the middle")
def test_f15_killed_at_any_step_a_person_is_old_or_new(tmp_path: Path) -> None:
    """F15: before every flush, rename and removal; never neither, and never an alarm."""
    printed = output_of(CRASHES, tmp_path / "known_faces")
    steps = {line.split()[0]: int(line.split()[1]) for line in printed.splitlines()}
    assert min(steps.values()) >= 4
    assert set(steps) == {"rename", "enrol", "delete"}
