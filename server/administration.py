"""The service layer of what people do: who asks, may they, do it, and it is in the audit log.

Every act is written before it is done (`allowed`), so that nothing is ever done that is not in the
log; a second record says when it failed, or what came of it. A refusal is a record too.
"""

import csv
import getpass
import io
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from desktop.files import write_atomically
from desktop.logs import log_event
from security.chain import Finding, Head
from server.accounts import Accounts, SignInRefused
from server.accounts_file import Account, AccountsProblem
from server.audit import Audit, AuditProblem
from server.audit_records import ALLOWED, DONE, FAILED, REFUSED, Details, Entry, Verified
from server.failed_sign_ins import FailedSignIns, failed_before
from server.permissions import Action, Actor, NotAllowed, Role
from server.stand_records import outstanding

_LOG = logging.getLogger(__name__)
T = TypeVar("T")
SIGN_IN = "sign in"
FIRST_ADMINISTRATOR = "first administrator"
_ACCOUNT = "account:"
NO_ADMINISTRATOR = (
    "Nobody could manage the accounts: make the administrator's first, without --role."
)
_NOBODY = Actor("nobody", Role.VIEWER, "window")


def command_line() -> Actor:
    """The person at this computer's command line: who can read the data folder's keys owns it."""
    return Actor(f"os:{_os_user()}", Role.ADMINISTRATOR, "command line")


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a system without names for its users
        return "unknown"


def id_of(actor: Actor) -> str | None:
    """The account's id; None for the command line and for checkpoints."""
    return actor.name.removeprefix(_ACCOUNT) if actor.name.startswith(_ACCOUNT) else None


