"""`python -m server audit`: whole or not, by the exit code, in words and as JSON."""

import argparse
import io
import json
import re
from pathlib import Path

import pytest

from server import audit_tool
from server.account_tool import books_of
from server.accounts import SignInRefused
from server.administration import command_line
from server.audit_records import Verified
from server.data_folder import DataFolder
from server.permissions import Action
from server.vault import open_vault


def parsed(*words: str) -> argparse.Namespace:
    """The command line after `audit`."""
    parser = argparse.ArgumentParser()
    audit_tool.add_parser(parser.add_subparsers())
    return parser.parse_args(["audit", *words])


def told(folder: DataFolder, *words: str) -> tuple[int, str]:
    """The exit code and all that was said."""
    said = io.StringIO()
    return audit_tool.run(parsed(*words), folder, out=said, err=said), said.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A data folder with three acts; how the data stand is a record after the first."""
    made = DataFolder(tmp_path / "data")
    with books_of(made) as books:
        for number in range(3):
            target = f"person-{number}"
            books.administration.act(
                command_line(), Action.RENAME_PERSON, lambda: None, target=target
            )
    return made


def test_a_whole_log_is_verified(folder: DataFolder) -> None:
    """In a sentence, and as JSON with its head."""
    assert told(folder, "verify") == (
        0,
        (
            "Verified up to record 4, and 0 entries of the history: nothing was changed, removed "
            "or put in.\n"
        ),
    )
    code, said = told(folder, "verify", "--json")
    found = json.loads(said)
    assert (code, found["whole"], found["records"], found["findings"]) == (0, True, 4, [])
    assert found["head"].startswith("4.")


def test_a_changed_log_is_named_at_its_record(folder: DataFolder) -> None:
    """With another exit code."""
    path = folder.audit / "audit.jsonl"
    path.write_bytes(path.read_bytes().replace(b"person-1", b"person-7"))
    code, said = told(folder, "verify")
    assert code == 3
    assert said.startswith("Record 3 ")
    assert json.loads(told(folder, "verify", "--json")[1])["findings"][0]["record"] == 3


def test_a_witness_finds_a_folder_that_was_put_back(folder: DataFolder, tmp_path: Path) -> None:
    """The head that a checkpoint printed, in a file."""
    head = json.loads(told(folder, "verify", "--json")[1])["head"]
    older = DataFolder(tmp_path / "older")
    kept = tmp_path / "lobby.txt"
    kept.write_text(head + "\n")
    code, said = told(folder, "verify", "--witness", str(kept))
    assert (code, "The mark of lobby.txt matches record 4." in said) == (0, True)
    matched = json.loads(told(folder, "verify", "--witness", str(kept), "--json")[1])
    assert (matched["witnesses"], matched["history"]) == ({"lobby.txt": 4}, 0)
    with books_of(older):
        pass
    code, said = told(older, "verify", "--witness", str(kept))
    assert code == 3
    assert "lobby.txt" in said
    kept.write_text("rubbish")
    assert told(folder, "verify", "--witness", str(kept))[0] == 1
    code, said = told(folder, "verify", "--witness", str(tmp_path / "none"))
    assert (code, said) == (1, f"There is no file {tmp_path / 'none'}.\n")


def test_a_sealed_head_that_was_taken_away_stays_found(folder: DataFolder) -> None:
    """Looking writes a record and another head: the log is not whole again by that."""
    folder.audit_anchor.unlink()
    for _ in range(2):
        code, said = told(folder, "verify")
        assert code == 3
        assert "says that the log was changed before it" in said


def test_a_log_taken_away_with_its_head_does_not_look_whole(folder: DataFolder) -> None:
    """There are accounts, and every account was made by somebody."""
    with books_of(folder) as books:
        books.administration.set_as_owner(command_line(), "ada", "a long enough passphrase 7")
    assert told(folder, "verify")[0] == 0
    (folder.audit / "audit.jsonl").unlink()
    folder.audit_anchor.unlink()
    code, said = told(folder, "verify")
    assert code == 3
    assert "no record of who made them" in said


def test_a_history_that_cannot_be_read_is_said(folder: DataFolder) -> None:
    """With its own exit code: it is not known to be changed, and not known to be whole."""
    folder.database.parent.mkdir(exist_ok=True)
    folder.database.write_bytes(b"no database" * 100)
    code, said = told(folder, "verify")
    assert code == 1
    assert "The history was not verified. match_history.db is damaged" in said
    assert "Verified up to record 4 of the audit log: nothing was changed" in said
    code, said = told(folder, "verify", "--json")
    found = json.loads(said)
    assert (code, found["whole"], found["history"]) == (1, False, None)
    assert found["trouble"].startswith("The history was not verified. ")


def test_records_are_shown_a_line_each(folder: DataFolder) -> None:
    """For people, under headings; and as JSON lines."""
    headings, *lines = told(folder, "show")[1].splitlines()
    assert re.split(" {2,}", headings) == list(audit_tool._HEADINGS)
    assert len(lines) == 4
    assert "how far the data are" in lines[1]
    assert re.search(r"\d\d:\d\d:\d\d[+-]\d\d:\d\d  ", lines[0])
    cells = (("What", "rename person"), ("Outcome", "allowed"), ("About", "person person-0"))
    for heading, cell in cells:
        assert lines[0].startswith(cell, headings.index(f"{heading} ")), cell
    assert json.loads(told(folder, "show", "--json")[1].splitlines()[3])["target"] == "person-2"


def test_a_list_of_a_changed_log_says_so(folder: DataFolder) -> None:
    """Its exit code alone would tell a program, and no person."""
    path = folder.audit / "audit.jsonl"
    path.write_bytes(path.read_bytes().replace(b"person-1", b"person-7"))
    out, err = io.StringIO(), io.StringIO()
    assert audit_tool.run(parsed("show"), folder, out=out, err=err) == 3
    assert err.getvalue().startswith("Record 3 ")


def test_a_log_without_a_record_has_a_sentence() -> None:
    """In the place of headings over nothing."""
    out, err = io.StringIO(), io.StringIO()
    audit_tool._show(Verified((), (), None), {}, out, err, as_json=False)
    assert (out.getvalue(), err.getvalue()) == ("", "Nothing was recorded yet.\n")


@pytest.mark.parametrize("act", ["verify", "show"])
def test_where_there_is_no_log_nothing_is_verified_or_made(tmp_path: Path, act: str) -> None:
    """In an empty folder, in one that a slip named, and before anything was written down."""
    for root in (tmp_path / "mistyped", tmp_path):
        folder = DataFolder(root)
        assert told(folder, act) == (
            1,
            f"There is no audit log in {root}: nothing was verified.\n",
        )
        assert not list(tmp_path.iterdir())
    open_vault(DataFolder(tmp_path))
    assert told(DataFolder(tmp_path), act)[0] == 1
    assert not (tmp_path / "audit").exists()


def test_a_folder_without_its_keys_has_a_log_all_the_same(folder: DataFolder) -> None:
    """It cannot be verified; no other key is made over it."""
    folder.vault.unlink()
    code, said = told(folder, "verify")
    assert (code, "put a copy of the folder keys back" in said) == (1, True)
    assert not folder.vault.exists()


def test_a_wrong_password_is_noted_with_whose_it_was(folder: DataFolder) -> None:
    """By an id; what was typed in the place of a name that nobody has is not written."""
    with books_of(folder) as books:
        books.administration.set_as_owner(command_line(), "ada", "a long enough passphrase 7")
        for name in ("ADA", "hunter2"):
            with pytest.raises(SignInRefused):
                books.administration.sign_in(name, "wrong")
    lines = [json.loads(line) for line in told(folder, "show", "--json")[1].splitlines()]
    refused = [line["target"] for line in lines if line["action"] == "sign in"]
    assert (len(refused), bool(refused[0]), refused[1]) == (2, True, "")
    shown = [line for line in told(folder, "show")[1].splitlines() if "  sign in  " in line]
    assert ["  ada" in line for line in shown] == [True, False]
    assert "hunter2" not in (folder.audit / "audit.jsonl").read_text()
