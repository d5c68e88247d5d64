"""Restored files take their places all or nothing, whenever the power goes."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from server import swap
from server.data_folder import DataFolder
from server.swap import NEW, NOTE, Plan, PlanRefused, begin, finish
from server.unlocking import CannotOpen, unlock_data
from server.vault import VaultProblem, open_vault

PLAN = Plan(
    "set-aside-1",
    ("known_faces", "database/match_history.db", "keys/x"),
    ("erasures/note", "database/wal"),
)


def prepare(root: Path) -> None:
    """What is there, and what shall be."""
    for path, content in {
        "known_faces/a.pkl": "old", "known_faces/b.pkl": "old", "database/match_history.db": "old",
        "database/wal": "old", "kept": "kept", f"{NEW}/known_faces/a.pkl": "new",
        f"{NEW}/database/match_history.db": "new", f"{NEW}/keys/x": "new",
    }.items():  # fmt: skip
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def state(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in root.rglob("*")
        if path.is_file()
    }


DONE = {
    "known_faces/a.pkl": "new",
    "database/match_history.db": "new",
    "keys/x": "new",
    "kept": "kept",
    "set-aside-1/known_faces/a.pkl": "old",
    "set-aside-1/known_faces/b.pkl": "old",
    "set-aside-1/database/match_history.db": "old",
    "set-aside-1/database/wal": "old",
}


def test_new_files_come_in_and_old_ones_are_kept(tmp_path: Path) -> None:
    """What is in neither list stays; the second time there is nothing to do."""
    prepare(tmp_path)
    begin(tmp_path, PLAN)
    assert finish(tmp_path)
    assert state(tmp_path) == DONE
    assert not finish(tmp_path)
    assert state(tmp_path) == DONE


class PowerCutError(BaseException):
    """The power goes."""


def test_f15_a_power_cut_at_any_step_is_old_or_becomes_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the plan is written everything is old; from then on the next one ends it."""
    for cut_at in range(100):
        root = tmp_path / str(cut_at)
        prepare(root)
        before = {path: text for path, text in state(root).items() if not path.startswith(NEW)}
        with monkeypatch.context() as patched:
            survived = _cut(root, cut_at, patched)
        counted = survived or (root / NOTE).exists()
        folder = DataFolder(root)
        folder.lock("the next one")
        folder.unlock()
        after = {
            path: text
            for path, text in state(root).items()
            if not path.startswith("database/server.lock") and ".tmp" not in path
        }
        assert after == (DONE if counted else before), cut_at
        if survived:
            assert cut_at > 10
            return
    raise AssertionError("it never came to an end")


def _cut(root: Path, cut_at: int, patched: pytest.MonkeyPatch, plan: Plan = PLAN) -> bool:
    """Does the swap until that many changes of the disk; whether it came to an end."""
    left = cut_at

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **options: object) -> object:
            nonlocal left
            if left == 0:
                raise PowerCutError
            left -= 1
            return real(*args, **options)

        return step

    for name in ("rename", "unlink", "mkdir", "replace"):
        patched.setattr(Path, name, counted(getattr(Path, name)))
    try:
        begin(root, plan)
        finish(root)
    except PowerCutError:
        return False
    return True


