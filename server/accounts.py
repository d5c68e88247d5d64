"""The accounts of people who use the server: one sealed file, read anew when another wrote it."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from desktop.file_lock import FileLock
from desktop.files import write_atomically
from protocol.errors import NameInvalid
from protocol.text import clean_name
from security.passwords import Passwords, check
from security.sealing import SealBroken
from server.permissions import Role
from server.purposes import Sealing
from server.sign_in_waits import SignInWaits

ABOUT = b"FaceNetGrid accounts 1"
_MOST_ACCOUNTS = 200
_LONGEST_NAME = 60


class AccountsProblem(Exception):  # noqa: N818 - named for what it is
    """Raised when something is not done; its text says why and what to do."""


class AccountsUnreadable(AccountsProblem):
    """Raised when the file cannot be read; it is never written over."""


class LastAdministrator(AccountsProblem):
    """Raised for what would leave nobody who can manage the accounts."""

    def __init__(self) -> None:
        super().__init__("This is the last administrator. Make somebody else administrator first.")


class SignInRefused(AccountsProblem):
    """Raised when somebody is not let in; `wait_s` says when to try again, 0 for at once.

    `why` is the sentence without the time, and `saying` the one for the time that is left.
    `account_id` is whose name was typed, "" where nobody has it: for the audit log alone.
    `looked_at` is False when it was too soon, and the password was not compared.
    """

    def __init__(
        self, why: str, wait_s: int = 0, *, account_id: str = "", looked_at: bool = True
    ) -> None:
        self.why = why
        super().__init__(self.saying(wait_s))
        self.wait_s = wait_s
        self.account_id = account_id
        self.looked_at = looked_at

    def saying(self, left_s: int) -> str:
        """Why not, and when to try again; `left_s` is in seconds."""
        return f"{self.why} Try again in {_time(left_s)}." if left_s else self.why


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in; times in ms since the epoch, UTC.

    Attributes:
        account_id: Opaque; stands in the audit log in the place of the name.
        name: Signs in with it; upper and lower case alike.
        role: What they may do.
        kept: The hash of the password; never shown.
        created_at_ms: When.
        last_sign_in_ms: When, at the window or at a checkpoint; None before the first.
        failed: Wrong passwords since.
    """

    account_id: str
    name: str
    role: Role
    kept: str = field(repr=False)
    created_at_ms: int
    last_sign_in_ms: int | None = None
    failed: int = 0


@dataclass(slots=True)
class _Content:
    accounts: dict[str, Account] = field(default_factory=dict)
    former: dict[str, str] = field(default_factory=dict)
    waits: SignInWaits = field(default_factory=SignInWaits)


