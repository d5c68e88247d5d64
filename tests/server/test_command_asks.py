"""What commands ask: a person types a word or does not; the server answers, or it is said why."""

import io
from pathlib import Path

import pytest

from server.command_asks import agreed, ask_server
from server.data_folder import DataFolder
from server.request_folder import NoAnswer


def test_only_the_word_agrees() -> None:
    """In whatever case; another word, an end of the input or nobody does not."""
    asked: list[str] = []

    def ended(_question: str) -> str:
        raise EOFError

    assert agreed(lambda question: asked.append(question) or " Right ", "Is it?", "right")
    assert asked == ["Is it? type right: "]
    assert not agreed(lambda _question: "yes", "Is it?", "right")
    assert not agreed(ended, "Is it?", "right")
    assert not agreed(None, "Is it?", "right")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoAnswer("No server answered."), "No server answered. Start it first: python3 run.py"),
        (ValueError("You may not."), "You may not.\n"),
        (OSError(28, "No space left on device"), "The data folder cannot be written: "),
    ],
)
def test_what_the_server_did_not_do_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    """In a sentence, and None; what it did is given as it came."""
    err = io.StringIO()

    def refuses(*_words: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr("server.command_asks.ask", refuses)
    assert ask_server(DataFolder(tmp_path), "act", err) is None
    assert err.getvalue().startswith(said)
    monkeypatch.setattr("server.command_asks.ask", lambda *words, **_options: {"words": words[1:]})
    assert ask_server(DataFolder(tmp_path), "act", err, of="x") == {"words": ("act", {"of": "x"})}
