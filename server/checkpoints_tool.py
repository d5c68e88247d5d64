"""`python -m server checkpoints`: lists, adds, names, shuts out, lets enrol, try, sign in again."""

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from desktop.listing import local_day, local_time, write_list
from protocol.sign_in import WHEN_ADDED, WhoEnrols
from protocol.text import printable
from server.command_asks import ask_server
from server.command_words import elsewhere_command, server_command
from server.data_folder import DataFolder
from server.enrol_words import NO_ACCOUNT_TYPED, WORDS, typed
from server.held_up import (
    HeldUp,
    held_up_words,
    opened_words,
    sign_ins_opened_words,
    sign_ins_words,
)

EXIT_OK = 0
EXIT_PROBLEM = 1

_HEADINGS = ("Id", "State", "Certificate until", "Who enrols", "Name")
_WHO = tuple(typed(who) for who in WORDS)


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> list[argparse.ArgumentParser]:
    """Adds `checkpoints` and what it does; returns the parsers that work on a data folder."""
    top = commands.add_parser(
        "checkpoints",
        help="list, add, rename, revoke, let enrol, try again or sign in again",
    )
    kinds = top.add_subparsers(dest="what", metavar="WHAT", required=True)
    listing = kinds.add_parser("list", help="every checkpoint that was paired")
    listing.add_argument("--json", action="store_true", help="JSON instead of lines")
    adding = kinds.add_parser(
        "add", help="show a code that lets one checkpoint in, for ten minutes"
    )
    adding.add_argument("--name", default="", help="what it is called, whatever it calls itself")
    adding.add_argument(
        "--address", default="", metavar="IP:PORT", help="where it reaches this server"
    )
    adding.add_argument(
        "--who-enrols",
        choices=_WHO,
        help="who may enrol people at it (as before where it is paired again, else signed-in)",
    )
    adding.add_argument("--json", action="store_true", help="JSON instead of sentences")
    naming = kinds.add_parser("rename", help="give a checkpoint a name that stays")
    naming.add_argument("checkpoint_id", metavar="ID")
    naming.add_argument("name", metavar="NAME")
    revoking = kinds.add_parser("revoke", help="shut a checkpoint out, within two seconds")
    revoking.add_argument("checkpoint_id", metavar="ID")
    letting = kinds.add_parser("let-enrol", help="say who may enrol people at a checkpoint")
    letting.add_argument("checkpoint_id", metavar="ID")
    letting.add_argument("who", choices=_WHO, help="signed-in: with an account of the server")
    opening = kinds.add_parser(
        "let-try-again", help="open what too many tries closed at a checkpoint, for ten tries more"
    )
    opening.add_argument("checkpoint_id", metavar="ID")
    signing = kinds.add_parser(
        "let-sign-in-again", help="end the wait after wrong passwords at a checkpoint"
    )
    signing.add_argument("checkpoint_id", metavar="ID")
    return [listing, adding, naming, revoking, letting, opening, signing]


def run(chosen: argparse.Namespace, folder: DataFolder) -> int:
    """Does what was chosen; returns the exit code."""
    match chosen.what:
        case "list":
            return list_checkpoints(folder, as_json=chosen.json)
        case "add":
            return add(
                folder,
                name=chosen.name,
                address=chosen.address,
                who_enrols=chosen.who_enrols,
                as_json=chosen.json,
            )
        case "rename":
            return rename(folder, chosen.checkpoint_id, chosen.name)
        case "revoke":
            return revoke(folder, chosen.checkpoint_id)
        case "let-enrol":
            return let_enrol(folder, chosen.checkpoint_id, chosen.who)
        case "let-sign-in-again":
            return let_sign_in_again(folder, chosen.checkpoint_id)
        case _:
            return let_try_again(folder, chosen.checkpoint_id)


