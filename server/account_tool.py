"""`python -m server password` and `users`: for whoever owns the data folder, with no window."""

import getpass
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from desktop.files import unreadable
from desktop.listing import local_time, write_list
from protocol.text import printable
from security.passwords import WeakPassword, check
from server.accounts_file import Account, AccountsProblem
from server.administration import NO_ADMINISTRATOR, command_line
from server.audit import AuditProblem
from server.books import Books, open_books
from server.command_words import server_command
from server.data_folder import DataFolder, DataInUse
from server.key_tool import opened, terminal
from server.permissions import FIRST_NAME, Role
from server.sealed_already import is_new, sealed_already
from server.unlocking import CannotOpen
from server.vault import Vault, VaultProblem

EXIT_OK = 0
EXIT_PROBLEM = 1
_HEADINGS = ("Name", "Role", "Made", "Last sign-in", "Wrong passwords since")


class PasswordUnreadable(Exception):  # noqa: N818 - named for what happened
    """Raised when there is no password to set; its text says why."""


def password(
    folder: DataFolder,
    name: str = "",
    *,
    role: Role | None = None,
    password_file: Path | None = None,
    ask: Callable[[str], str] = getpass.getpass,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Sets the password of an account; the first one's makes it the administrator.

    A server may be running: it sees the new password at the next sign-in.

    Args:
        folder: Where the data are.
        name: Of the account; the first administrator's unless told otherwise.
        role: Makes a new account with this role; None sets the password of one that is there.
        password_file: Its first line, instead of asking.
        ask: Asks without showing what is typed.
        out: Where it is said what was done.
        err: Where it is said why nothing was.

    Returns:
        0 when it is set, 1 with a sentence when it is not.
    """
    out, err = out or sys.stdout, err or sys.stderr
    name = name or FIRST_NAME
    try:
        chosen = _chosen(password_file, ask)
        if is_new(folder):
            _check_first(name, chosen, role)
        with books_of(folder) as books:
            if role is not None:
                books.administration.add_as_owner(command_line(), name, role, chosen)
                out.write(f"{name} may sign in now, as {role}.\n")
                return EXIT_OK
            first = books.administration.set_as_owner(command_line(), name, chosen)
    except (AccountsProblem, AuditProblem, CannotOpen, PasswordUnreadable, WeakPassword) as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    out.write(f"{name} is an administrator now.\n" if first else f"Set for {name}.\n")
    return EXIT_OK


def users(
    folder: DataFolder,
    *,
    as_json: bool = False,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Writes who may sign in, with what each may do and when they did.

    Returns:
        0, or 1 with a sentence.
    """
    out, err = out or sys.stdout, err or sys.stderr
    found: Sequence[Account] = ()
    try:
        if folder.vault.exists() or sealed_already(folder) is not None:
            with books_of(folder, make=False) as books:
                found = books.administration.accounts(command_line())
    except (AccountsProblem, AuditProblem, CannotOpen) as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    if as_json:
        shown = ("name", "role", "created_at_ms", "last_sign_in_ms", "failed")
        told = [{name: getattr(one, name) for name in shown} for one in found]
        out.write(json.dumps({"users": told}) + "\n")
    elif found:
        write_list(out, _HEADINGS, (_row(one) for one in found), numbers=_HEADINGS[-1:])
    else:
        err.write(_nobody(folder))
    return EXIT_OK


def _row(one: Account) -> tuple[str, ...]:
    last = one.last_sign_in_ms
    when = "never" if last is None else local_time(last)
    return printable(one.name, 60), one.role, local_time(one.created_at_ms), when, str(one.failed)


@contextmanager
def books_of(folder: DataFolder, *, make: bool = True) -> Iterator[Books]:
    """The books of a folder, beside a running server or without one.

    Args:
        folder: Where the data are.
        make: Whether a key may be made where there is none.

    Raises:
        CannotOpen: The vault or the log cannot be opened.
    """
    from server.events import GridState, ServerStateChanged

    try:
        if make and not folder.vault.exists():
            vault = _made(folder)
        else:
            vault = opened(folder, terminal(), make=False)
    except (VaultProblem, DataInUse) as error:
        raise CannotOpen(ServerStateChanged(GridState.KEY_UNUSABLE, str(error))) from error
    yield open_books(folder, vault, _warn)


def _made(folder: DataFolder) -> Vault:
    """A key is made with the lock alone: two programs would make one each."""
    try:
        folder.lock("python -m server password")
    except OSError as error:
        raise VaultProblem(
            f"The data folder {folder.root} cannot be written ({error.strerror or error}): "
            "check its permissions."
        ) from error
    try:
        return opened(folder, terminal())
    finally:
        folder.unlock()


def _check_first(name: str, chosen: str, role: Role | None) -> None:
    """Before data are made for it.

    Raises:
        WeakPassword: The password is too easy to guess.
        AccountsProblem: It would be no administrator's.
    """
    check(chosen, name=name)
    if role not in (None, Role.ADMINISTRATOR):
        raise AccountsProblem(NO_ADMINISTRATOR)


def _nobody(folder: DataFolder) -> str:
    command = server_command("password", folder=folder.root)
    return f"Nobody can sign in to the data in {folder.root} yet: {command}\n"


def _warn(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _chosen(password_file: Path | None, ask: Callable[[str], str]) -> str:
    if password_file is not None:
        try:
            return password_file.read_text(encoding="utf-8").split("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise PasswordUnreadable(unreadable(password_file, error)) from error
    try:
        first, again = ask("New password: "), ask("The same once more: ")
    except EOFError as error:
        raise PasswordUnreadable("Nobody typed a password: use --password-file.") from error
    if first != again:
        raise PasswordUnreadable("The two are not the same. Nothing was changed.")
    return first
