"""`python -m server`: the window, `--headless`, and tools: enrol, evaluate, verify, import..."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from desktop import logs
from desktop.command_line import CommandLine
from desktop.files import owner_only, whole_path
from desktop.interrupts import end_quietly
from desktop.settings import SettingsError, load
from server import audit_tool, checkpoints_tool, clock_tool, consent_tool, key_tool, sign_in_file
from server.data_folder import DataFolder
from server.permissions import FIRST_NAME, Role
from server.ports import HostRefused, check_host
from server.sealed_already import is_new
from server.settings import ACCEPTED_PER_10000, ServerSettings
from server.vault import PASSPHRASE_FILE

EXIT_USAGE = 2
_OF_DATA = (
    "accept-people",
    "backup",
    "checkpoints",
    "confirm-clock",
    "consent",
    "erase-person",
    "export",
    "export-person",
    "forget-in-backups",
    "verify",
)
"""Commands that mean nothing where there are no data, and must make nothing there."""
_BLAS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def one_blas_thread() -> None:
    """Keeps the linear algebra beneath numpy to one thread; called before numpy is imported.

    With more, 50 connections fell from 247 events a second to 1 (the design's measurement). That
    nothing imported above brings numpy along is a test.
    """
    for name in _BLAS:
        os.environ[name] = "1"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = CommandLine(prog="python -m server", description="The FaceNetGrid server and its tools.")
    _add_data(top, default=None)
    _add_network(top, default=None)
    top.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="its first line is the passphrase that the data are sealed with",
    )
    top.add_argument("--host", help="address to listen on; 0.0.0.0 for every network")
    top.add_argument("--port", type=_port, help="port to listen on (0: any free one)")
    top.add_argument("--headless", action="store_true", help="no window: JSON lines, until SIGTERM")
    top.add_argument("--theme", choices=("light", "dark"), help="of the window")
    top.add_argument(
        "--sign-in-file",
        type=Path,
        metavar="FILE",
        help="sets the password in it for its account and signs the window in; deleted once read",
    )
    top.add_argument("--log", type=Path, metavar="FILE", help="add JSON log lines to this file")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    enrol = commands.add_parser("enrol", help="enrol people from NAME/*.jpg and NAME.jpg")
    enrol.add_argument("folder", type=Path, metavar="DIR")
    enrol.add_argument("--json", action="store_true", help="a JSON summary on standard output")
    enrol.add_argument(
        "--quality",
        choices=("off", "standard", "strict"),
        help="how good a picture has to be (as in the settings)",
    )
    enrol.add_argument(
        "--although-known",
        default="",
        metavar="REASON",
        help="take in faces that are enrolled under another name; the reason is logged",
    )
    _add_ground(enrol)
    enrol.add_argument("--workers", type=int, default=2, help="pictures looked at at once")
    _add_data(enrol)
    _add_network(enrol)
    verifying = commands.add_parser("verify", help="does a picture show somebody enrolled?")
    verifying.add_argument("name", metavar="NAME")
    verifying.add_argument("picture", type=Path, metavar="PICTURE")
    verifying.add_argument(
        "--accepted-per-10000",
        type=int,
        choices=ACCEPTED_PER_10000,
        help="strangers taken for this person, at most (as in the settings)",
    )
    verifying.add_argument("--json", action="store_true", help="one JSON object")
    _add_data(verifying)
    _add_network(verifying)
    importing = commands.add_parser("import", help="take people in from classic pickle files")
    importing.add_argument("path", type=Path, metavar="PATH")
    _add_ground(importing)
    _add_data(importing)
    _add_network(importing)
    exporting = commands.add_parser("export", help="write people out in a classic format")
    exporting.add_argument("path", type=Path, metavar="PATH")
    exporting.add_argument(
        "--format", choices=("names", "per-person", "list"), default="names", dest="layout"
    )
    _add_data(exporting)
    _add_network(exporting)
    measuring = commands.add_parser(
        "evaluate", help="how well the people enrolled can be told apart; a server may be running"
    )
    measuring.add_argument("--report", type=Path, metavar="OUT", help="write the reports here")
    measuring.add_argument("--json", action="store_true", help="JSON instead of sentences")
    measuring.add_argument("--events", action="store_true", help=argparse.SUPPRESS)
    measuring.add_argument("--key-on-stdin", action="store_true", help=argparse.SUPPRESS)
    _add_data(measuring)
    _add_network(measuring)
    backing_up = commands.add_parser(
        "backup", help="everything into one file, proven and read again; a server may be running"
    )
    backing_up.add_argument(
        "destination", type=Path, nargs="?", metavar="DEST", help="a folder, or the file to make"
    )
    _add_data(backing_up)
    forgetting = commands.add_parser(
        "forget-in-backups",
        help="take everybody who was erased out of backups; a server may be running",
    )
    forgetting.add_argument(
        "backups", type=Path, nargs="+", metavar="FILE", help="a backup, or a folder of backups"
    )
    _add_data(forgetting)
    restoring = commands.add_parser(
        "restore", help="put a backup in the place of the data, or mend a damaged history"
    )
    restoring.add_argument(
        "backup",
        type=Path,
        nargs="?",
        metavar="BACKUP",
        help="made by `backup`; without it a damaged history is taken from the newest backup",
    )
    _add_data(restoring)
    setting = commands.add_parser("password", help="set the password of an account, or make one")
    setting.add_argument(
        "name",
        nargs="?",
        default="",
        metavar="NAME",
        help=f"of the account; without it the account named {FIRST_NAME}",
    )
    setting.add_argument(
        "--password-file", type=Path, metavar="FILE", help="its first line, instead of typing it"
    )
    setting.add_argument(
        "--role",
        choices=[role.value for role in Role if role.of_people],
        help="makes a new account with this role",
    )
    listing = commands.add_parser("users", help="who may sign in, and when they did")
    listing.add_argument("--json", action="store_true", help="one JSON object")
    tools = (audit_tool, checkpoints_tool, clock_tool, consent_tool, key_tool)
    added = [made for tool in tools for made in tool.add_parser(commands)]
    for one in (setting, listing, *added, *_add_person_commands(commands)):
        _add_data(one)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    one_blas_thread()
    chosen = parser().parse_args(arguments)
    if chosen.passphrase_file is not None:
        # For the programs that this one starts, too.
        os.environ[PASSPHRASE_FILE] = str(chosen.passphrase_file.resolve())
    folder = DataFolder.default() if chosen.data is None else DataFolder(chosen.data)
    if _needs_data(chosen) and is_new(folder):
        sys.stderr.write(f"There are no data in {folder.root}: name their folder with --data.\n")
        return 1
    if chosen.command in ("audit", "checkpoints", "confirm-clock", "key", "password", "users"):
        logs.set_up(json_lines=False, level=30)
        return _run_keeper(chosen, folder)
    if chosen.command is not None:
        return _run_tool(chosen, folder)
    try:
        settings = _settings(chosen, folder)
        check_host(settings.host)
        signing = None if chosen.sign_in_file is None else sign_in_file.take(chosen.sign_in_file)
    except (SettingsError, HostRefused, sign_in_file.SignInFileUnusable) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_USAGE
    logs.set_up(
        json_lines=chosen.headless,
        stream=sys.stdout if chosen.headless else None,
        file=chosen.log,
    )
    if chosen.headless:
        from server import headless

        return headless.run(folder, settings)
    from server.ui.app import run as run_window

    return run_window(folder, settings, sign_in=signing)


def _needs_data(chosen: argparse.Namespace) -> bool:
    return chosen.command in _OF_DATA or (chosen.command == "restore" and chosen.backup is None)


def _run_tool(chosen: argparse.Namespace, folder: DataFolder) -> int:
    from server import tools

    logs.set_up(json_lines=False, level=30)
    if chosen.command == "enrol":
        return tools.enrol(
            folder,
            chosen.folder,
            as_json=chosen.json,
            workers=max(1, min(chosen.workers, 16)),
            network=chosen.network,
            quality=chosen.quality,
            ground=chosen.consent,
            although_known=chosen.although_known,
        )
    if chosen.command == "import":
        return tools.import_people(
            folder, chosen.path, ground=chosen.consent, network=chosen.network
        )
    if chosen.command == "evaluate":
        from server.evaluate_tool import evaluate

        return evaluate(
            folder,
            report=chosen.report,
            as_json=chosen.json,
            events=chosen.events,
            key_on_stdin=chosen.key_on_stdin,
            network=chosen.network,
        )
    if chosen.command == "verify":
        from server import verify_tool

        return verify_tool.verify(
            folder,
            chosen.name,
            chosen.picture,
            as_json=chosen.json,
            per_10000=chosen.accepted_per_10000,
            network=chosen.network,
        )
    if chosen.command == "export":
        return tools.export_people(
            folder, chosen.path, layout=chosen.layout, network=chosen.network
        )
    return _run_keeper(chosen, folder)


_TOOLS = {
    "checkpoints": checkpoints_tool.run,
    "confirm-clock": clock_tool.run,
    "audit": audit_tool.run,
    "consent": consent_tool.run,
}


def _run_keeper(chosen: argparse.Namespace, folder: DataFolder) -> int:
    """What keeps the data as a whole, and what people may ask about theirs."""
    if chosen.command == "key":
        return key_tool.run(chosen, folder, by=f"os:{getpass.getuser()}")
    if chosen.command in _TOOLS:
        return _TOOLS[chosen.command](chosen, folder)
    if chosen.command in ("password", "users"):
        from server import account_tool

        if chosen.command == "users":
            return account_tool.users(folder, as_json=chosen.json)
        role = None if chosen.role is None else Role(chosen.role)
        file = chosen.password_file
        return account_tool.password(folder, chosen.name, role=role, password_file=file)
    if chosen.command in ("backup", "forget-in-backups", "restore"):
        from server import backup_tool, mend_tool

        if chosen.command == "forget-in-backups":
            return backup_tool.forget_in_backups(folder, chosen.backups)
        if chosen.command == "backup":
            return backup_tool.back_up(folder, chosen.destination)
        if chosen.backup is not None:
            return backup_tool.restore(folder, chosen.backup)
        return mend_tool.mend(folder)
    from server import person_tool

    return person_tool.run(chosen, folder, by=f"os:{getpass.getuser()}")


def _add_person_commands(
    commands: "argparse._SubParsersAction[CommandLine]",
) -> list[CommandLine]:
    exporting = commands.add_parser(
        "export-person", help="write everything that is kept about one person into a folder"
    )
    exporting.add_argument("name", metavar="NAME")
    exporting.add_argument("path", type=Path, metavar="DIR")
    erasing = commands.add_parser(
        "erase-person", help="erase one person for good, also from the history, with a receipt"
    )
    erasing.add_argument("name", metavar="NAME", help="or the id of somebody the history names")
    erasing.add_argument("--receipt", type=Path, metavar="FILE", help="write the receipt here too")
    erasing.add_argument("--yes", action="store_true", help="do not ask")
    accepting = commands.add_parser(
        "accept-people", help="take the people's files as they are, after an alarm about them"
    )
    return [exporting, erasing, accepting]


def _settings(chosen: argparse.Namespace, folder: DataFolder) -> ServerSettings:
    """The kept settings with what the command line says instead.

    Raises:
        SettingsError: Raised when the settings file cannot be used.
    """
    kept = load(ServerSettings, folder.settings)
    said = {name: getattr(chosen, name) for name in ("host", "port", "theme", "network")}
    return replace(kept, **{name: value for name, value in said.items() if value is not None})


def _add_ground(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--consent",
        default="",
        metavar="TEXT",
        help="on what ground these people are enrolled; noted at each of them, and asked for",
    )


def _add_data(parser: argparse.ArgumentParser, default: object = argparse.SUPPRESS) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        default=default,
        metavar="DIR",
        help="the data folder; the project's own folders by default",
    )


def _add_network(parser: argparse.ArgumentParser, default: object = argparse.SUPPRESS) -> None:
    parser.add_argument(
        "--network",
        type=whole_path,
        default=default,
        metavar="FILE",
        help="an ArcFace-style ONNX file as the face model; '' for the one that comes along",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; 0 to 65535 are")
    return int(text)


if __name__ == "__main__":
    end_quietly()
    owner_only()
    sys.exit(main())
