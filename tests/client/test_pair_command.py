"""`python -m client pair CODE`: pairs, keeps the address, says how it went."""

import io
from pathlib import Path

import pytest

from client import __main__ as program
from client import settings as kept
from client.identity import Identity
from client.pair_command import run
from client.settings import ClientSettings
from tests.server.wire import served


def test_it_pairs_and_keeps_the_servers_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next start connects to that server."""
    file = tmp_path / "checkpoint.json"
    with served(tmp_path / "data") as running:
        code = running.grid.pairing.open().code
        words = ["pair", code, "--settings", str(file), "--checkpoint-id", "yard"]
        assert program.main(words) == 0
        assert capsys.readouterr().out == "Paired with FaceNetGrid as yard.\n"
        settings = kept.load(file).settings
        assert (settings.server_host, settings.server_port) == ("127.0.0.1", running.port)
        assert settings.checkpoint_id == "yard"
        known = Identity.beside(file, "yard").load()
        assert known is not None
        assert program.main(words) == 1
        assert "Ask for a new one" in capsys.readouterr().err


def test_a_slip_is_said(tmp_path: Path) -> None:
    """On the error stream, in a sentence; nothing is written."""
    out, err = io.StringIO(), io.StringIO()
    assert run(ClientSettings(), tmp_path / "checkpoint.json", "X", None, out, err) == 1
    assert "40 characters" in err.getvalue()
    assert out.getvalue() == ""
    assert list(tmp_path.iterdir()) == []


def test_settings_that_cannot_be_written_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paired all the same."""

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept, "save", full)
    out, err = io.StringIO(), io.StringIO()
    with served(tmp_path / "data") as running:
        code = running.grid.pairing.open().code
        assert run(ClientSettings(), tmp_path / "checkpoint.json", code, None, out, err) == 1
    assert err.getvalue().startswith("Paired, but")
