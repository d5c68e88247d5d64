"""`python -m server key`: what it prints, asks for and refuses."""

import io
import json
import re
from pathlib import Path

import pytest

from server import key_tool
from server.__main__ import main, parser
from server.data_folder import DataFolder
from server.vault import PASSPHRASE_FILE, open_vault
from tests.database.examples import open_it
from tests.server.vaults import quick_passphrases

WORDS = "correct horse battery staple"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase is stretched in no time."""
    quick_passphrases(monkeypatch)


def run(folder: DataFolder, *words: str, answers: tuple[str, ...] = ()) -> tuple[int, str, str]:
    """Exit code, output and errors of one act, with what is typed."""
    out, err, typed = io.StringIO(), io.StringIO(), list(answers)
    code = key_tool.run(
        parser().parse_args(["key", *words]),
        folder,
        by="the test",
        ask=(lambda _question: typed.pop(0)) if answers else (lambda _question: ""),
        keyring=lambda: None,
        out=out,
        err=err,
    )
    return code, out.getvalue(), err.getvalue()


def test_status_before_and_after(tmp_path: Path) -> None:
    """It makes nothing, and names place and fingerprint."""
    folder = DataFolder(tmp_path)
    assert f"no key in {tmp_path}" in run(folder, "status")[1]
    assert json.loads(run(folder, "status", "--json")[1]) == {"key": None}
    assert not folder.keys.exists()
    vault = open_vault(folder)
    told = json.loads(run(folder, "status", "--json")[1])["key"]
    assert (told["fingerprint"], told["source"]) == (vault.fingerprint, "file")
    assert (told["recovery_at_ms"], told["missing"]) == (None, False)
    code, said, _ = run(folder, "status")
    assert code == 0
    assert vault.fingerprint in said
    assert "never printed" in said
    run(folder, "recovery")
    assert "never" not in run(folder, "status")[1]


@pytest.mark.parametrize("words", ["recovery", "rotate", "change-source file", "renew-data --yes"])
def test_no_key_is_made_to_be_replaced(tmp_path: Path, words: str) -> None:
    """Neither where there are no data, nor in data of an earlier version, nor over a lost key."""
    folder = DataFolder(tmp_path / "data")
    code, said, problem = run(folder, *words.split())
    assert (code, said, f"There are no data in {folder.root}" in problem) == (1, "", True)
    assert not folder.root.exists()
    folder.known_faces.mkdir(parents=True)
    (folder.known_faces / "a.pkl").write_bytes(b"plain")
    code, said, problem = run(folder, *words.split())
    assert (code, said, "start the server once" in problem) == (1, "", True)
    open_it(folder.database).close()
    code, said, problem = run(folder, *words.split())
    assert (code, said, "put a copy of the folder keys back" in problem) == (1, "", True)
    assert not folder.keys.exists()


def test_a_recovery_key_is_printed_and_used(tmp_path: Path) -> None:
    """Typed, or read from a file."""
    folder = DataFolder(tmp_path)
    secret = open_vault(folder).key("x")
    _, said, _ = run(folder, "recovery")
    (text,) = re.findall(r"(?:\w{4}-){8}\w{4}", said.split("\n")[0])
    assert "keep the paper of before for backups of before" in said
    folder.master_key.unlink()
    code, status, _ = run(folder, "status")
    assert (code, "MISSING: it was in" in status) == (1, True)
    assert f"use-recovery --data {tmp_path}" in status
    assert run(folder, "recovery")[0] == 1
    assert run(folder, "use-recovery", answers=(text,))[0] == 0
    assert open_vault(folder).key("x") == secret
    folder.master_key.unlink()
    paper = tmp_path / "paper"
    paper.write_text(text + "\n")
    assert run(folder, "use-recovery", "--recovery-file", str(paper))[0] == 0
    assert open_vault(folder).key("x") == secret
    log = (folder.audit / "audit.jsonl").read_text()
    assert log.count("manage keys") == 3
    assert log.count("use-recovery") == 2
    assert text not in log


def test_a_passphrase_is_typed_twice_and_asked_for(tmp_path: Path) -> None:
    """Two that differ change nothing; later acts ask for it once."""
    folder = DataFolder(tmp_path)
    secret = open_vault(folder).key("x")
    code, _, problem = run(folder, "change-source", "passphrase", answers=(WORDS, WORDS + "r"))
    assert (code, "not the same" in problem) == (1, True)
    assert run(folder, "change-source", "passphrase", answers=(WORDS, WORDS))[0] == 0
    assert open_vault(folder, passphrase=WORDS).key("x") == secret
    assert run(folder, "recovery", answers=("another",))[0] == 1
    new = WORDS.upper()
    code, said, _ = run(folder, "rotate", answers=(WORDS, new, new))
    assert (code, "Recovery key:" in said) == (0, True)
    assert open_vault(folder, passphrase=new).key("x") == secret
    assert run(folder, "change-source", "file", answers=(new,))[0] == 0
    assert open_vault(folder).key("x") == secret


def test_a_passphrase_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--passphrase-file opens; --new-passphrase-file replaces; what is no passphrase is told."""
    monkeypatch.setenv(PASSPHRASE_FILE, "")
    folder, words = DataFolder(tmp_path / "data"), tmp_path / "words"
    words.write_text(WORDS + "\nnot this line\n")
    data = ["--data", str(folder.root)]
    open_vault(folder, passphrase=WORDS)
    assert main(["--passphrase-file", str(words), "key", "recovery", *data]) == 0
    assert open_vault(folder, passphrase=WORDS).file.source == "passphrase"
    new = tmp_path / "new"
    new.write_text(WORDS * 2)
    said = ["key", "rotate", "--new-passphrase-file", str(new), *data]
    assert main(["--passphrase-file", str(words), *said]) == 0
    open_vault(folder, passphrase=WORDS * 2)
    for content, why in ((b"", "has to be"), (b"\xff\xfe", "no text"), (b"a" * 2000, "has to be")):
        words.write_bytes(content)
        capsys.readouterr()
        assert main(["--passphrase-file", str(words), "key", "recovery", *data]) == 1
        assert why in capsys.readouterr().err
    assert main(["--passphrase-file", str(tmp_path), "key", "recovery", *data]) == 1


def test_a_running_server_is_not_disturbed(tmp_path: Path) -> None:
    """The folder's lock is asked for first."""
    folder = DataFolder(tmp_path)
    open_vault(folder)
    folder.lock("the server 'Lobby'")
    code, _, problem = run(DataFolder(tmp_path), "rotate")
    assert (code, "Lobby" in problem) == (1, True)
    folder.unlock()


def test_nobody_at_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is asked, and the sentence says what to name instead."""
    folder, err = DataFolder(tmp_path), io.StringIO()
    open_vault(folder)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    chosen = parser().parse_args(["key", "use-recovery"])
    assert key_tool.run(chosen, folder, by="t", err=err) == 1
    assert "--recovery-file" in err.getvalue()


def test_whoever_types_nothing_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-D at the question is no crash."""
    folder, err = DataFolder(tmp_path), io.StringIO()
    open_vault(folder)
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", screen)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: input())
    chosen = parser().parse_args(["key", "use-recovery"])
    assert key_tool.run(chosen, folder, by="t", err=err) == 1
    assert err.getvalue() == "Nothing was typed, and nothing was changed.\n"
