"""`python -m server consent`: without a server and beside one, the same sentences."""

import io
import json
import sys
from pathlib import Path

import pytest

from protocol.consent import FIRST_TEXT, LONGEST
from server import consent_tool
from server.__main__ import parser
from server.data_folder import DataFolder
from server.vault import open_vault
from tests.server.galleries import CONSENT, people_service, sample
from tests.server.wire import served

NEW = "I agree to be recognised here.\nÄ, and deleted when I ask."


def ran(root: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, standard output and error of a command."""
    out, err = io.StringIO(), io.StringIO()
    chosen = parser().parse_args(["consent", *words])
    code = consent_tool.run(chosen, DataFolder(root), out=out, err=err)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Data with somebody enrolled from a photo, and a new text in a file beside them."""
    root = tmp_path / "data"
    people = people_service(root)
    people.add("Ann", [sample(1)], consent=CONSENT)
    (tmp_path / "new.txt").write_bytes(b"\xef\xbb\xbf" + NEW.replace("\n", "\r\n").encode())
    return root


def test_set_and_show_without_a_server(root: Path) -> None:
    """Shown before and after; the same again is refused, and nothing is locked afterwards."""
    code, out, _ = ran(root, "show")
    assert code == 0
    assert f"Version 1, in force since the beginning:\n\n{FIRST_TEXT}\n" in out
    assert "0 agreed in other words, said at a checkpoint; 1 enrolled on a ground" in out
    file = str(root.parent / "new.txt")
    assert ran(root, "set", file) == (
        0,
        "Version 2 is in force: every checkpoint shows it now.\n",
        "",
    )
    code, _, err = ran(root, "set", file)
    assert (code, err) == (1, "This text is in force already.\n")
    code, out, _ = ran(root, "show", "--json")
    found = json.loads(out)
    assert (code, found["in_force"]["text"], found["in_force"]["version"]) == (0, NEW, 2)
    assert [one["version"] for one in found["versions"]] == [2, 1]


def test_beside_a_running_server_it_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longest text, with signs that JSON writes long; from standard input, too."""
    with served(tmp_path / "data") as running:
        long = "😀" * LONGEST
        pipe = io.TextIOWrapper(io.BytesIO(long.encode()), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", pipe)
        code, out, err = ran(tmp_path / "data", "set", "-")
        assert (code, err) == (0, "")
        assert "Version 2 is in force" in out
        assert running.grid.consents.state().in_force.text == long
        code, out, _ = ran(tmp_path / "data", "show")
        assert code == 0
        assert long in out
        books = running.grid.books
        assert books is not None
        acts = [one.actor for one in books.audit.verify().entries if one.target == "2"]
        assert acts
        assert all(one.startswith("os:") for one in acts)


def test_what_is_no_text_changes_nothing(root: Path) -> None:
    """Empty, too long, no UTF-8, not there; each with its sentence."""
    file = root.parent / "bad.txt"
    for data, said in (
        (b" \n", "empty"),
        (b"a" * (LONGEST + 1), "Shorten it"),
        (b"a" * (consent_tool.LONGEST_FILE + 1), "far too long"),
        (b"\xff\xfe", "no text in UTF-8"),
    ):
        file.write_bytes(data)
        code, _, err = ran(root, "set", str(file))
        assert (code, said in err) == (1, True), err
    code, _, err = ran(root, "set", str(root / "nothing.txt"))
    assert (code, err) == (1, f"There is no file {root / 'nothing.txt'}.\n")
    code, _, err = ran(root, "set", str(root.parent))
    assert (code, err) == (1, f"{root.parent} is a folder: name the file in it.\n")
    assert not (root / "consent-texts.json").exists()


def test_a_server_that_does_not_answer_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its window may have been stopped: who holds the data is told."""
    monkeypatch.setattr(consent_tool, "WAIT_S", 0.1)
    folder = DataFolder(root)
    open_vault(folder)
    folder.lock("the server 'Lobby'")
    try:
        code, _, err = ran(root, "show")
    finally:
        folder.unlock()
    assert code == 1
    assert "in use by the server 'Lobby'" in err
