"""`python -m server audit`: looks whether all is as it was written, shows, accepts what is not."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from database.errors import DatabaseProblem
from desktop.files import unreadable
from desktop.listing import local_time, write_list
from security.chain import Head, NotAHead
from server.accounts_file import AccountsProblem
from server.administration import command_line
from server.audit import AuditProblem
from server.audit_names import KnownNames
from server.audit_records import Entry, Verified
from server.audit_words import details_of, summary, what_of
from server.command_words import server_command
from server.data_folder import DataFolder
from server.sealed_already import sealed_already
from server.vault_file import VaultFileInvalid, read_vault_file

EXIT_OK = 0
EXIT_PROBLEM = 1
EXIT_CHANGED = 3
"""The log or the data are not what they were."""
_HEADINGS = ("Record", "Time", "Who", "What", "Outcome", "About", "Details")


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> list[argparse.ArgumentParser]:
    """Adds `audit` and its acts; returns the parsers that work on a data folder."""
    audit = commands.add_parser("audit", help="the log of what people did: verify, show, accept")
    acts = audit.add_subparsers(dest="act", metavar="ACT", required=True)
    verifying = acts.add_parser("verify", help="is every record and event as it was written?")
    verifying.add_argument(
        "--witness",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a head that a checkpoint kept (python3 run.py client witness); may be given often",
    )
    verifying.add_argument("--json", action="store_true", help="one JSON object")
    showing = acts.add_parser("show", help="every record, the newest last")
    showing.add_argument("--json", action="store_true", help="JSON lines")
    accepting = acts.add_parser(
        "accept", help="take what verify found in the history as it is; that is in the log"
    )
    accepting.add_argument("--yes", action="store_true", help="do not ask")
    return [verifying, showing, accepting]


def run(
    chosen: argparse.Namespace,
    folder: DataFolder,
    *,
    ask: Callable[[str], str] = input,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Does one act; a server may be running.

    Args:
        chosen: The command line.
        folder: The data.
        ask: Asks the person at the terminal.
        out: Standard output.
        err: Standard error.

    Returns:
        0 when all is whole, 3 when something was changed, 1 when something cannot be read.
    """
    # Late: they bring numpy along, and `python -m server` has to set its threads before that.
    from server import accept_tool
    from server.account_tool import books_of
    from server.events import PhotoProgress
    from server.progress_bar import ProgressBar
    from server.unlocking import CannotOpen

    out, err = out or sys.stdout, err or sys.stderr
    try:
        witnesses = _witnesses(getattr(chosen, "witness", []))
    except NotAHead as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    if _never_begun(folder):
        err.write(f"There is no audit log in {folder.root}: nothing was verified.\n")
        return EXIT_PROBLEM
    bar = ProgressBar(err)

    def progress(done: int, total: int) -> None:
        bar.show(PhotoProgress(done, total, None, "events of the history"))

    try:
        with books_of(folder, make=False) as books:
            if chosen.act == "accept":
                who = None if chosen.yes else ask
                return accept_tool.run(books, progress=progress, looked=bar.end, ask=who, out=out)
            verified = books.administration.verified(command_line(), witnesses)
            names = books.accounts.names()
            if chosen.act == "verify":
                verified = books.look_at_data(verified, progress)
                bar.end()
    except (AccountsProblem, AuditProblem, CannotOpen, DatabaseProblem) as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    except OSError as error:
        err.write(f"{unreadable(Path(error.filename or folder.root), error)}\n")
        return EXIT_PROBLEM
    if chosen.act == "show":
        _show(verified, names, out, err, as_json=chosen.json)
    else:
        _verify(verified, folder, out, as_json=chosen.json)
    if verified.findings:
        return EXIT_CHANGED
    return EXIT_PROBLEM if verified.trouble else EXIT_OK


def _witnesses(paths: Sequence[Path]) -> dict[str, Head]:
    """The heads in files, by their names.

    Raises:
        NotAHead: Of one that cannot be read, too; a sentence with its path.
    """
    found = dict[str, Head]()
    for path in paths:
        try:
            found[path.name] = Head.parse(path.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise NotAHead(unreadable(path, error)) from error
        except NotAHead as error:
            raise NotAHead(f"{path}: {error}") from error
    return found


def _never_begun(folder: DataFolder) -> bool:
    """Whether nothing was ever written down here: a log that was taken away has left traces."""
    if folder.audit.exists() or folder.audit_anchor.exists() or folder.accounts.exists():
        return False
    try:
        file = read_vault_file(folder.vault)
    except VaultFileInvalid:
        return False  # who opens it says so
    return sealed_already(folder) is None if file is None else file.log_since_ms is None


def _verify(verified: Verified, folder: DataFolder, out: TextIO, *, as_json: bool) -> None:
    head = verified.head
    if as_json:
        found = [{"record": one.sequence, "sentence": one.sentence} for one in verified.findings]
        told = {
            "whole": verified.whole,
            "records": len(verified.entries),
            "history": verified.rows,
            "trouble": verified.trouble,
            "head": None if head is None else head.text(),
            "witnesses": dict(verified.seen),
            "findings": found,
            "accepted": list(verified.accepted),
        }
        out.write(json.dumps(told) + "\n")
        return
    out.writelines(f"{sentence}\n" for sentence in verified.accepted)
    out.writelines(f"{one.sentence}\n" for one in verified.findings)
    if verified.trouble:
        out.write(f"{verified.trouble}\n")
    if not verified.findings:
        out.write(f"{summary(verified)}\n")
    elif verified.acceptable:
        command = server_command("audit", "accept", folder=folder.root)
        out.write(
            "What is wrong with the history: restore a backup of before, or look at it and take it "
            f"as it is: {command}\n"
        )
    if verified.rows is None and not verified.trouble:
        out.write("The entries of the history were not looked at.")
        if not verified.findings:
            out.write(" They are of an older version: the server proves them when it starts.")
        out.write("\n")


def _show(
    verified: Verified, names: dict[str, str], out: TextIO, err: TextIO, *, as_json: bool
) -> None:
    if as_json:
        for entry in verified.entries:
            fields = {name: getattr(entry, name) for name in type(entry).__slots__}
            out.write(json.dumps({**fields, "details": dict(entry.details)}) + "\n")
    elif verified.entries:
        known = KnownNames(accounts=names)
        shown = (_row(entry, known) for entry in verified.entries)
        write_list(out, _HEADINGS, shown, numbers=_HEADINGS[:1])
    else:
        err.write("Nothing was recorded yet.\n")
    err.writelines(f"{one.sentence}\n" for one in verified.findings)


def _row(entry: Entry, known: KnownNames) -> tuple[str, ...]:
    return (
        str(entry.sequence),
        local_time(entry.at_ms),
        known.who(entry.actor),
        what_of(entry),
        entry.outcome,
        known.of_what(entry),
        details_of(entry, known),
    )