class Administration:
    """Lets people do what their role allows, and writes it down. Any thread may call.

    Args:
        accounts: Who they are.
        audit: Where it is written.
        note: Called after what may have changed something: notes how the data stand.
    """

    def __init__(
        self, accounts: Accounts, audit: Audit, note: Callable[[], None] = lambda: None
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._note = note

    # For every act.

    def may(self, actor: Actor, action: Action) -> bool:
        """Whether the table lets them, and they still are who they were when they signed in."""
        if not actor.may(action):
            return False
        account_id = id_of(actor)
        if account_id is None:
            return True
        account = self._accounts.get(account_id)
        return account is not None and account.role is actor.role

    def check(self, actor: Actor, action: Action, *, target: str = "") -> None:
        """Lets an act pass that is allowed, unwritten: for looking at something.

        Raises:
            NotAllowed: It is not; that is written.
            AuditProblem: The refusal cannot be written.
        """
        if not self.may(actor, action):
            self._audit.record(action, actor, target, outcome=REFUSED)
            raise NotAllowed(actor, action)

    def act(
        self,
        actor: Actor,
        action: Action,
        work: Callable[[], T],
        *,
        target: str = "",
        details: Details | None = None,
        done: Callable[[T], tuple[str, Details]] | None = None,
    ) -> T:
        """Does something for somebody, if they may.

        Args:
            actor: Who.
            action: What, of the table.
            work: Does it.
            target: The id of what it is done to.
            details: Numbers, ids and words of the program; no names of people.
            done: When given, says from the result which target and details a second record has.

        Raises:
            NotAllowed: They may not; that is written.
            AuditProblem: It cannot be written; nothing was done.
            Exception: Whatever `work` raises; that it failed is written.
        """
        self.check(actor, action, target=target)
        self._audit.record(action, actor, target, details, outcome=ALLOWED)
        try:
            result = work()
        except Exception as error:
            why = {"reason": type(error).__name__}
            failed: Details = {**(details or {}), **why}
            try:
                self._audit.record(action, actor, target, failed, outcome=FAILED)
            except AuditProblem as problem:
                # Why the act failed is what somebody can do something about.
                log_event(_LOG, "audit_fact_lost", level=logging.ERROR, reason=str(problem))
            self._note()
            raise
        if done is not None:
            found, told = done(result)
            self._audit.record(action, actor, found, told, outcome=DONE)
        self._note()
        return result

    # Signing in.

    @property
    def without_password(self) -> bool:
        """Whether there is no account yet: the first start.

        Raises:
            AccountsUnreadable: The accounts cannot be read.
        """
        return not self._accounts.list()

    def first_administrator(self, name: str, password: str, *, origin: str = "window") -> Actor:
        """Makes the first account, and signs it in; only while there is none.

        Raises:
            WeakPassword: The password is too easy to guess.
            AccountsProblem: The name cannot be used.
            NotAllowed: There is an account already.
        """
        nobody = Actor(_NOBODY.name, _NOBODY.role, origin)
        if not self.without_password:
            self._audit.record(FIRST_ADMINISTRATOR, nobody, outcome=REFUSED)
            raise NotAllowed(nobody, Action.MANAGE_ACCOUNTS)
        account = self._accounts.add(name, Role.ADMINISTRATOR, password, signs_in=True)
        self._audit.record(FIRST_ADMINISTRATOR, nobody, account.account_id)
        self._note()
        return actor_of(account, origin)

    def set_as_owner(self, actor: Actor, name: str, password: str) -> bool:
        """Sets a password as the owner of the data folder; makes the administrator if need be.

        Returns:
            True when the account is new: then it is the first one.

        Raises:
            WeakPassword: The password is too easy to guess.
            AccountsProblem: There are accounts, and none of this name.
        """
        wanted = " ".join(name.split()).casefold()
        found = [one for one in self._accounts.list() if one.name.casefold() == wanted]
        if found:
            self.reset_password(actor, found[0].account_id, password)
            return False
        if not self.without_password:
            raise AccountsProblem(f"There is no account named {name} (--role ROLE makes one).")
        self.add_account(actor, name, Role.ADMINISTRATOR, password)
        return True

    def add_as_owner(self, actor: Actor, name: str, role: Role, password: str) -> Account:
        """Makes a further account as the owner of the data folder.

        Raises:
            WeakPassword: The password is too easy to guess.
            AccountsProblem: There is no account yet, and this is no administrator's; or one of
                this name is there.
        """
        if self.without_password and role is not Role.ADMINISTRATOR:
            raise AccountsProblem(NO_ADMINISTRATOR)
        return self.add_account(actor, name, role, password)

    def owner_signs_in(self, name: str, password: str) -> Actor:
        """Sets a password as the owner of the data folder, and signs in with it.

        Raises:
            WeakPassword: As `set_as_owner`.
            AccountsProblem: As `set_as_owner`.
        """
        self.set_as_owner(command_line(), name, password)
        return self.sign_in(name, password)

    def sign_in(self, name: str, password: str, *, origin: str = "window") -> Actor:
        """Lets somebody in; takes about a tenth of a second.

        Raises:
            SignInRefused: The name or the password is wrong, or it is too soon.
            AccountsProblem: The accounts cannot be read.
            AuditProblem: It cannot be written.
        """
        try:
            account = self._accounts.sign_in(name, password)
        except SignInRefused as refused:
            # What was typed is not written: it may be a password in the wrong field.
            nobody = Actor(_NOBODY.name, _NOBODY.role, origin)
            details = {"wait_s": refused.wait_s}
            self._audit.record(SIGN_IN, nobody, refused.account_id, details, outcome=REFUSED)
            self._note()
            raise
        actor = actor_of(account, origin)
        self._audit.record(SIGN_IN, actor)
        self._note()
        return actor

    def failed_before(self, actor: Actor) -> FailedSignIns | None:
        """Who tried to sign in with this person's name before they did; reads the whole log.

        Raises:
            AuditProblem: The log cannot be read.
        """
        entries = self._audit.entries((SIGN_IN,))
        return failed_before(entries, actor.name, id_of(actor) or "")

    def name_of(self, actor: Actor) -> str:
        """What the window calls them."""
        account_id = id_of(actor)
        account = None if account_id is None else self._accounts.get(account_id)
        return actor.name if account is None else account.name

    # Accounts.

    @property
    def enrollers(self) -> int:
        """How many accounts could sign in at a checkpoint to enrol.

        Raises:
            AccountsUnreadable: The accounts cannot be read.
        """
        found = (actor_of(account, "") for account in self._accounts.list())
        return sum(actor.may(Action.ENROL_SIGNED_IN) for actor in found)

    def accounts(self, actor: Actor) -> tuple[Account, ...]:
        """Everybody who may sign in.

        Raises:
            NotAllowed: They may not see that.
        """
        self.check(actor, Action.VIEW_ACCOUNTS)
        return self._accounts.list()

    def add_account(self, actor: Actor, name: str, role: Role, password: str) -> Account:
        """A new account; raises as `act` and `Accounts.add`."""
        return self.act(
            actor,
            Action.MANAGE_ACCOUNTS,
            lambda: self._accounts.add(name, role, password),
            details={"what": "add", "role": str(role)},
            done=lambda account: (account.account_id, {"what": "add", "role": str(role)}),
        )

    def set_role(self, actor: Actor, account_id: str, role: Role) -> Account:
        """Another role; raises as `act` and `Accounts.set_role`."""
        return self.act(
            actor,
            Action.MANAGE_ACCOUNTS,
            lambda: self._accounts.set_role(account_id, role),
            target=account_id,
            details={"what": "role", "role": str(role)},
        )

    def reset_password(self, actor: Actor, account_id: str, password: str) -> None:
        """Another's new password; raises as `act` and `Accounts.set_password`."""
        self.act(
            actor,
            Action.MANAGE_ACCOUNTS,
            lambda: self._accounts.set_password(account_id, password),
            target=account_id,
            details={"what": "password"},
        )

    def remove_account(self, actor: Actor, account_id: str) -> None:
        """Ends an account; raises as `act` and `Accounts.remove`."""
        self.act(
            actor,
            Action.MANAGE_ACCOUNTS,
            lambda: self._accounts.remove(account_id),
            target=account_id,
            details={"what": "remove"},
        )

    def change_own_password(self, actor: Actor, before: str, password: str) -> None:
        """A new password for oneself; the old one is asked for, with the waits of a sign-in.

        Raises:
            SignInRefused: The old one is wrong, or it is too soon.
            WeakPassword: The new one is too easy to guess.
        """
        account_id = id_of(actor) or ""

        def change() -> None:
            account = self._accounts.get(account_id)
            if account is None:
                raise NotAllowed(actor, Action.CHANGE_OWN_PASSWORD)
            self._accounts.sign_in(account.name, before, lets_in=lambda _account: False)
            self._accounts.set_password(account_id, password)

        self.act(actor, Action.CHANGE_OWN_PASSWORD, change, target=account_id)

    # The audit log.

    def verified(self, actor: Actor, witnesses: Mapping[str, Head] | None = None) -> Verified:
        """Every record, and whether all of them are as they were written.

        Raises:
            NotAllowed: They may not see that.
            AuditProblem: The log cannot be read.
        """
        self.check(actor, Action.VIEW_AUDIT)
        verified = self._audit.verify(witnesses)
        made = (FIRST_ADMINISTRATOR, Action.MANAGE_ACCOUNTS)
        if self._accounts.list() and not any(entry.action in made for entry in verified.entries):
            # Log and sealed head were taken away together: what is left must not look whole.
            missing = Finding(1, "There are accounts, but no record of who made them: it is gone.")
            verified = replace(verified, findings=(*verified.findings, missing))
        put_back = tuple(
            Finding(entry.sequence, f"Record {entry.sequence}: {entry.details['what']}")
            for entry in outstanding(verified.entries).values()
        )
        return replace(verified, findings=(*verified.findings, *put_back))

    def names(self, actor: Actor) -> dict[str, str]:
        """The accounts' names by their ids, of those that were removed too.

        Raises:
            NotAllowed: They may not see that.
        """
        self.check(actor, Action.VIEW_ACCOUNTS)
        return self._accounts.names()

    def export_audit(self, actor: Actor, path: Path) -> int:
        """Writes the whole log: the signed lines (`.jsonl`), or a table (`.csv`).

        Raises:
            NotAllowed: They may not.
            AuditProblem: The log cannot be read.
            OSError: The file cannot be written.
        """

        def write() -> int:
            verified = self._audit.verify()
            as_table = path.suffix.casefold() == ".csv"
            data = _table(verified) if as_table else self._audit.path.read_bytes()
            write_atomically(path, data)
            return len(verified.entries)

        return self.act(actor, Action.EXPORT_AUDIT, write)


def actor_of(account: Account, origin: str) -> Actor:
    """An account as somebody who does something, from there."""
    return Actor(f"{_ACCOUNT}{account.account_id}", account.role, origin)


def _table(verified: Verified) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(Entry.__slots__)
    for entry in verified.entries:
        at = datetime.fromtimestamp(entry.at_ms / 1000, UTC).isoformat(timespec="seconds")
        details = json.dumps(dict(entry.details), sort_keys=True)
        cells = {**asdict(entry), "at_ms": at, "details": details}
        rows.writerow([cells[name] for name in Entry.__slots__])
    return text.getvalue().encode("utf-8")
