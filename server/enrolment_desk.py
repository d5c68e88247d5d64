"""Who may enrol at a checkpoint: nobody, anybody there, or who signed in on this very connection.

Every enrolment is written into the audit log before and after, by the name of who makes it: the
checkpoint, or the account of the person who signed in.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from protocol.errors import Code, sentence
from protocol.messages import Enrol, Enrolled, SignedIn, SignedOut, SignIn, SignOut
from protocol.sign_in import WhoEnrols
from server.accounts import SignInRefused
from server.accounts_file import AccountsProblem
from server.audit import Audit, AuditProblem
from server.audit_records import ALLOWED, FAILED, REFUSED
from server.books import Books
from server.enroller_accounts import EnrollerAccounts, SignedInThere
from server.enrolment import EnrolmentService
from server.event_records import Caller
from server.permissions import Action, Actor, NotAllowed
from server.refusals import Refused

IDLE_S = 300.0
"""Without an enrolment for so long a sign-in ends: taking three pictures takes a minute, and who
went away shall not leave the checkpoint open behind them."""

_FIRST = "Whoever enrols at this checkpoint signs in first, with their account on the server."
_ENDED = "The sign-in at this checkpoint has ended. Sign in again, then save."
_CHANGED = "The account that signed in was changed or removed. Sign in again, then save."
_NOBODY = "Nobody may be enrolled at this checkpoint. Ask the administrator."
_NOT_HERE = "Nobody signs in at this checkpoint."
_ROLE = "Your account may not enrol people. The administrator gives it the role enroller."


@dataclass(slots=True)
class _SignIn:
    there: SignedInThere
    until_s: float


class EnrolmentDesk:
    """Signs in and enrols for all connections. Any thread may call.

    Args:
        enrolment: Enrols.
        who_enrols: Who may, at a checkpoint by its id; called by the loop, so it never waits.
        accounts: Who can sign in; None where nobody can.
        audit: Where it is written; None where nothing is.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        enrolment: EnrolmentService,
        who_enrols: Callable[[str], WhoEnrols],
        *,
        accounts: EnrollerAccounts | None = None,
        audit: Audit | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._enrolment = enrolment
        self.who_enrols = who_enrols
        self._accounts = accounts
        self._audit = audit
        self._clock = clock
        self._lock = threading.Lock()
        # By connection, from hello to its end; None while nobody is signed in there.
        self._sign_ins: dict[int, _SignIn | None] = {}

    def came(self, caller: Caller) -> None:
        """A connection begins: nobody is signed in there."""
        with self._lock:
            self._sign_ins[caller.connection] = None

    def went(self, caller: Caller) -> None:
        """A connection ended, and with it the sign-in there."""
        with self._lock:
            self._sign_ins.pop(caller.connection, None)

    def sign_in(self, request: SignIn, caller: Caller) -> SignedIn:
        """Lets somebody in on this connection; whoever was signed in there no more is.

        Raises:
            Refused: The password is wrong, it is too soon, the role may not enrol, nobody signs in
                at this checkpoint, or it cannot be written.
        """
        self._leave(caller)
        accounts = self._accounts
        if accounts is None or self.who_enrols(caller.checkpoint_id) is not WhoEnrols.SIGNED_IN:
            raise Refused(Code.NOT_ALLOWED, _NOT_HERE)
        try:
            there = accounts.sign_in(caller.checkpoint_id, request.name, request.password)
        except SignInRefused as refused:
            code = Code.SIGN_IN_REFUSED if refused.looked_at else Code.SIGN_IN_LATER
            wait = {"wait_s": str(refused.wait_s)} if refused.wait_s else {}
            raise Refused(code, str(refused), details=wait) from refused
        except NotAllowed as refused:
            raise Refused(Code.NOT_ALLOWED, _ROLE) from refused
        except AccountsProblem as problem:
            raise Refused(Code.STORAGE_FAILED, "The accounts cannot be read.") from problem
        except AuditProblem as problem:
            raise Refused(Code.STORAGE_FULL, sentence(Code.STORAGE_FULL)) from problem
        with self._lock:
            if caller.connection in self._sign_ins:  # else it ended meanwhile
                self._sign_ins[caller.connection] = _SignIn(there, self._clock() + IDLE_S)
        return SignedIn(re=request.id, name=there.account.name, idle_s=round(IDLE_S))

    def sign_out(self, request: SignOut, caller: Caller) -> SignedOut:
        """Whoever was signed in on this connection no more is."""
        self._leave(caller)
        return SignedOut(re=request.id)

    def enrol(self, request: Enrol, caller: Caller) -> Enrolled:
        """Enrols as who may enrol there, which is written before and after.

        What was stored before is answered as the first time, whoever may enrol by now: the answer
        was lost, and the sign-in with the connection.

        Raises:
            Refused: They may not, or as `EnrolmentService.enrol`, or it cannot be written.
        """
        before = self._enrolment.made_before(request, caller)
        if before is not None:
            return before
        action, actor = self._who(request, caller)
        if self._audit is None:
            return self._enrolment.enrol(request, caller, by=actor.name)
        where = {"checkpoint": caller.checkpoint_id}
        try:
            self._audit.record(action, actor, request.enrolment_id, where, outcome=ALLOWED)
            reply = self._enrolment.enrol(request, caller, by=actor.name)
            self._audit.record(action, actor, reply.subject_id, where)
        except AuditProblem as problem:
            raise Refused(Code.STORAGE_FULL, sentence(Code.STORAGE_FULL)) from problem
        except Refused as refused:
            self._write_refusal(action, actor, request, FAILED, refused.code)
            raise
        return reply

    def _who(self, request: Enrol, caller: Caller) -> tuple[Action, Actor]:
        """Who enrols, in whose name it is written.

        Raises:
            Refused: Nobody may, or somebody has to sign in first.
        """
        who = self.who_enrols(caller.checkpoint_id)
        device = Actor.device(caller.checkpoint_id, may_enrol=who is WhoEnrols.ANYBODY)
        if who is not WhoEnrols.SIGNED_IN:
            action = Action.ENROL_AT_CHECKPOINT
            if not device.may(action):
                self._write_refusal(action, device, request, REFUSED, Code.NOT_ALLOWED)
                raise Refused(Code.NOT_ALLOWED, _NOBODY)
            return action, device
        action = Action.ENROL_SIGNED_IN
        found = self._signed_in(caller)
        if isinstance(found, str):
            self._write_refusal(action, device, request, REFUSED, Code.SIGN_IN_FIRST)
            raise Refused(Code.SIGN_IN_FIRST, found)
        return action, found.actor

    def _signed_in(self, caller: Caller) -> SignedInThere | str:
        """Who is signed in on this connection, and goes on to be; or why nobody is."""
        with self._lock:
            found = self._sign_ins.get(caller.connection)
        if found is None or self._accounts is None:
            return _FIRST
        try:
            why = "" if self._accounts.still(found.there) else _CHANGED
        except AccountsProblem as problem:
            raise Refused(Code.STORAGE_FAILED, "The accounts cannot be read.") from problem
        now_s = self._clock()
        if now_s >= found.until_s:
            why = _ENDED
        if why:
            self._leave(caller)
            return why
        found.until_s = now_s + IDLE_S
        return found.there

    def _leave(self, caller: Caller) -> None:
        with self._lock:
            if caller.connection in self._sign_ins:
                self._sign_ins[caller.connection] = None

    def _write_refusal(
        self, action: Action, actor: Actor, request: Enrol, outcome: str, why: Code
    ) -> None:
        # The refusal is the answer in any case.
        if self._audit is not None:
            with contextlib.suppress(AuditProblem):
                self._audit.record(
                    action, actor, request.enrolment_id, {"reason": str(why)}, outcome=outcome
                )


def desk_of(
    enrolment: EnrolmentService, who_enrols: Callable[[str], WhoEnrols], books: Books | None
) -> EnrolmentDesk:
    """The desk of a server's data; without books nobody can sign in, and nothing is written."""
    if books is None:
        return EnrolmentDesk(enrolment, who_enrols)
    accounts = EnrollerAccounts(books.accounts, books.audit, books.stands)
    return EnrolmentDesk(enrolment, who_enrols, accounts=accounts, audit=books.audit)
