"""`python -m server checkpoints` beside a server that runs, and where none does."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.__main__ import parser
from server.checkpoints_tool import add, let_try_again, list_checkpoints, rename, revoke, run
from server.data_folder import DataFolder
from tests.server.programs import Program


def ran(act: Callable[..., int], *words: object, **options: object) -> tuple[int, str, str]:
    """Exit code, standard output and error of a command."""
    out, err = io.StringIO(), io.StringIO()
    code = act(*words, **options, out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def test_list_add_and_revoke_beside_a_running_server(tmp_path: Path) -> None:
    """The code is one that a checkpoint can type; who is not there cannot be shut out.

    Typed all at once: the server looks once a second, and answers whatever is there.
    """
    with Program(tmp_path) as server, ThreadPoolExecutor(max_workers=6) as typed:
        port = server.port()
        folder = DataFolder(tmp_path)
        where = "192.168.7.9:5050"
        nobody = typed.submit(ran, list_checkpoints, folder, as_json=False)
        local, far, nowhere = (
            typed.submit(ran, add, folder, **options)
            for options in (
                {"name": "Gate", "address": "", "who_enrols": None, "as_json": True},
                {"name": "", "address": where, "who_enrols": "nobody", "as_json": False},
                {"name": "", "address": "a name", "who_enrols": "anybody", "as_json": False},
            )
        )
        missing = [typed.submit(ran, act, folder, "gate-9") for act in (revoke, let_try_again)]
        missing.append(typed.submit(ran, rename, folder, "gate-9", name="Gate"))
        code, out, _ = nobody.result()
        assert code == 0
        assert "No checkpoint is paired yet" in out
        code, out, _ = local.result()
        assert code == 0
        found = json.loads(out)
        assert found["address"] == f"127.0.0.1:{port}"
        code, out, _ = far.result()
        assert code == 0
        assert "Who may enrol at it: nobody." in out
        typeable = out.splitlines()[0]
        assert typeable != found["code"]
        assert f"python3 run.py client pair {typeable}" in out
        assert where in out
        assert nowhere.result()[0] == 1
        for one in missing:
            code, _, err = one.result()
            assert code == 1
            assert "No checkpoint is paired as 'gate-9'" in err
        code, out, _ = ran(list_checkpoints, folder, as_json=True)
        assert code == 0
        assert json.loads(out) == {"checkpoints": []}
        server.terminate()


def test_without_a_server_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left that a server would do an hour later."""
    monkeypatch.setattr("server.command_asks.WAIT_S", 0.1)
    folder, err = DataFolder(tmp_path / "my data"), io.StringIO()
    assert list_checkpoints(folder, as_json=False, err=err) == 1
    command, *then = err.getvalue().partition("Start it first: ")[2].splitlines()
    assert command == f"python3 run.py server --data '{folder.root}'"
    assert then == ["Where there is no screen add --headless."]
    assert not folder.root.exists()
    folder.requests.mkdir(parents=True)
    assert list_checkpoints(folder, as_json=False, err=err) == 1
    assert list(folder.requests.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["add", "--name", "Gate", "--who-enrols", "signed-in"],
        ["rename", "lobby-1", "Gate"],
        ["revoke", "lobby-1"],
        ["let-enrol", "lobby-1", "signed-in"],
        ["let-try-again", "lobby-1"],
        ["let-sign-in-again", "lobby-1"],
    ],
)
def test_each_word_of_the_command_line_leads_there(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without a server each of them ends with 1 and a sentence."""
    monkeypatch.setattr("server.command_asks.WAIT_S", 0.1)
    chosen = parser().parse_args(["checkpoints", *words, "--data", str(tmp_path)])
    assert run(chosen, DataFolder(chosen.data)) == 1
    assert "No server answered" in capsys.readouterr().err


@pytest.mark.parametrize("unwritten", ["", "Lobby is shut out, and that could not be written."])
def test_one_that_is_shut_out_and_not_written_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unwritten: str
) -> None:
    """On standard error, with 1: somebody has to make room."""

    def answers(*_request: object, **_more: object) -> object:
        return {"revoked": "lobby-1", "unwritten": unwritten}

    monkeypatch.setattr("server.command_asks.ask", answers)
    code, out, err = ran(revoke, DataFolder(tmp_path), "lobby-1")
    assert (code, err) == ((1, f"{unwritten}\n") if unwritten else (0, ""))
    assert bool(out) == (not unwritten)


def test_what_is_held_up_is_told_and_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under its checkpoint in the list; opening says how many tries there are."""
    held = {"places": 1, "wait_s": 600.0, "opened": 1}
    device = {
        "checkpoint_id": "lobby-1",
        "name": "Lobby",
        "expires_at_ms": 1,
        "revoked_at_ms": None,
        "who_enrols": "signed_in",
        "held_up": held,
        "sign_ins_until_ms": 1_800_000_000_000,
    }
    asked: list[tuple[str, object]] = []

    def answers(_folder: Path, action: str, details: object, **_: object) -> object:
        asked.append((action, details))
        known = {"checkpoints": {"checkpoints": [device]}, "let sign in again": {"until_ms": 7}}
        return known.get(action, held)

    monkeypatch.setattr("server.command_asks.ask", answers)
    assert run(parser().parse_args(["checkpoints", "list"]), DataFolder(tmp_path)) == 0
    out = capsys.readouterr().out
    headings, row, held_there, waiting = out.splitlines()
    assert held_there.startswith("lobby-1: 1 face gets no answer here")
    assert waiting.startswith("lobby-1: After wrong passwords sign-ins wait here until")
    assert headings.startswith("Id       State   Certificate until  Who enrols")
    assert row.startswith("signed in", headings.index("Who enrols"))
    assert row.endswith("  Lobby")
    device |= {"revoked_at_ms": 1_785_535_200_000, "held_up": {**held, "places": 0}}
    assert run(parser().parse_args(["checkpoints", "list"]), DataFolder(tmp_path)) == 0
    assert "  revoked 2026-0" in capsys.readouterr().out
    words = parser().parse_args(["checkpoints", "let-try-again", "lobby-1"])
    assert run(words, DataFolder(tmp_path)) == 0
    assert "1 face may try again at lobby-1: 10 tries." in capsys.readouterr().out
    words = parser().parse_args(["checkpoints", "let-sign-in-again", "lobby-1"])
    assert run(words, DataFolder(tmp_path)) == 0
    assert "Sign-ins at lobby-1 wait no more." in capsys.readouterr().out
    assert asked[2:] == [
        (action, {"checkpoint_id": "lobby-1"}) for action in ("let try again", "let sign in again")
    ]


def test_one_that_is_added_is_for_who_signs_in_unless_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may stand anywhere; the answer says so, and that nobody could sign in there yet."""
    window = {"code": "ABCDE", "address": "10.0.0.1:5050", "who_enrols": None, "enrollers": 0}
    monkeypatch.setattr("server.command_asks.ask", lambda *_words, **_options: window)
    assert run(parser().parse_args(["checkpoints", "add"]), DataFolder(tmp_path)) == 0
    out = capsys.readouterr().out
    assert "as before where it is paired again, else who signs in there." in out
    assert "No account may do that yet" in out


@pytest.mark.parametrize("enrollers", [0, 1])
def test_who_enrols_is_said_and_that_nobody_could_sign_in(
    enrollers: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On a server without accounts nobody could enrol there, which is told at once."""
    answer = {"who_enrols": "signed_in", "enrollers": enrollers}
    monkeypatch.setattr("server.command_asks.ask", lambda *_words, **_options: answer)
    words = parser().parse_args(["checkpoints", "let-enrol", "lobby-1", "signed-in"])
    assert run(words, DataFolder(tmp_path)) == 0
    out = capsys.readouterr().out
    assert "Who may enrol at lobby-1: who signs in there." in out
    assert ("No account may do that yet" in out) is (enrollers == 0)


def test_a_name_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says from when it counts."""
    asked: list[object] = []
    monkeypatch.setattr("server.command_asks.ask", lambda *words, **_: asked.append(words) or {})
    words = parser().parse_args(["checkpoints", "rename", "lobby-1", "Main entrance"])
    assert run(words, DataFolder(tmp_path)) == 0
    assert "lobby-1 is Main entrance now" in capsys.readouterr().out
    details = {"checkpoint_id": "lobby-1", "name": "Main entrance"}
    assert asked == [(DataFolder(tmp_path).requests, "rename checkpoint", details)]