def list_checkpoints(
    folder: DataFolder, *, as_json: bool, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """One line a checkpoint; 1 when no server answers."""
    found = ask_server(folder, "checkpoints", err)
    if found is None:
        return EXIT_PROBLEM
    out = out or sys.stdout
    if as_json:
        out.write(json.dumps(found) + "\n")
        return EXIT_OK
    devices = found["checkpoints"]
    if not devices:
        command = server_command("checkpoints", "add", folder=folder.root)
        out.write(f"No checkpoint is paired yet. Add one: {command}\n")
        return EXIT_OK
    write_list(out, _HEADINGS, (_row(one) for one in devices))
    for one in devices:
        held = HeldUp(**one["held_up"])
        if held.places:
            out.write(f"{one['checkpoint_id']}: {held_up_words(held)}\n")
        if one["sign_ins_until_ms"]:
            out.write(f"{one['checkpoint_id']}: {sign_ins_words(one['sign_ins_until_ms'])}\n")
    return EXIT_OK


def _row(device: Mapping[str, Any]) -> tuple[str, ...]:
    """One line; of one that was shut out with when that was."""
    revoked = device["revoked_at_ms"]
    return (
        device["checkpoint_id"],
        "paired" if revoked is None else f"revoked {local_time(revoked)}",
        local_day(device["expires_at_ms"]),
        WORDS[WhoEnrols(device["who_enrols"])].short,
        printable(device["name"], 40),
    )


def add(
    folder: DataFolder,
    *,
    name: str,
    address: str,
    who_enrols: str | None,
    as_json: bool,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Opens pairing for ten minutes and shows the code; 1 when that was refused."""
    found = ask_server(
        folder, "add checkpoint", err, name=name, address=address, who_enrols=who_enrols
    )
    if found is None:
        return EXIT_PROBLEM
    out = out or sys.stdout
    if as_json:
        out.write(json.dumps(found) + "\n")
    else:
        out.write(
            f"{found['code']}\n\nType this at the checkpoint (Pair with a server), or run there:\n"
            f"  {elsewhere_command('client', 'pair', found['code'])}\n"
            f"It reaches the server at {found['address']}. The code is good once, for ten "
            "minutes.\n"
        )
        _say_who_enrols(folder, found, out)
    return EXIT_OK


def rename(
    folder: DataFolder,
    checkpoint_id: str,
    name: str,
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Gives a checkpoint another name; 1 when there is none of that id, or the name is none."""
    found = ask_server(folder, "rename checkpoint", err, checkpoint_id=checkpoint_id, name=name)
    if found is None:
        return EXIT_PROBLEM
    (out or sys.stdout).write(
        f"{checkpoint_id} is {printable(name, 60)} now, at events from its next connection on.\n"
    )
    return EXIT_OK


def revoke(
    folder: DataFolder,
    checkpoint_id: str,
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Shuts a checkpoint out; 1 when there is none of that id, or it is not written yet."""
    found = ask_server(folder, "revoke checkpoint", err, checkpoint_id=checkpoint_id)
    if found is None:
        return EXIT_PROBLEM
    if found["unwritten"]:
        (err or sys.stderr).write(f"{found['unwritten']}\n")
        return EXIT_PROBLEM
    (out or sys.stdout).write(
        f"{checkpoint_id} is shut out: its connections have ended. Pair it again to let it in.\n"
    )
    return EXIT_OK


def let_enrol(
    folder: DataFolder,
    checkpoint_id: str,
    who: str,
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Says who may enrol at a checkpoint; 1 when there is none of that id."""
    found = ask_server(folder, "who enrols", err, checkpoint_id=checkpoint_id, who=who)
    if found is None:
        return EXIT_PROBLEM
    _say_who_enrols(folder, found, out or sys.stdout, where=checkpoint_id)
    return EXIT_OK


def _say_who_enrols(
    folder: DataFolder, found: dict[str, Any], out: TextIO, *, where: str = "it"
) -> None:
    who = WhoEnrols(found["who_enrols"] or WHEN_ADDED)
    before = "" if found["who_enrols"] else "as before where it is paired again, else "
    words = WORDS[who]
    out.write(f"Who may enrol at {where}: {before}{words.choice.lower()}. {words.note}\n")
    if who is WhoEnrols.SIGNED_IN and not found["enrollers"]:
        first = server_command("password", folder=folder.root)
        then = server_command("password", "NAME", "--role", "enroller", folder=folder.root)
        out.write(f"{NO_ACCOUNT_TYPED.format(first=first, then=then)}\n")


def let_try_again(
    folder: DataFolder,
    checkpoint_id: str,
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Opens what is held up at a checkpoint; 1 when there is none of that id."""
    found = ask_server(folder, "let try again", err, checkpoint_id=checkpoint_id)
    if found is None:
        return EXIT_PROBLEM
    (out or sys.stdout).write(f"{opened_words(HeldUp(**found), checkpoint_id)}\n")
    return EXIT_OK


def let_sign_in_again(
    folder: DataFolder,
    checkpoint_id: str,
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Ends the wait after wrong passwords at a checkpoint; 1 when there is none of that id."""
    found = ask_server(folder, "let sign in again", err, checkpoint_id=checkpoint_id)
    if found is None:
        return EXIT_PROBLEM
    words = sign_ins_opened_words(found["until_ms"], checkpoint_id)
    (out or sys.stdout).write(f"{words}\n")
    return EXIT_OK
