"""`backup` and `restore` at the command line: beside a server, and on another computer."""

import io
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from server import backup_tool
from server.__main__ import main
from server.audit import Audit
from server.backup_tool import back_up, forget_in_backups, restore
from server.data_folder import DataFolder
from server.data_proof import with_data
from server.key_acts import print_recovery
from server.meanwhile import RENEWED
from server.vault import Vault, open_vault
from tests.server.galleries import sample
from tests.server.wire import face, identify, served
from tests.support import taken


def actions(folder: DataFolder) -> list[tuple[str, str]]:
    """What the audit log says was done to backups."""
    audit = Audit(folder.audit, folder.audit_anchor, open_vault(folder))
    verified = audit.verify()
    assert verified.whole, verified.findings
    return [
        (entry.action, entry.outcome)
        for entry in verified.entries
        if entry.action in ("back up", "restore")
    ]


def test_a_backup_beside_a_running_server_and_back(tmp_path: Path) -> None:
    """The server goes on; restoring waits for its end; both are in the audit log."""
    root = tmp_path / "data"
    folder = DataFolder(root)
    out, err = io.StringIO(), io.StringIO()
    with served(root) as running, running.checkpoint() as gate:
        running.grid.people.add("Grace Hopper", [sample(1)])
        assert gate.ask(identify(face(1))).kind == "verdict"
        assert back_up(folder, tmp_path, out=out, err=err) == 0, err.getvalue()
        (backup,) = tmp_path.glob("facenetgrid-*.tar")
        assert str(backup) in out.getvalue()
        assert open_vault(folder).fingerprint in out.getvalue()
        assert gate.ask(identify(face(1))).kind == "verdict"
        # F16: the holder is named, and nothing is touched.
        assert restore(DataFolder(root), backup, err=err) == 1
        assert "in use by the server" in err.getvalue()
        assert running.grid.history.count() == 2
    assert restore(folder, backup, out=out, err=err) == 0, err.getvalue()
    assert "set-aside-" in out.getvalue()
    assert actions(folder) == [
        (action, outcome) for action in ("back up", "restore") for outcome in ("allowed", "done")
    ]
    with served(root) as running:
        assert running.grid.history.count() == 1
        assert len(running.grid.people.list()) == 1


def test_what_cannot_be_done_is_one_sentence(tmp_path: Path) -> None:
    """No key, no backup, no folder."""
    err = io.StringIO()
    assert back_up(DataFolder(tmp_path / "none"), None, err=err) == 1
    assert restore(DataFolder(tmp_path / "data"), tmp_path / "none.tar", err=err) == 1
    assert err.getvalue().count("\n") == 2
    assert "Traceback" not in err.getvalue()


def test_another_computer_asks_for_the_recovery_key(tmp_path: Path) -> None:
    """Without anybody to ask it says where the key has to come from."""
    root = tmp_path / "data"
    with served(root):
        pass
    folder = DataFolder(root)
    recovery = print_recovery(folder, open_vault(folder), by="the test")
    assert back_up(folder, tmp_path, out=io.StringIO()) == 0
    (backup,) = tmp_path.glob("facenetgrid-*.tar")
    new, err = DataFolder(tmp_path / "new"), io.StringIO()
    assert restore(new, backup, err=err) == 1
    assert "recovery key" in err.getvalue()
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return recovery.text

    out = io.StringIO()
    assert restore(new, backup, ask=answer, out=out, err=err) == 0, err.getvalue()
    assert "Recovery key" in asked[0]
    assert "set-aside" not in out.getvalue(), "nothing was there"
    assert "are in it again" in out.getvalue(), "who was erased elsewhere since"
    assert actions(new)[-1] == ("restore", "done")


def test_nobody_erased_stays_in_backups_kept_elsewhere(tmp_path: Path) -> None:
    """Named one by one or as a folder, beside a running server; each is told, and so is failure."""
    root, stick = tmp_path / "data", tmp_path / "stick"
    folder = DataFolder(root)
    stick.mkdir()
    out, err = io.StringIO(), io.StringIO()
    with served(root) as running, running.checkpoint() as gate:
        assert forget_in_backups(folder, [stick], err=err) == 1
        assert "no backup" in err.getvalue()
        grace = running.grid.people.add("Grace Hopper", [sample(1)]).subject_id
        assert gate.ask(identify(face(1))).kind == "verdict"
        assert back_up(folder, stick, out=out) == 0
        running.grid.erase_person(grace, by="account:7")
        assert gate.ask(identify(face(1))).kind == "verdict"
        assert back_up(folder, stick, out=out) == 0
        before, after = sorted(stick.glob("*.tar"))
        before = before.rename(stick / "a name of mine")
        (stick / "notes.txt").write_text("milk")
        (stick / "torn.tar").write_bytes(before.read_bytes()[:3000])
        out, err = io.StringIO(), io.StringIO()
        assert forget_in_backups(folder, [stick], out=out, err=err) == 1
        assert "torn.tar" in err.getvalue()
        (stick / "torn.tar").unlink()
        assert forget_in_backups(folder, [before, after], out=out, err=err) == 0
    lines = out.getvalue().splitlines()
    assert f"{before}: 1 file of people, and 2 rows and names" in lines[0]
    assert all("left as it is" in line for line in lines[1:])
    assert len(lines) == 4
    log = (root / "audit" / "audit.jsonl").read_text()
    assert log.count("forget in backups") == 6
    vault = open_vault(folder)
    verified = Audit(folder.audit, folder.audit_anchor, vault).verify()
    assert with_data(verified, folder, vault, now_ms=0).findings == ()


