"""`python -m client`: the checkpoint's window, its headless twin, and `enrol`."""

import argparse
import dataclasses
import getpass
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from client import settings as kept
from client.outbox import OutboxProblem
from client.settings import ClientSettings, LoadedSettings
from desktop import logs
from desktop.command_line import CommandLine
from desktop.files import owner_only, whole_path
from desktop.interrupts import end_quietly
from protocol.address import split_address

if TYPE_CHECKING:
    from client.checkpoint import Parts


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program.

    Args:
        argv: Arguments, those of the process unless given.

    Returns:
        The exit code.
    """
    options = _parser().parse_args(argv)
    loaded = kept.load(options.settings)
    try:
        settings = _with_options(loaded.settings, options)
    except ValueError as error:
        sys.stderr.write(f"{error}.\n".replace("..", "."))
        return 2
    logs.set_up(json_lines=options.headless or options.command == "enrol", file=options.log)
    kept.narrow_kept(loaded.path)
    if options.command == "enrol":
        return _enrol(settings, loaded, options)
    if options.command == "outbox":
        from client.outbox_command import run

        return run(
            loaded.path,
            sys.stdout,
            sys.stderr,
            discard_dead=options.discard_dead,
            as_json=options.json,
        )
    if options.command == "key":
        from client.key_command import run as run_key

        return run_key(loaded.path, options.to, sys.stdout, sys.stderr)
    if options.command == "pair":
        return _pair(settings, loaded, options)
    if options.command == "witness":
        from client.witness import print_newest

        return print_newest(loaded.path, sys.stdout, sys.stderr)
    if options.headless:
        return _headless(settings, loaded, options)
    return _window(settings, loaded, options)


def _parser() -> argparse.ArgumentParser:
    parser = CommandLine(prog="python -m client", description="A FaceNetGrid checkpoint.")
    _add_common(parser)
    parser.add_argument("--theme", choices=("light", "dark"), help="look of the window")
    parser.add_argument("--headless", action="store_true", help="no window, JSON lines instead")
    parser.add_argument("--seconds", type=_seconds, help="with --headless: ends after this long")
    parser.add_argument("--tour", metavar="NAME", help="shows how NAME is enrolled (demo)")
    parser.set_defaults(command="")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    enrol = commands.add_parser("enrol", help="enrols whoever stands before the camera")
    _add_common(enrol, again=True)
    enrol.set_defaults(command="enrol")
    enrol.add_argument("--name", dest="person", required=True, help="name of the person")
    enrol.add_argument("--samples", type=int, default=3, help="samples to take, 1 to 10")
    enrol.add_argument("--consent", metavar="TEXT", help="what the person agreed to")
    enrol.add_argument(
        "--override-reason", metavar="TEXT", help="enrols although the face is enrolled already"
    )
    enrol.add_argument(
        "--sign-in",
        metavar="ACCOUNT",
        default="",
        help="enrols as this account of the server; the password is asked for, or read from the "
        "first line of standard input",
    )
    enrol.add_argument("--seconds", type=_seconds, help="gives up after this long")
    outbox = commands.add_parser("outbox", help="shows the events that wait for the server")
    _add_common(outbox, again=True)
    outbox.set_defaults(command="outbox")
    outbox.add_argument(
        "--discard-dead", action="store_true", help="forgets those the server will never take"
    )
    outbox.add_argument("--json", action="store_true", help="all of them, as one JSON object")
    key = commands.add_parser("key", help="where the key of the events that wait is, or moves it")
    _add_common(key, again=True)
    key.set_defaults(command="key")
    key.add_argument("--to", choices=("keyring", "file"), help="keeps it there from now on")
    pair = commands.add_parser("pair", help="pairs with the server that shows a code")
    _add_common(pair, again=True)
    pair.set_defaults(command="pair")
    pair.add_argument("code", metavar="CODE", help="as the server's window shows it")
    pair.add_argument("--address", metavar="HOST:PORT", help="in the place of the code's address")
    witness = commands.add_parser(
        "witness", help="prints the newest head of the server's audit log that was seen here"
    )
    _add_common(witness, again=True)
    witness.set_defaults(command="witness")
    return parser


def _add_common(parser: argparse.ArgumentParser, *, again: bool = False) -> None:
    """Adds what every command has; a subcommand must not set its defaults over the parser's."""
    nothing = argparse.SUPPRESS if again else None
    parser.add_argument("--server", metavar="HOST:PORT", default=nothing, help="the server")
    parser.add_argument(
        "--source",
        default=nothing,
        help="camera:N, rtsp://..., http://..., file:clip.mp4, folder:DIR or demo:",
    )
    if not again:
        parser.add_argument("--name", help="name of this checkpoint")
    parser.add_argument(
        "--network",
        metavar="FILE",
        type=whole_path,
        default=nothing,
        help="an ArcFace-style ONNX file as the face model; '' for the one that comes along",
    )
    parser.add_argument("--checkpoint-id", metavar="ID", default=nothing, help="id of it")
    parser.add_argument(
        "--pad-model", type=Path, metavar="FILE", default=nothing, help="liveness network (ONNX)"
    )
    parser.add_argument("--settings", type=Path, metavar="FILE", default=nothing)
    parser.add_argument(
        "--server-data",
        type=Path,
        metavar="DIR",
        default=nothing,
        help="the data folder of a server on this computer, to pair with it by itself",
    )
    parser.add_argument("--log", type=Path, metavar="FILE", default=nothing)


