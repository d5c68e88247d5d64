"""`confirm-clock`: asked at a terminal, told to the running server, refused in words."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from server import clock_tool
from server.__main__ import parser
from server.clock_tool import confirm
from server.data_folder import DataFolder
from server.request_folder import NoAnswer


class Server:
    """What answers a request, and what was asked."""

    def __init__(self, patch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
        self.asked: list[str] = []
        self._error = error
        patch.setattr("server.command_asks.ask", self._answer)

    def _answer(self, _folder: Path, action: str, _words: object, **_more: object) -> object:
        self.asked.append(action)
        if self._error is not None:
            raise self._error
        return {}


def ran(
    folder: Path, *, yes: bool = False, ask_person: Callable[[str], str] | None = None
) -> tuple[int, str, str]:
    """Code and both streams."""
    out, err = io.StringIO(), io.StringIO()
    code = confirm(DataFolder(folder), yes=yes, ask_person=ask_person, out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def test_somebody_has_to_look_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question says what the clock shows; any other word, or nobody, confirms nothing."""
    server, questions = Server(monkeypatch), list[str]()

    def ended(_question: str) -> str:
        raise EOFError

    def says(word: str) -> Callable[[str], str]:
        return lambda question: questions.append(question) or word

    for person in (None, ended, says("yes"), says("")):
        code, out, err = ran(tmp_path, ask_person=person)
        assert (code, out, "Nothing was confirmed" in err) == (1, "", True)
    assert server.asked == []
    code, out, err = ran(tmp_path, ask_person=says(" Right "))
    assert (code, err, server.asked) == (0, "", ["confirm clock"])
    shown = out.removeprefix("The server believes its clock: ")[:10]
    assert all(shown in question for question in questions)
    assert ran(tmp_path, yes=True)[0] == 0


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoAnswer("No server answered."), "Start it first: python3 run.py server"),
        (ValueError("You may not."), "You may not."),
        (OSError(28, "No space left on device"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    """In a sentence, with 1."""
    Server(monkeypatch, error)
    code, out, err = ran(tmp_path, yes=True)
    assert (code, out, said in err) == (1, "", True)


def test_the_command_line_leads_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal `--yes` alone confirms."""
    server = Server(monkeypatch)
    for words, code in (([], 1), (["--yes"], 0)):
        chosen = parser().parse_args(["confirm-clock", *words, "--data", str(tmp_path)])
        assert clock_tool.run(chosen, DataFolder(chosen.data)) == code
    assert server.asked == ["confirm clock"]
    assert "believes its clock" in capsys.readouterr().out
