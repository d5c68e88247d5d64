"""`python -m server key renew-data`: what it asks, says and leaves to do."""

import io
import json
from pathlib import Path

import pytest

from server import key_tool, renewing
from server.__main__ import main, parser
from server.copies import whole_backups
from server.data_folder import DataFolder
from server.key_acts import use_recovery
from server.renew_tool import Progress
from server.restoring import restore_whole
from server.settings import ServerSettings
from server.vault import VaultLocked, open_vault
from tests.server.lived_in import lived_in
from tests.server.vaults import quick_passphrases

WORDS = "correct horse battery staple"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase is stretched in no time."""
    quick_passphrases(monkeypatch)


def run(
    folder: DataFolder, *words: str, secrets: tuple[str, ...] = (), says: str | None = None
) -> tuple[int, str, str, list[str]]:
    """Exit code, output, errors and what was asked."""
    out, err, typed, asked = io.StringIO(), io.StringIO(), list(secrets), list[str]()

    def confirm(question: str) -> str:
        asked.append(question)
        if says is None:
            raise EOFError
        return says

    code = key_tool.run(
        parser().parse_args(["key", "renew-data", *words]),
        folder,
        by="the test",
        ask=lambda _question: typed.pop(0) if typed else "",
        confirm=confirm,
        keyring=lambda: None,
        out=out,
        err=err,
    )
    return code, out.getvalue(), err.getvalue(), asked


def actions(folder: DataFolder) -> list[tuple[str, str, str]]:
    """Action, outcome and what, of each record about keys."""
    lines = (folder.audit / "audit.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    return [
        (one["outcome"], one["details"].get("what"), one["details"].get("reason", ""))
        for one in found
        if one["action"] == "manage keys"
    ]


def test_it_is_asked_said_and_written_down(tmp_path: Path) -> None:
    """The new recovery key opens; the old backup is named; the log is whole and has one record."""
    lived = lived_in(tmp_path)
    folder, before = lived.folder, lived.vault
    backup = folder.backups / "facenetgrid-20261122T053000123.tar"
    backup.parent.mkdir(exist_ok=True)
    backup.write_bytes(lived.backup.read_bytes())
    (folder.root / "set-aside-1").mkdir()
    for says, why in (("no", "That is not yes"), (None, "add --yes")):
        code, said, err, asked = run(folder, says=says)
        assert (code, said) == (1, "")
        assert why in err
        assert "Nothing was changed." in err
    assert "set aside and old copies of the history (1)" in asked[0]
    assert "Backups stay as they were made (1)" in asked[0]
    assert actions(folder) == []
    code, said, err, _ = run(folder, says="Yes ")
    assert (code, "Traceback" in err) == (0, False)
    after = open_vault(folder)
    assert f"the key {after.fingerprint} took the place of {before.fingerprint}" in said
    lines = said.splitlines()
    command = next(at for at, line in enumerate(lines) if f"backup --data {folder.root}" in line)
    assert lines[command + 1].startswith("Then delete those of before")
    assert lines[command + 2 : command + 4] == ["To delete here:", f"  {backup}"]
    assert "run it again with --new-authority" in said
    assert actions(folder) == [("allowed", "renew-data", ""), ("done", "data sealed anew", "")]
    assert main(["audit", "verify", "--data", str(folder.root)]) == 0
    text = said.split("Recovery key: ")[1].split("\n")[0]
    folder.master_key.unlink()
    assert use_recovery(folder, text, by="t").fingerprint == after.fingerprint


def test_the_backup_of_before_comes_back_with_the_key_of_then_alone(tmp_path: Path) -> None:
    """Into an empty folder with its keys; here it is refused, and nothing is changed."""
    lived = lived_in(tmp_path)
    keys = {path.name: path.read_bytes() for path in lived.folder.keys.iterdir() if path.is_file()}
    assert run(lived.folder, "--yes")[0] == 0
    assert main(["restore", str(lived.backup), "--data", str(lived.folder.root)]) == 1
    other = DataFolder(tmp_path / "other")
    other.keys.mkdir(parents=True)
    (other.keys / "vault.json").write_bytes(keys["vault.json"])
    (other.keys / "master.key").write_bytes(keys["master.key"])
    other.lock("the test")
    done = restore_whole(other, lived.backup, open_vault)
    other.unlock()
    assert done.files > 3


def test_a_second_renewal_still_knows_all(tmp_path: Path) -> None:
    """Fingerprints of before, carried keys and joints become more; nothing is lost."""
    lived = lived_in(tmp_path)
    marks = {lived.vault.fingerprint}
    for _ in range(2):
        assert run(lived.folder, "--yes")[0] == 0
        marks.add(open_vault(lived.folder).fingerprint)
    vault = open_vault(lived.folder)
    assert vault.fingerprints == marks
    assert len(marks) == 3
    assert main(["audit", "verify", "--data", str(lived.folder.root)]) == 0
    assert whole_backups(lived.folder, ServerSettings(), vault.fingerprints) == ()


def test_a_new_authority_is_said_before_and_after(tmp_path: Path) -> None:
    """For every checkpoint has to be paired again."""
    lived = lived_in(tmp_path)
    code, said, _, asked = run(lived.folder, "--new-authority", says="yes")
    assert code == 0
    assert "every checkpoint has to be paired again" in asked[0]
    assert "pair every checkpoint again" in said
    assert main(["audit", "verify", "--data", str(lived.folder.root)]) == 0


def test_a_passphrase_is_replaced_too(tmp_path: Path) -> None:
    """Whoever had the old one would have the new key by it."""
    lived = lived_in(tmp_path)
    folder = lived.folder
    moving = parser().parse_args(["key", "change-source", "passphrase"])
    assert key_tool.run(moving, folder, by="t", ask=lambda _question: WORDS) == 0
    code, _, err, _ = run(folder, "--yes", secrets=(WORDS, "short", "short"))
    assert (code, "at least 12" in err) == (1, True)
    assert actions(folder)[-1] == ("failed", "renew-data", "VaultProblem")
    new = WORDS.upper()
    assert run(folder, "--yes", secrets=(WORDS, new, new))[0] == 0
    with pytest.raises(VaultLocked):
        open_vault(folder, passphrase=WORDS)
    assert open_vault(folder, passphrase=new).fingerprint != lived.vault.fingerprint
    assert not folder.master_key.exists()


def test_what_was_put_back_is_not_sealed_anew(tmp_path: Path) -> None:
    """From then on it would count as right: somebody looks at it first."""
    lived = lived_in(tmp_path)
    folder = lived.folder
    kept = folder.accounts.read_bytes()
    assert main(["password", "Ann Example", "--password-file", _password(tmp_path),
                 "--data", str(folder.root)]) == 0  # fmt: skip
    folder.accounts.write_bytes(kept)
    code, _, err, _ = run(folder, "--yes")
    assert (code, "older copy" in err, "accept-people" in err) == (1, True, True)
    assert open_vault(folder).fingerprint == lived.vault.fingerprint


def _password(folder: Path) -> str:
    path = folder / "password"
    path.write_text("eleven foxes by the river\n")
    return str(path)


def test_a_failure_is_written_down_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason for people, and that nothing was changed."""
    lived = lived_in(tmp_path)
    usage = renewing.shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(renewing.shutil, "disk_usage", lambda _root: usage)
    code, _, err, _ = run(lived.folder, "--yes")
    assert (code, "free some space. Nothing was changed." in err) == (1, True)
    assert actions(lived.folder)[-1] == ("failed", "renew-data", "NotRenewed")
    assert open_vault(lived.folder).fingerprint == lived.vault.fingerprint


def test_a_running_server_is_not_disturbed(tmp_path: Path) -> None:
    """The lock is asked for first."""
    lived = lived_in(tmp_path)
    lived.folder.lock("the server 'Lobby'")
    code, _, err, asked = run(DataFolder(lived.folder.root), says="yes")
    assert (code, "Lobby" in err, asked) == (1, True, [])
    lived.folder.unlock()


def test_nothing_is_made_where_nothing_is(tmp_path: Path) -> None:
    """A folder that was typed wrong gets no key."""
    code, _, err, asked = run(DataFolder(tmp_path / "nothing"), says="yes")
    assert (code, "There are no data in" in err, asked) == (1, True, [])
    assert list(tmp_path.iterdir()) == []


def test_progress_is_a_bar_with_what_is_left() -> None:
    """On a terminal; each stage begins anew."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    progress = Progress(stream)
    progress.told("people", 100, 400)
    progress.told("events", 0, 0)
    progress.end()
    assert "100/400" in stream.getvalue()
    assert "people" in stream.getvalue()
    assert stream.getvalue().endswith("\n")