def _with_options(settings: ClientSettings, options: argparse.Namespace) -> ClientSettings:
    """The settings with what the command line says otherwise.

    Raises:
        ValueError: A value cannot be used; the text is a sentence.
    """
    values: dict[str, object] = {}
    if options.server is not None:
        values["server_host"], values["server_port"] = split_address(options.server)
    for option, name in (
        ("source", "source"),
        ("name", "checkpoint_name"),
        ("checkpoint_id", "checkpoint_id"),
        ("theme", "theme"),
        ("network", "network"),
    ):
        if getattr(options, option, None) is not None:
            values[name] = getattr(options, option)
    if options.pad_model is not None:
        values["pad_model"] = _pad_model(options.pad_model)
    return kept.changed(settings, **values)


def _pad_model(path: Path) -> str:
    """The file's whole path, after it was tried.

    Raises:
        ValueError: It is no liveness network; the text is a sentence.
    """
    from biometrics.pad_network import PadRefused
    from client.passive import open_judge

    found = str(path.expanduser().resolve())
    try:
        open_judge(found)
    except PadRefused as error:
        raise ValueError(str(error)) from error
    return found


def _window(settings: ClientSettings, loaded: LoadedSettings, options: argparse.Namespace) -> int:
    try:
        import tkinter

        from client.ui.app import run
    except ImportError as error:
        sys.stderr.write(
            f"The window cannot be opened ({error}). Install Python's tkinter (on Debian and"
            " Ubuntu: apt install python3-tk), or start with --headless.\n"
        )
        return 1
    try:
        return run(
            settings,
            tour=options.tour,
            settings_file=loaded.path,
            server_data=options.server_data,
            notice=loaded.sentence,
        )
    except tkinter.TclError as error:
        sys.stderr.write(f"There is no screen to open a window on ({error}). Use --headless.\n")
        return 1


def _headless(settings: ClientSettings, loaded: LoadedSettings, options: argparse.Namespace) -> int:
    from client.headless import run
    from client.keeping import open_all
    from client.lines import Lines
    from client.witness import Witness, witness_path

    lines = Lines(sys.stdout)
    if loaded.sentence:
        lines.write("settings", sentence=loaded.sentence)
    try:
        opened = open_all(loaded.path)
    except OutboxProblem as error:
        sys.stderr.write(f"{error}\n")
        return 2
    kept_parts = _parts(settings, loaded, options)
    witness = Witness(witness_path(loaded.path))
    parts = dataclasses.replace(
        kept_parts, outbox=opened.outbox, offline=opened.offline, witness=witness
    )
    lines.write("key", place=opened.key_place)
    return run(settings, lines, seconds=options.seconds, parts=parts)


def _parts(
    settings: ClientSettings, loaded: LoadedSettings, options: argparse.Namespace
) -> "Parts":
    from client.checkpoint import Parts
    from client.identity import Identity

    identity = Identity.beside(loaded.path, settings.checkpoint_id)
    return Parts(identity=identity, server_data=options.server_data)


def _pair(settings: ClientSettings, loaded: LoadedSettings, options: argparse.Namespace) -> int:
    from client.pair_command import run

    return run(settings, loaded.path, options.code, options.address, sys.stdout, sys.stderr)


def _enrol(settings: ClientSettings, loaded: LoadedSettings, options: argparse.Namespace) -> int:
    from client.enrol_command import Wanted, run
    from client.lines import Lines

    wanted = Wanted(name=options.person, samples=options.samples)
    if options.consent is not None:
        wanted = dataclasses.replace(wanted, consent=options.consent)
    if options.seconds is not None:
        wanted = dataclasses.replace(wanted, patience_s=options.seconds)
    wanted = dataclasses.replace(wanted, override_reason=options.override_reason)
    if options.sign_in:
        wanted = dataclasses.replace(wanted, sign_in=options.sign_in, password=_password())
    return run(settings, wanted, Lines(sys.stdout), parts=_parts(settings, loaded, options))


def _password() -> str:
    """Asked for where somebody can type it unseen; never on the command line, which others read."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\r\n")


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; a number of seconds above 0 is")
    return number


if __name__ == "__main__":
    end_quietly()
    owner_only()
    sys.exit(main())
