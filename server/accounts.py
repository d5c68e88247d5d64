"""The accounts of people who use the server: signs them in, and keeps who they are."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from protocol.errors import NameInvalid
from protocol.text import clean_name
from security.passwords import Passwords, check
from server.accounts_file import Account, AccountsFile, AccountsProblem, Content
from server.permissions import Role
from server.purposes import Sealing

_MOST_ACCOUNTS = 200
_LONGEST_NAME = 60


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
        self._file = AccountsFile(path, sealer, meanwhile)
        self._passwords = passwords or Passwords()
        self._now_ms = now_ms
        self._waiting: Mapping[str, int] = {}

    # Reading.

    def list(self) -> tuple[Account, ...]:
        """Everybody, by name.

        Raises:
            AccountsUnreadable: The file cannot be read.
        """
        with self._file.reading() as content:
            return tuple(
                replace(one, failed=content.waits.failed(_key(one.name)))
                for one in sorted(content.accounts.values(), key=lambda one: _key(one.name))
            )

    def get(self, account_id: str) -> Account | None:
        """The account of this id, or None when it is not there (any more)."""
        return next((one for one in self.list() if one.account_id == account_id), None)

    def names(self) -> dict[str, str]:
        """The name of every id, of accounts that were removed too: for reading the audit log."""
        with self._file.reading() as content:
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
        with self._file.changing() as content:
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
            self._file.write(content)
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
            self._file.write(content)
            return account

    def waiting_at(self) -> Mapping[str, int]:
        """Where sign-ins wait after wrong passwords: ends, ms since the epoch, by checkpoint.

        A window asks each second: while a password is looked at, which takes a tenth of one, it is
        what was known before, and where the file cannot be read, which others tell, nothing.
        """
        try:
            with self._file.glance() as content:
                if content is not None:
                    self._waiting = content.waits.waiting_at(self._now_ms())
        except AccountsProblem:
            self._waiting = {}
        return self._waiting

    def let_sign_in_again(self, checkpoint_id: str) -> int:
        """Ends the waits at a checkpoint, and those of the names that were typed there.

        Returns:
            Until when they would have waited, ms since the epoch; 0 when nobody did.

        Raises:
            AccountsUnreadable: The file cannot be read.
        """
        with self._file.changing() as content:
            until_ms = content.waits.waiting_at(self._now_ms()).get(checkpoint_id, 0)
            if until_ms:
                content.waits.let_go_on(checkpoint_id)
                self._file.write(content)
            return until_ms

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
        with self._file.changing() as content:
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
            self._file.write(content)
            return account

    def set_role(self, account_id: str, role: Role) -> Account:
        """Gives an account another role.

        Raises:
            LastAdministrator: Nobody would be one any more.
            AccountsProblem: There is no such account, or the role is no person's.
        """
        if not role.of_people:
            raise AccountsProblem("This role is a checkpoint's.")
        with self._file.changing() as content:
            account = replace(_known(content, account_id), role=role)
            _keep_an_administrator(content, account_id, role)
            content.accounts[account_id] = account
            self._file.write(content)
            return account

    def set_password(self, account_id: str, password: str) -> Account:
        """Gives an account another password, and ends its waits.

        Raises:
            WeakPassword: The password is too easy to guess.
            AccountsProblem: There is no such account.
        """
        with self._file.changing() as content:
            account = _known(content, account_id)
            check(password, name=account.name)
            account = replace(account, kept=self._passwords.hash(password))
            content.accounts[account_id] = account
            content.waits.forget(_key(account.name))
            self._file.write(content)
            return account

    def remove(self, account_id: str) -> None:
        """Removes an account; its name is kept for the audit log's reader.

        Raises:
            LastAdministrator: Nobody would be one any more.
            AccountsProblem: There is no such account.
        """
        with self._file.changing() as content:
            account = _known(content, account_id)
            _keep_an_administrator(content, account_id, None)
            del content.accounts[account_id]
            content.former[account_id] = account.name
            content.waits.forget(_key(account.name))
            self._file.write(content)


def _known(content: Content, account_id: str) -> Account:
    account = content.accounts.get(account_id)
    if account is None:
        raise AccountsProblem("This account is not there any more.")
    return account


def _keep_an_administrator(content: Content, account_id: str, role: Role | None) -> None:
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
