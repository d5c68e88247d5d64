"""Commands that only look, or fail, leave nothing where nothing was: no folder, no key."""

import argparse
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server import command_asks
from server.__main__ import main, parser
from tests.server.office import GOOD

# What every command is given where there are no data, and whether it makes them: that is the work
# of few. FILES is a folder with a short text, a file that is no backup, and no picture.
NOTHING, MAKES = False, True
TABLE: dict[str, tuple[tuple[str, bool], ...]] = {
    "accept-people": (("", NOTHING),),
    "audit accept": (("", NOTHING), ("--yes", NOTHING)),
    "audit show": (("", NOTHING), ("--json", NOTHING)),
    "audit verify": (("", NOTHING), ("--witness FILES/none", NOTHING)),
    "backup": (("", NOTHING), ("FILES/out", NOTHING)),
    "checkpoints add": (("--name Gate", NOTHING),),
    "checkpoints let-enrol": (("gate-1 signed-in", NOTHING),),
    "checkpoints let-sign-in-again": (("gate-1", NOTHING),),
    "checkpoints let-try-again": (("gate-1", NOTHING),),
    "checkpoints list": (("", NOTHING), ("--json", NOTHING)),
    "checkpoints rename": (("gate-1 Gate", NOTHING),),
    "checkpoints revoke": (("gate-1", NOTHING),),
    "confirm-clock": (("", NOTHING), ("--yes", NOTHING)),
    "consent set": (("FILES/text", NOTHING), ("FILES/none", NOTHING)),
    "consent show": (("", NOTHING),),
    "enrol": (
        ("FILES", NOTHING),
        ("FILES/none --consent paper-form", NOTHING),
        ("FILES/empty --consent paper-form", NOTHING),
        ("FILES --consent paper-form --quality best", NOTHING),
    ),
    "erase-person": (("Ann --yes", NOTHING),),
    "evaluate": (("", NOTHING), ("--report FILES/report", NOTHING)),
    "export": (("FILES/out", NOTHING),),
    "export-person": (("Ann FILES/out", NOTHING),),
    "forget-in-backups": (("FILES/broken.tar", NOTHING), ("FILES", NOTHING)),
    "import": (
        ("FILES/none", NOTHING),
        ("FILES/none --consent paper-form", NOTHING),
        ("FILES/broken.tar --consent paper-form", NOTHING),
    ),
    "key change-source": (("file", NOTHING), ("cupboard", NOTHING)),
    "key recovery": (("", NOTHING),),
    "key renew-data": (("", NOTHING),),
    "key rotate": (("", NOTHING),),
    "key status": (("", NOTHING),),
    "key use-recovery": (
        ("", NOTHING),
        ("--recovery-file FILES/text", NOTHING),
        ("--recovery-file FILES/none", NOTHING),
    ),
    "password": (
        ("ada --password-file FILES/none", NOTHING),
        ("ada --password-file FILES/text", NOTHING),
        ("ada --role enroller --password-file FILES/password", NOTHING),
        ("ada --password-file FILES/password", MAKES),
    ),
    "restore": (("", NOTHING), ("FILES/none.tar", NOTHING), ("FILES/broken.tar", NOTHING)),
    "users": (("", NOTHING),),
    "verify": (("Ann FILES/broken.tar", NOTHING),),
}


def commands(top: argparse.ArgumentParser, before: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command of the program, with the words that belong to it."""
    below = [one for one in top._actions if isinstance(one, argparse._SubParsersAction)]
    if not below:
        yield " ".join(before)
    for one in below:
        for word, inner in one.choices.items():
            yield from commands(inner, (*before, word))


def test_the_table_has_every_command() -> None:
    """Whoever adds one says what it makes."""
    assert set(commands(parser())) == set(TABLE)


def not_there(root: Path) -> Path:
    """Below another that is not there, as after a slip."""
    return root / "not" / "there"


def empty(root: Path) -> Path:
    """A folder with nothing in it."""
    data = root / "empty-data"
    data.mkdir()
    return data


def of_others(root: Path) -> Path:
    """Somebody's folder, with a name that we use too."""
    data = root / "documents"
    (data / "pictures").mkdir(parents=True)
    (data / "pictures" / "holiday.png").write_bytes(b"a picture")
    (data / "letter.txt").write_text("Dear Ann")
    return data


@pytest.mark.parametrize("kind", [not_there, empty, of_others])
@pytest.mark.parametrize("command", TABLE)
def test_nothing_is_made_but_by_those_whose_work_it_is(
    command: str,
    kind: Callable[[Path], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever the folder is that was named."""
    monkeypatch.setattr(command_asks, "WAIT_S", 0.0)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    files, data = tmp_path / "files", kind(tmp_path)
    (files / "empty").mkdir(parents=True)
    (files / "text").write_text("short")
    (files / "password").write_text(GOOD)
    (files / "broken.tar").write_bytes(b"no backup")
    before = set(tmp_path.rglob("*"))
    for words, makes in TABLE[command]:
        given = [*command.split(), *words.replace("FILES", str(files)).split(), "--data", str(data)]
        try:
            code = main(given)
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        made = sorted(str(one.relative_to(tmp_path)) for one in set(tmp_path.rglob("*")) - before)
        assert bool(made) is makes, (words, made)
        assert said.err or said.out
        assert "Traceback" not in said.err
        if not makes and command not in ("key status", "users"):
            assert code != 0, words


@pytest.mark.parametrize("words", [["--host", "nonsense"], ["--port", "x"], ["nonsense"], ["key"]])
def test_wrong_words_make_nothing(words: list[str], tmp_path: Path) -> None:
    """The server itself makes its data, and not for a slip."""
    given = ["--headless", "--data", str(tmp_path / "data"), *words]
    try:
        code = main(given)
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 2
    assert list(tmp_path.iterdir()) == []