class Accounts:
    """Signs people in, and keeps who they are. Any thread and several processes may use it.

    Args:
        path: The sealed file; made with the first account.
        sealer: Seals it.
        passwords: Hashes passwords.
        now_ms: The clock, ms since the epoch, UTC.
        meanwhile: Says why the sealer is not that of the data any more; empty while it is.
    """

    def __init__(
        self,
        path: Path,
        sealer: Sealing,
        *,
        passwords: Passwords | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        meanwhile: Callable[[], str] = lambda: "",
    ) -> None:
        self._meanwhile = meanwhile
        self._path = path
        self._sealer = sealer
        self._passwords = passwords or Passwords()
        self._now_ms = now_ms
        self._guard = threading.RLock()
        # Guarded by _guard.
        self._content = _Content()
        self._stamp: tuple[int, int, int] | None = None

    # Reading.

    def list(self) -> tuple[Account, ...]:
        """Everybody, by name.

        Raises:
            AccountsUnreadable: The file cannot be read.
        """
        with self._guard:
            content = self._read()
            return tuple(
                replace(one, failed=content.waits.failed(_key(one.name)))
                for one in sorted(content.accounts.values(), key=lambda one: _key(one.name))
            )

    def get(self, account_id: str) -> Account | None:
        """The account of this id, or None when it is not there (any more)."""
        return next((one for one in self.list() if one.account_id == account_id), None)

    def names(self) -> dict[str, str]:
        """The name of every id, of accounts that were removed too: for reading the audit log."""
        with self._guard:
            content = self._read()
            return {
                **content.former,
                **{one.account_id: one.name for one in content.accounts.values()},
            }

    # Signing in.

    def sign_in(
        self,
        name: str,
        password: str,
        *,
        checkpoint_id: str = "",
        lets_in: Callable[[Account], bool] = lambda _account: True,
    ) -> Account:
        """Looks whether somebody knows the password; takes about a tenth of a second.

        A name that does not exist costs the same work and the same waits.

        Args:
            name: As typed.
            password: As typed.
            checkpoint_id: Where, which has waits of its own; "" for the server's own window.
            lets_in: Whether who knows it is signed in by it: only then it is their last sign-in.

        Raises:
            SignInRefused: The name or the password is wrong, or it is too soon to try again.
            AccountsUnreadable: The file cannot be read.
        """
        with self._changing() as content:
            key, now_ms = _key(name), self._now_ms()
            account = next((o for o in content.accounts.values() if _key(o.name) == key), None)
            whose = "" if account is None else account.account_id
            wait_s = content.waits.left_s(key, now_ms, checkpoint_id=checkpoint_id)
            if wait_s:
                why = "Too many wrong passwords."
                raise SignInRefused(why, wait_s, account_id=whose, looked_at=False)
            # Counted before it is looked at: who ends the program meanwhile gains no try.
            known = account is not None
            content.waits.fail(key, now_ms, known=known, checkpoint_id=checkpoint_id)
            self._write(content)
            right = self._passwords.matches(None if account is None else account.kept, password)
            if account is None or not right:
                wait_s = content.waits.left_s(key, now_ms, checkpoint_id=checkpoint_id)
                why = "The name or the password is wrong."
                raise SignInRefused(why, wait_s, account_id=whose)
            content.waits.succeed(key, checkpoint_id=checkpoint_id)
            kept = account.kept
            if self._passwords.outdated(kept):
                kept = self._passwords.hash(password)
            account = replace(account, kept=kept)
            if lets_in(account):
                account = replace(account, last_sign_in_ms=now_ms)
            content.accounts[account.account_id] = account
            self._write(content)
            return account

    # Changing.

    def add(self, name: str, role: Role, password: str, *, signs_in: bool = False) -> Account:
        """A new account; `signs_in` when whoever chose the password is let in with it at once.

        Raises:
            WeakPassword: The password is too easy to guess.
            AccountsProblem: The name cannot be used or is taken, or the role is no person's.
        """
        name = _clean(name)
        check(password, name=name)
        if not role.of_people:
            raise AccountsProblem("This role is a checkpoint's.")
        with self._changing() as content:
            if any(_key(one.name) == _key(name) for one in content.accounts.values()):
                raise AccountsProblem(f"There is an account named {name} already.")
            if len(content.accounts) >= _MOST_ACCOUNTS:
                raise AccountsProblem(f"There are {_MOST_ACCOUNTS} accounts: remove one first.")
            now_ms = self._now_ms()
            account = Account(
                account_id=uuid.uuid4().hex[:12],
                name=name,
                role=role,
                kept=self._passwords.hash(password),
                created_at_ms=now_ms,
                last_sign_in_ms=now_ms if signs_in else None,
            )
            content.accounts[account.account_id] = account
            self._write(content)
            return account

    def set_role(self, account_id: str, role: Role) -> Account:
        """Gives an account another role.

        Raises:
            LastAdministrator: Nobody would be one any more.
            AccountsProblem: There is no such account, or the role is no person's.
        """
        if not role.of_people:
            raise AccountsProblem("This role is a checkpoint's.")
        with self._changing() as content:
            account = replace(_known(content, account_id), role=role)
            _keep_an_administrator(content, account_id, role)
            content.accounts[account_id] = account
            self._write(content)
            return account

    def set_password(self, account_id: str, password: str) -> Account:
        """Gives an account another password, and ends its waits.

        Raises:
            WeakPassword: The password is too easy to guess.
            AccountsProblem: There is no such account.
        """
        with self._changing() as content:
            account = _known(content, account_id)
            check(password, name=account.name)
            account = replace(account, kept=self._passwords.hash(password))
            content.accounts[account_id] = account
            content.waits.forget(_key(account.name))
            self._write(content)
            return account

    def remove(self, account_id: str) -> None:
        """Removes an account; its name is kept for the audit log's reader.

        Raises:
            LastAdministrator: Nobody would be one any more.
            AccountsProblem: There is no such account.
        """
        with self._changing() as content:
            account = _known(content, account_id)
            _keep_an_administrator(content, account_id, None)
            del content.accounts[account_id]
            content.former[account_id] = account.name
            content.waits.forget(_key(account.name))
            self._write(content)

    # The file; with _guard held.

    @contextmanager
    def _changing(self) -> Iterator[_Content]:
        """What is in the file now, for nobody else until the end."""
        with self._guard, changing(self._path):
            if problem := self._meanwhile():
                raise AccountsProblem(problem)
            yield self._read()

    def _read(self) -> _Content:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            self._content, self._stamp = _Content(), None
            return self._content
        except OSError as error:
            raise _unreadable(self._path, error.strerror or "unknown") from error
        stamp = (there.st_mtime_ns, there.st_size, there.st_ino)
        if stamp != self._stamp:
            try:
                plain = self._sealer.unseal(self._path.read_bytes(), ABOUT)
                self._content = _from_json(json.loads(plain))
            except (OSError, SealBroken, ValueError, KeyError, TypeError, IndexError) as error:
                if problem := self._meanwhile():
                    raise AccountsProblem(problem) from error
                raise _unreadable(self._path, str(error)) from error
            self._stamp = stamp
        return self._content

    def _write(self, content: _Content) -> None:
        plain = json.dumps(_to_json(content), ensure_ascii=False).encode("utf-8")
        # What is in memory is not what is in the file, until it is.
        self._stamp = None
        write_atomically(self._path, self._sealer.seal(plain, ABOUT))
        there = self._path.stat()
        self._content = content
        self._stamp = (there.st_mtime_ns, there.st_size, there.st_ino)


