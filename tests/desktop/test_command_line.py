"""A mistyped command is named, with the one that is meant perhaps and all there are."""

import pytest

from desktop.command_line import CommandLine


def made() -> CommandLine:
    """A program with two commands, of which one has acts, and an option of two values."""
    top = CommandLine(prog="python -m made")
    top.add_argument("--theme", choices=("light", "dark"))
    commands = top.add_subparsers()
    commands.add_parser("enrol")
    key = commands.add_parser("key")
    key.add_subparsers(metavar="WHAT", required=True).add_parser("show")
    return top


@pytest.mark.parametrize(
    ("words", "program", "wrong", "meant", "known"),
    [
        (["enroll"], "python -m made", "enroll", "enrol", "enrol, key"),
        (["explode"], "python -m made", "explode", "one of these", "enrol, key"),
        (["key", "shwo"], "python -m made key", "shwo", "show", "show"),
    ],
)
def test_a_mistyped_command_is_named(
    words: list[str],
    program: str,
    wrong: str,
    meant: str,
    known: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The word, the nearest command where one is near, all there are, and exit code 2."""
    with pytest.raises(SystemExit) as end:
        made().parse_args(words)
    assert end.value.code == 2
    first, second, third = capsys.readouterr().err.splitlines()
    assert first == f"{program}: there is no command '{wrong}'. Did you mean {meant}?"
    assert second == f"Commands: {known}"
    assert third == f"What each is for: {program} --help"


def test_a_command_that_was_left_out_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """With all there are, as for a mistyped one; what else is wrong is argparse's to say."""
    with pytest.raises(SystemExit) as end:
        made().parse_args(["key"])
    assert end.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        "python -m made key: a command is missing.",
        "Commands: show",
        "What each is for: python -m made key --help",
    ]
    with pytest.raises(SystemExit):
        made().parse_args(["key", "show", "me"])
    assert "unrecognized arguments: me" in capsys.readouterr().err


def test_values_of_options_are_checked_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    """An option's wrong value is argparse's own message; the right words are taken."""
    with pytest.raises(SystemExit):
        made().parse_args(["--theme", "blue"])
    assert "invalid choice: 'blue'" in capsys.readouterr().err
    assert made().parse_args(["--theme", "dark", "key", "show"]).theme == "dark"