def test_leftovers_of_what_was_cut_off_are_removed(tmp_path: Path) -> None:
    """A restore that did not count; a backup that may be under way stays."""
    for name in (NEW, f"{swap.BACKING_UP}new"):
        (tmp_path / name).mkdir()
    assert not finish(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{swap.BACKING_UP}new"]


DAMAGE = ("{half", "[" * 100_000, "[]", "{}", '{"aside": "x", "put": [5], "remove": null}')


def test_a_damaged_plan_stops_everybody(tmp_path: Path) -> None:
    """Nobody goes on with half of a restore; the folder is not left locked. It says what to do."""
    folder = DataFolder(tmp_path)
    for text in DAMAGE:
        (tmp_path / NOTE).write_text(text)
        with pytest.raises(PlanRefused, match="damaged") as refused:
            folder.lock("the test")
        assert "Nothing waits to be put in place" in str(refused.value)
        assert "remove it" in str(refused.value)
        assert not folder.locked
    (tmp_path / NOTE).unlink()
    folder.lock("the test")
    folder.unlock()


@pytest.mark.parametrize("damage", DAMAGE)
def test_f15_a_damaged_plan_is_done_by_its_copy(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """F15: as if it were whole, and the log says so."""
    prepare(tmp_path)
    begin(tmp_path, PLAN)
    (tmp_path / NOTE).write_text(damage)
    assert finish(tmp_path)
    assert state(tmp_path) == DONE
    assert "plan_damaged" in caplog.messages


@pytest.mark.parametrize("moved", range(6))
def test_f15_what_is_told_of_a_damaged_plan_leads_out_of_it(
    tmp_path: Path, moved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F15: cut off after any number of moves, both plans damaged: nothing is lost by it."""
    root, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    prepare(root)
    before = {path: text for path, text in state(root).items() if not path.startswith(NEW)}
    begin(root, PLAN)
    left, move = moved, swap._move

    def cut(path: Path, target: Path) -> None:
        nonlocal left
        if not left:
            raise PowerCutError
        left -= 1
        move(path, target)

    with monkeypatch.context() as patched:
        patched.setattr("server.swap._move", cut)
        with pytest.raises(PowerCutError):
            finish(root)
    for plan in (root / NOTE, root / NEW / NOTE):
        plan.write_text("{half")
    there = state(root)
    with pytest.raises(PlanRefused) as refused:
        finish(root)
    assert state(root) == there
    said = str(refused.value)
    assert all(word in said for word in (NEW, "restore FILE", "set-aside-", swap.AWAY))
    elsewhere.mkdir()
    for name in (NOTE, NEW):
        (root / name).rename(elsewhere / name)
    assert not finish(root)
    everything = state(root) | state(elsewhere / NEW)
    assert set(before.values()) | {"new", "{half"} == set(everything.values())
    kept = sorted(path.removeprefix("set-aside-1/") for path in state(root))
    assert set(before) <= set(kept), "something of before is gone"
    if moved == 0:
        assert state(root) == before


AWAY_PLAN = Plan(
    swap.AWAY, ("known_faces",), ("erasures/note",), ("known_faces/b.pkl",), "data_renewed"
)


def test_what_was_sealed_before_is_written_over_and_files_of_others_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off at each step, what it ends with is the same."""
    done = {"known_faces/a.pkl": "new", "known_faces/b.pkl": "old", "kept": "kept",
            "database/match_history.db": "old", "database/wal": "old"}  # fmt: skip
    for cut_at in range(100):
        root = tmp_path / str(cut_at)
        prepare(root)
        (root / "erasures").mkdir()
        (root / "erasures" / "note").write_text("old")
        with monkeypatch.context() as patched:
            survived = _cut(root, cut_at, patched, AWAY_PLAN)
        counted = survived or (root / NOTE).exists()
        finish(root)
        after = {path: text for path, text in state(root).items() if ".tmp" not in path}
        assert not (root / swap.AWAY).exists()
        if counted:
            assert after == done, cut_at
        else:
            assert after["known_faces/a.pkl"] == "old"
        if survived:
            assert cut_at > 8
            return
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("known_faces", True),
        ("known_faces/a.pkl", True),
        ("database/match_history.db-wal", True),
        ("database/backups/b.tar", True),
        ("keys/.vault.json.tmp", True),
        ("server-settings.json", True),
        ("set-aside-20261126T080000000", True),
        ("", False),
        ("/etc/passwd", False),
        ("../thesis", False),
        ("known_faces/../../thesis", False),
        ("known_faces//a.pkl", False),
        ("known_faces\\..\\a", False),
        ("C:/a", False),
        ("database", False),
        ("database/log.py", False),
        ("database/schema.sql", False),
        ("server/__main__.py", False),
        ("numpy.py", False),
        ("server-settings.json/a", False),
        ("set-aside-", False),
        (NOTE, False),
    ],
)
def test_what_is_one_of_the_data(path: str, *, data: bool) -> None:
    """Neither code, which may lie beside them, nor anything elsewhere."""
    assert swap.is_data(path) == data


@pytest.mark.parametrize(
    "plan",
    [
        Plan(swap.AWAY, (), ("link/thesis",)),
        Plan(swap.AWAY, ("known_faces/link/thesis",), ()),
        Plan(swap.AWAY, (), ("../thesis",)),
        Plan("../away", (), ("known_faces/a.pkl",)),
        Plan("/away", (), ("known_faces/a.pkl",)),
        Plan(swap.AWAY, ("database/log.py",), ()),
        Plan(swap.AWAY, (), (), back=("../thesis",)),
    ],
)
def test_a_plan_that_somebody_else_wrote_is_not_done(tmp_path: Path, plan: Plan) -> None:
    """By who may write the data folder and no more: no file outside is moved or written over."""
    root, home = tmp_path / "data", tmp_path / "home"
    prepare(root)
    home.mkdir()
    (home / "thesis").write_text("mine")
    for folder in (root, root / "known_faces", root / NEW / "known_faces"):
        (folder / "link").symlink_to(home)
    (root / NOTE).write_text(json.dumps(asdict(plan)))
    before = state(tmp_path)
    with pytest.raises(PlanRefused, match=r"[Ll]ook who can"):
        DataFolder(root).lock("the test")
    assert {path: text for path, text in state(tmp_path).items() if ".lock" not in path} == before
    with pytest.raises(CannotOpen, match=r"restoring\.json|is a link"):
        unlock_data(DataFolder(root), "the test")
    with pytest.raises(VaultProblem, match=r"restoring\.json|is a link"):
        open_vault(DataFolder(root))
