"""Commands of a checkpoint that only look, or fail, leave nothing where nothing was."""

from pathlib import Path

import pytest

from client.__main__ import _parser, main
from tests.server.test_nothing_left import commands

TABLE: dict[str, tuple[str, ...]] = {
    "enrol": (
        "",
        "--name Ann --server lobby:99999",
        "--name Ann --pad-model FILES/text",
        "--name Ann --samples several",
    ),
    "key": ("", "--to file", "--to keyring", "--to cupboard"),
    "outbox": ("", "--discard-dead"),
    "pair": ("", "ABCDE-FGHIJ", "ABCDE-FGHIJ --address nonsense"),
    "witness": ("",),
    "": ("--headless --server a:b:c", "--headless --pad-model FILES/text", "--seconds never"),
}
"""What is given where nothing was kept. A checkpoint that runs keeps events, and pairing a key."""


def test_the_table_has_every_command() -> None:
    """And the checkpoint itself."""
    assert {*commands(_parser()), ""} == set(TABLE)


@pytest.mark.parametrize("command", TABLE)
def test_nothing_is_made(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With settings that are not there, in a folder that is not there."""
    (tmp_path / "text").write_text("no network")
    for words in TABLE[command]:
        settings = str(tmp_path / "not" / "there" / "checkpoint.json")
        given = [*command.split(), *words.replace("FILES", str(tmp_path)).split()]
        try:
            code = main([*given, "--settings", settings])
        except SystemExit as ended:
            code = int(ended.code or 0)
        assert code != 0, words
        assert [one.name for one in tmp_path.iterdir()] == ["text"], words
        said = capsys.readouterr()
        assert said.err or said.out