def changing(path: Path) -> FileLock:
    """Held while the file is changed, or replaced from outside."""
    return FileLock(path.with_suffix(".lock"))


def _unreadable(path: Path, why: str) -> AccountsUnreadable:
    return AccountsUnreadable(
        f"The accounts in {path} cannot be read ({why.rstrip('.')}). Put a backup in its place; "
        "or move the file away and set a new administrator's password."
    )


def _known(content: _Content, account_id: str) -> Account:
    account = content.accounts.get(account_id)
    if account is None:
        raise AccountsProblem("This account is not there any more.")
    return account


def _keep_an_administrator(content: _Content, account_id: str, role: Role | None) -> None:
    if role is Role.ADMINISTRATOR:
        return
    others = (one for key, one in content.accounts.items() if key != account_id)
    was = content.accounts[account_id].role is Role.ADMINISTRATOR
    if was and not any(one.role is Role.ADMINISTRATOR for one in others):
        raise LastAdministrator


def _clean(name: str) -> str:
    try:
        cleaned = clean_name(name)
    except NameInvalid as error:
        raise AccountsProblem(str(error)) from error
    if len(cleaned) > _LONGEST_NAME:
        raise AccountsProblem(f"A name has at most {_LONGEST_NAME} characters.")
    return cleaned


def _key(name: str) -> str:
    """Names that count as the same; of a name that cannot be one, too."""
    return " ".join(name.split()).casefold()[:_LONGEST_NAME]


def _time(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else f"{-(-seconds // 60)} min"


def _to_json(content: _Content) -> dict[str, object]:
    return {
        "accounts": [asdict(one) for one in content.accounts.values()],
        "former": content.former,
        "waits": content.waits.to_json(),
    }


def _from_json(found: dict[str, Any]) -> _Content:
    accounts: dict[str, Account] = {}
    for one in found["accounts"]:
        account = Account(**{**one, "role": Role(one["role"])})
        accounts[account.account_id] = account
    former = {str(key): str(name) for key, name in dict(found["former"]).items()}
    return _Content(accounts, former, SignInWaits.from_json(found["waits"]))