def test_a_backup_wants_the_paper_of_its_day(tmp_path: Path) -> None:
    """A later recovery key is refused with the day of the one that opens; that one does."""
    folder, err = DataFolder(tmp_path / "data"), io.StringIO()
    before = print_recovery(folder, open_vault(folder), by="the test")
    assert back_up(folder, tmp_path / "b", out=io.StringIO()) == 0
    later = print_recovery(folder, open_vault(folder), by="the test")
    new = DataFolder(tmp_path / "new")
    assert restore(new, tmp_path / "b", ask=lambda _prompt: later.text, err=err) == 1
    assert "The backup was made on 20" in err.getvalue()
    assert "the paper that counted then, that of 20" in err.getvalue()
    assert not new.keys.exists()
    said = io.StringIO()
    assert restore(new, tmp_path / "b", ask=lambda _prompt: before.text, out=said, err=err) == 0


def test_a_key_that_was_made_by_a_first_start_leaves_a_way_out(tmp_path: Path) -> None:
    """Nobody enrolled here: the sentence says what to move away, and that is enough."""
    folder, err = DataFolder(tmp_path / "data"), io.StringIO()
    recovery = print_recovery(folder, open_vault(folder), by="the test")
    assert back_up(folder, tmp_path / "b.tar", out=io.StringIO()) == 0
    new = DataFolder(tmp_path / "new")
    with served(new.root):
        pass
    assert restore(new, tmp_path / "b.tar", ask=lambda _prompt: recovery.text, err=err) == 1
    assert "(--data FOLDER)" in err.getvalue()
    assert "move the folders keys and audit somewhere else" in err.getvalue()
    for part in (new.keys, new.audit):
        part.rename(tmp_path / part.name)
    out, err = io.StringIO(), io.StringIO()
    code = restore(new, tmp_path / "b.tar", ask=lambda _prompt: recovery.text, out=out, err=err)
    assert (code, err.getvalue()) == (0, "")
    with served(new.root) as running:
        assert running.grid.people.alarms == ()
    assert open_vault(new).fingerprint == open_vault(folder).fingerprint


def erased_from(root: Path, stick: Path) -> DataFolder:
    """Data of which somebody was erased who is still in two backups."""
    folder = DataFolder(root)
    stick.mkdir()
    with served(root) as running:
        grace = running.grid.people.add("Grace Hopper", [sample(1)]).subject_id
        for _ in range(2):
            assert back_up(folder, stick, out=io.StringIO()) == 0
        running.grid.erase_person(grace, by="account:7")
    return folder


def test_the_key_is_renewed_before_or_after_all_backups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never between two; when it came first nothing is written, and the command is run again."""
    folder = erased_from(tmp_path / "data", tmp_path / "stick")
    backups = {path: path.read_bytes() for path in (tmp_path / "stick").iterdir()}
    real, err = backup_tool.turn, io.StringIO()

    def renewed(of: DataFolder, vault: Vault) -> AbstractContextManager[None]:
        monkeypatch.setattr(backup_tool, "turn", real)
        assert main(["key", "renew-data", "--yes", "--data", str(of.root)]) == 0
        return real(of, vault)

    class Between(io.StringIO):
        def write(self, text: str) -> int:
            assert taken(folder.keys / "copies.lock")
            return super().write(text)

    between = Between()
    assert forget_in_backups(folder, [tmp_path / "stick"], out=between, err=err) == 0
    assert between.getvalue().count("1 file of people") == 2
    for path, data in backups.items():
        path.write_bytes(data)
    monkeypatch.setattr(backup_tool, "turn", renewed)
    out, log = io.StringIO(), folder.audit / "audit.jsonl"
    assert forget_in_backups(folder, [tmp_path / "stick"], out=out, err=err) == 1
    assert (out.getvalue(), err.getvalue()) == ("", f"{RENEWED}\n")
    assert {path: path.read_bytes() for path in backups} == backups
    assert log.read_text().count("forget in backups") == 2
    assert forget_in_backups(folder, [tmp_path / "stick"], out=out, err=err) == 0
    assert out.getvalue().count("1 file of people") == 2
    assert backup_tool.restore(folder, next(iter(backups)), err=err) == 1
    assert ".tar was made with the key" in err.getvalue()
    assert Audit(folder.audit, folder.audit_anchor, open_vault(folder)).verify().whole
