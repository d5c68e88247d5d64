"""`python -m server password` and `users`: for the owner of the folder, with no window."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from server import account_tool
from server.account_tool import books_of
from server.data_folder import DataFolder
from server.master_keys import MasterKeyFile
from server.permissions import Role
from server.vault import open_vault
from tests.conftest import ROOT
from tests.server.office import GOOD, OTHER
from tests.server.vaults import quick_passphrases


def told(folder: DataFolder, *answers: str, name: str = "") -> tuple[int, str]:
    """Runs `password` with these answers; gives the exit code and all that was said."""
    said = io.StringIO()
    asked = iter(answers)
    code = account_tool.password(folder, name, ask=lambda _prompt: next(asked), out=said, err=said)
    return code, said.getvalue()


def test_the_first_password_makes_the_administrator(tmp_path: Path) -> None:
    """A later one is a new password; another name has to be there already."""
    folder = DataFolder(tmp_path)
    assert told(folder, GOOD, GOOD) == (0, "administrator is an administrator now.\n")
    assert told(folder, OTHER, OTHER) == (0, "Set for administrator.\n")
    code, said = told(folder, GOOD, GOOD, name="nobody")
    assert code == 1
    assert said == "There is no account named nobody (--role ROLE makes one).\n"
    with books_of(folder) as books:
        assert books.administration.sign_in("administrator", OTHER).role is Role.ADMINISTRATOR
        assert {entry.actor.split(":")[0] for entry in books.audit.verify().entries} == {
            "os",
            "account",
            "server",
        }


def test_a_further_account_has_the_role_that_is_asked_for(tmp_path: Path) -> None:
    """Not before the administrator's, and not one that is there already."""
    folder, said = DataFolder(tmp_path), io.StringIO()

    def made(name: str, role: Role) -> int:
        return account_tool.password(
            folder, name, role=role, ask=lambda _prompt: OTHER, out=said, err=said
        )

    assert made("kim", Role.ENROLLER) == 1
    assert "administrator's first" in said.getvalue()
    assert told(folder, GOOD, GOOD)[0] == 0
    assert made("kim", Role.ENROLLER) == 0
    assert made("Kim", Role.OPERATOR) == 1
    assert "an account named Kim already" in said.getvalue()
    with books_of(folder) as books:
        assert books.administration.sign_in("kim", OTHER).role is Role.ENROLLER
        assert books.administration.enrollers == 2


@pytest.mark.parametrize(
    ("answers", "why"),
    [(("short", "short"), "12"), ((GOOD, OTHER), "not the same"), (("x" * 20, "x" * 20), "easy")],
)
def test_what_cannot_be_used_changes_nothing(
    tmp_path: Path, answers: tuple[str, str], why: str
) -> None:
    """With a sentence."""
    folder = DataFolder(tmp_path)
    code, said = told(folder, *answers)
    assert code == 1
    assert why in said
    assert not folder.accounts.exists()


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """In words, and nothing was made."""
    said, folder = io.StringIO(), DataFolder(tmp_path / "data")
    none = tmp_path / "none"
    assert account_tool.password(folder, password_file=none, out=said, err=said) == 1
    assert said.getvalue() == f"There is no file {none}.\n"
    assert not folder.root.exists()


def test_from_a_file_by_the_real_command(tmp_path: Path) -> None:
    """And `users` lists who there is."""
    secret = tmp_path / "secret"
    secret.write_text(GOOD + "\nnot this line\n")
    data = ["--data", str(tmp_path / "data")]
    words = [sys.executable, "-m", "server"]
    done = subprocess.run(
        [*words, "password", "--password-file", str(secret), *data],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "administrator" in done.stdout
    listed = subprocess.run(
        [*words, "users", *data], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    headings, row = listed.stdout.splitlines()
    assert headings.split("  ")[0] == "Name"
    assert re.fullmatch(
        r"administrator +administrator +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d +never +0", row
    )
    assert row.index("never") == headings.index("Last sign-in")
    said = io.StringIO()
    assert account_tool.users(DataFolder(tmp_path / "data"), as_json=True, out=said) == 0
    (one,) = json.loads(said.getvalue())["users"]
    assert (one["name"], one["role"], one["last_sign_in_ms"]) == (*["administrator"] * 2, None)


def test_nobody_yet_is_said(tmp_path: Path) -> None:
    """With the command that mends it."""
    said = io.StringIO()
    for root in (tmp_path / "mistyped", tmp_path):
        assert account_tool.users(DataFolder(root), out=said, err=said) == 0
        assert f"python3 run.py server password --data {root}\n" in said.getvalue()
    said = io.StringIO()
    assert account_tool.users(DataFolder(tmp_path), as_json=True, out=said, err=said) == 0
    assert json.loads(said.getvalue()) == {"users": []}
    assert not list(tmp_path.iterdir()), "looking makes no key"


def test_a_passphrase_is_asked_for_at_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anybody there, the sentence names the file to give."""
    quick_passphrases(monkeypatch)
    folder, said = DataFolder(tmp_path), io.StringIO()
    open_vault(folder, passphrase="four words of long ago")
    assert account_tool.users(folder, out=said, err=said) == 1
    assert "--passphrase-file FILE" in said.getvalue()
    monkeypatch.setattr(account_tool, "terminal", lambda: lambda _asked: "four words of long ago")
    assert account_tool.users(folder, out=said, err=said) == 0


def test_a_key_is_made_with_the_lock_alone(tmp_path: Path) -> None:
    """Two programs would make one each; and a key that is being replaced beside it stays."""
    folder, holder = DataFolder(tmp_path), DataFolder(tmp_path)
    holder.lock("the server")
    code, said = told(folder, GOOD, GOOD)
    assert (code, folder.vault.exists()) == (1, False)
    assert "in use by the server" in said
    holder.unlock()
    assert told(folder, GOOD, GOOD)[0] == 0
    MasterKeyFile(folder.master_key).put("f" * 32, bytes(32))
    assert told(folder, OTHER, OTHER)[0] == 0
    assert MasterKeyFile(folder.master_key).get("f" * 32) == bytes(32)
