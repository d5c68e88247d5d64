"""`python -m server key ...`: what the keys are, a recovery key, another place, another key."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TextIO, cast, get_args

from security.keyring_store import system_keyring
from security.recovery import RecoveryKey
from server import key_acts
from server.administration import command_line
from server.audit import AuditProblem
from server.audit_records import DONE
from server.command_words import server_command
from server.data_folder import DataFolder, DataInUse
from server.permissions import Action
from server.sealed_already import is_new
from server.utc import utc_minute
from server.vault import OpenKeyring, Vault, VaultLocked, VaultProblem, open_vault, read_passphrase
from server.vault_file import Source

EXIT_OK = 0
EXIT_PROBLEM = 1
_PLACES = {
    "keyring": "in the system's keyring",
    "passphrase": "made of a passphrase",
    "file": "in a file of the data folder, for its owner alone",
}

Ask = Callable[[str], str]
"""Asks the person at the terminal for a secret."""


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> list[argparse.ArgumentParser]:
    """Adds `key` and its acts; returns the parsers that work on a data folder."""
    keys = commands.add_parser("key", help="the keys that seal the data: see, recover, replace")
    acts = keys.add_subparsers(dest="act", metavar="ACT", required=True)
    showing = acts.add_parser("status", help="where the master key is, and its fingerprint")
    showing.add_argument("--json", action="store_true", help="one JSON object")
    found = [
        showing,
        acts.add_parser("recovery", help="print a new recovery key, for all from now on"),
    ]
    moving = acts.add_parser("change-source", help="keep the master key elsewhere")
    moving.add_argument("source", choices=get_args(Source))
    rotating = acts.add_parser("rotate", help="replace master key and recovery key")
    renewing = acts.add_parser(
        "renew-data",
        help="seal everything anew with another key: where somebody may have had the one of before",
    )
    renewing.add_argument("--yes", action="store_true", help="do not ask")
    renewing.add_argument(
        "--new-authority",
        action="store_true",
        help="replace the certificate authority too: every checkpoint has to be paired again",
    )
    using = acts.add_parser("use-recovery", help="make a new master key by the recovery key")
    using.add_argument("--recovery-file", type=Path, metavar="FILE", help="instead of typing it")
    for one in (moving, rotating, renewing, using):
        one.add_argument(
            "--new-passphrase-file",
            type=Path,
            metavar="FILE",
            help="its first line is the new passphrase, instead of typing it",
        )
    return [*found, moving, rotating, renewing, using]


def run(
    chosen: argparse.Namespace,
    folder: DataFolder,
    *,
    by: str,
    ask: Ask | None = None,
    confirm: Ask = input,
    keyring: OpenKeyring = system_keyring,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Does one act; returns 0 when done, 1 with a sentence when not.

    Args:
        chosen: The command line.
        folder: Where the data are.
        by: Who asks, for the log.
        ask: How to ask for a secret; None for the terminal, or nobody when there is none.
        confirm: How to ask whether to go on.
        keyring: Opens the system's keyring.
        out: Standard output.
        err: Standard error.
    """
    out, err = out or sys.stdout, err or sys.stderr
    asking = ask or terminal()
    try:
        if chosen.act == "status":
            return _status(folder, out, as_json=chosen.json)
        _check_there(chosen.act, folder)
        folder.lock(f"python -m server key {chosen.act}")
        try:
            if chosen.act == "renew-data":
                out.write(_renew(chosen, folder, by, asking, confirm, keyring, err))
            else:
                out.write(_act(chosen, folder, by, asking, keyring))
        finally:
            folder.unlock()
    except (VaultProblem, DataInUse, AuditProblem) as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    except OSError as error:
        err.write(f"The data folder {folder.root} cannot be used: {error}\n")
        return EXIT_PROBLEM
    return EXIT_OK


def _check_there(act: str, folder: DataFolder) -> None:
    """No key is made to be replaced by another, nor over one that is lost.

    Raises:
        VaultProblem: There are no data, or they have no key.
    """
    if is_new(folder):
        raise VaultProblem(f"There are no data in {folder.root}: name their folder with --data.")
    if act != "use-recovery" and not folder.vault.exists():
        open_vault(folder, make=False)  # says what the folder has


def terminal() -> Ask | None:
    """Asks at the terminal; None when nobody sits there."""
    return _typed if sys.stdin is not None and sys.stdin.isatty() else None


