"""Accounts as they are used at checkpoints: somebody signs in to enrol, and is written down."""

from dataclasses import dataclass

from server.accounts import Accounts, SignInRefused
from server.accounts_file import Account
from server.administration import SIGN_IN, actor_of
from server.audit import Audit
from server.audit_records import DONE, REFUSED
from server.permissions import Action, Actor, NotAllowed, Role
from server.stands import Stands


@dataclass(frozen=True, slots=True)
class SignedInThere:
    """Somebody who signed in at a checkpoint, with their account as it was then."""

    actor: Actor
    account: Account


class EnrollerAccounts:
    """Signs people in at checkpoints. Any thread may call.

    Args:
        accounts: Who they are.
        audit: Where it is written.
        stands: Notes how far the accounts are.
    """

    def __init__(self, accounts: Accounts, audit: Audit, stands: Stands) -> None:
        self._accounts = accounts
        self._audit = audit
        self._stands = stands

    def sign_in(self, checkpoint_id: str, name: str, password: str) -> SignedInThere:
        """Lets somebody in who is to enrol at a checkpoint; takes about a tenth of a second.

        What was too soon to be looked at is not written here, one by one: a checkpoint chooses how
        often it asks (`server.incidents` counts them).

        Raises:
            SignInRefused: The name or the password is wrong, or it is too soon.
            NotAllowed: The password is right, and the role may not enrol.
            AccountsProblem: The accounts cannot be read.
            AuditProblem: It cannot be written.
        """
        origin = f"checkpoint:{checkpoint_id}"
        details: dict[str, str | int | bool] = {"checkpoint": checkpoint_id}
        try:
            account = self._accounts.sign_in(
                name,
                password,
                checkpoint_id=checkpoint_id,
                lets_in=lambda one: actor_of(one, origin).may(Action.ENROL_SIGNED_IN),
            )
        except SignInRefused as refused:
            if refused.looked_at:
                # What was typed is not written: it may be a password in the wrong field.
                nobody = Actor("nobody", Role.VIEWER, origin)
                details["wait_s"] = refused.wait_s
                self._audit.record(SIGN_IN, nobody, refused.account_id, details, outcome=REFUSED)
                self._stands.note()
            raise
        actor = actor_of(account, origin)
        allowed = actor.may(Action.ENROL_SIGNED_IN)
        if not allowed:
            details["reason"] = "role"
        self._audit.record(SIGN_IN, actor, "", details, outcome=DONE if allowed else REFUSED)
        self._stands.note()
        if not allowed:
            raise NotAllowed(actor, Action.ENROL_SIGNED_IN)
        return SignedInThere(actor, account)

    def still(self, one: SignedInThere) -> bool:
        """Whether an account is what it was when somebody signed in with it: role and password too.

        Raises:
            AccountsUnreadable: The accounts cannot be read.
        """
        now = self._accounts.get(one.account.account_id)
        return now is not None and (now.role, now.kept) == (one.account.role, one.account.kept)