def _typed(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except EOFError as error:
        raise VaultProblem("Nothing was typed, and nothing was changed.") from error


def opened(
    folder: DataFolder,
    ask: Ask | None,
    *,
    passphrase: str | None = None,
    keyring: OpenKeyring = system_keyring,
    make: bool = True,
) -> Vault:
    """The vault, with the passphrase asked for once where it is needed and somebody is there.

    The others as for `open_vault`.

    Raises:
        VaultProblem: It cannot be opened.
    """
    try:
        return open_vault(folder, passphrase=passphrase, keyring=keyring, make=make)
    except VaultLocked:
        if ask is None:
            raise
        return open_vault(folder, passphrase=ask("Passphrase: "), keyring=keyring, make=make)


def _status(folder: DataFolder, out: TextIO, *, as_json: bool) -> int:
    found = key_acts.status(folder)
    if as_json:
        out.write(json.dumps({"key": None if found is None else asdict(found)}) + "\n")
        return EXIT_PROBLEM if found is not None and found.missing else EXIT_OK
    if found is None:
        out.write(f"There is no key in {folder.root}: the server makes one at its first start.\n")
        return EXIT_OK
    printed = (
        "never printed: " + server_command("key", "recovery", folder=folder.root)
        if found.recovery_at_ms is None
        else f"printed {utc_minute(found.recovery_at_ms)}"
    )
    gone = (
        f"MISSING: it was in {folder.master_key}. Put it back, or use the recovery key: "
        + server_command("key", "use-recovery", folder=folder.root)
    )
    place = gone if found.missing else _PLACES[found.source]
    out.write(
        f"Fingerprint:  {found.fingerprint}\n"
        f"Master key:   {place}\n"
        f"Made:         {utc_minute(found.made_at_ms)}\n"
        f"Recovery key: {printed}\n"
    )
    return EXIT_PROBLEM if found.missing else EXIT_OK


def _act(
    chosen: argparse.Namespace, folder: DataFolder, by: str, ask: Ask | None, keyring: OpenKeyring
) -> str:
    if chosen.act == "use-recovery":
        text = _recovery_text(chosen.recovery_file, ask)
        fresh = _new_passphrase(chosen, None)
        vault = key_acts.use_recovery(folder, text, by=by, passphrase=fresh, keyring=keyring)
        _note_recovery(folder, vault)
        return f"The data can be opened again. The master key is {_place(vault)}.\n"
    vault = opened(folder, ask, keyring=keyring)
    from server.books import open_books  # late: it stands on what is here

    return open_books(folder, vault).administration.act(
        command_line(),
        Action.MANAGE_KEYS,
        lambda: _change(chosen, folder, vault, by, ask, keyring),
        details={"what": str(chosen.act)},
    )


def _change(
    chosen: argparse.Namespace,
    folder: DataFolder,
    vault: Vault,
    by: str,
    ask: Ask | None,
    keyring: OpenKeyring,
) -> str:
    if chosen.act == "recovery":
        return words_of(key_acts.print_recovery(folder, vault, by=by), vault.fingerprint)
    if chosen.act == "rotate":
        fresh = _new_passphrase(chosen, ask) if vault.file.source == "passphrase" else None
        key = key_acts.rotate(folder, vault, by=by, passphrase=fresh, keyring=keyring)
        return "The master key was replaced.\n" + words_of(key, vault.fingerprint)
    source = cast("Source", chosen.source)
    fresh = _new_passphrase(chosen, ask) if source == "passphrase" else None
    key_acts.change_source(folder, vault, source, by=by, passphrase=fresh, keyring=keyring)
    return f"The master key was replaced; it is {_place(vault)}.\n"


def _renew(
    chosen: argparse.Namespace,
    folder: DataFolder,
    by: str,
    ask: Ask | None,
    confirm: Ask,
    keyring: OpenKeyring,
    stream: TextIO,
) -> str:
    """Apart from the others: the audit log itself goes on with another key."""
    from server.renew_tool import renew_data  # late: it stands on what is here

    return renew_data(
        folder,
        opened(folder, ask, keyring=keyring),
        by=by,
        new_authority=chosen.new_authority,
        keyring=keyring,
        confirm=None if chosen.yes else confirm,
        passphrase=lambda: _new_passphrase(chosen, ask),
        words=words_of,
        stream=stream,
    )


def _note_recovery(folder: DataFolder, vault: Vault) -> None:
    """Before the vault is open nothing can be written into the audit log: afterwards."""
    from server.books import open_books

    details = {"what": "use-recovery"}
    books = open_books(folder, vault)
    books.audit.record(Action.MANAGE_KEYS, command_line(), "", details, outcome=DONE)
    books.stands.note()


def words_of(key: RecoveryKey, fingerprint: str) -> str:
    """What is printed with a recovery key."""
    return (
        f"Recovery key: {key.text}\n"
        f"It opens the data with the fingerprint {fingerprint} when the master key is lost. Write "
        "it down, keep it away from this computer. It is not shown again. It opens every backup "
        "made from now on, too; keep the paper of before for backups of before.\n"
    )


def _place(vault: Vault) -> str:
    return _PLACES[vault.file.source]


def _recovery_text(path: Path | None, ask: Ask | None) -> str:
    if path is not None:
        return read_passphrase(path)
    if ask is None:
        raise VaultProblem("Nobody is at the terminal: name a --recovery-file.")
    return ask("Recovery key: ")


def _new_passphrase(chosen: argparse.Namespace, ask: Ask | None) -> str | None:
    if chosen.new_passphrase_file is not None:
        return read_passphrase(chosen.new_passphrase_file)
    if ask is None:
        return None
    first = ask("New passphrase: ")
    if ask("The same again: ") != first:
        raise VaultProblem("The two are not the same: nothing was changed.")
    return first
