"""Opens the accounts and the audit log of a data folder, with its lock or beside who has it."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from desktop.logs import log_event
from security.passwords import Passwords
from server.accounts import Accounts
from server.administration import Administration
from server.audit import SYSTEM, Audit, AuditProblem
from server.audit_records import DONE, REFUSED, Verified
from server.data_folder import DataFolder
from server.events import GridState, ServerStateChanged
from server.history_accepted import ACTIONS, Accepted, accepted_in
from server.meanwhile import meanwhile
from server.purposes import Purpose
from server.stands import Stands, files_of
from server.unlocking import CannotOpen
from server.vault import Vault

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Books:
    """Who may do what, what was done, and how far the data are."""

    folder: DataFolder
    vault: Vault
    accounts: Accounts
    audit: Audit
    administration: Administration
    stands: Stands

    def look_at_data(
        self,
        verified: Verified,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        *,
        pause_s: float = 0.0,
        stop: Callable[[], bool] = lambda: False,
    ) -> Verified:
        """What a look at the log gave, with what the data show; see `data_proof.with_data`.

        Raises:
            OSError: The data cannot be read.
        """
        from server.data_proof import with_data  # late: it brings numpy along

        now_ms = time.time_ns() // 1_000_000
        return with_data(
            verified,
            self.folder,
            self.vault,
            now_ms=now_ms,
            progress=progress,
            pause_s=pause_s,
            stop=stop,
        )

    def accepted(self) -> Accepted:
        """What of the history is known to be changed.

        Raises:
            AuditProblem: The log cannot be read.
        """
        return accepted_in(self.audit.entries(ACTIONS))

    def note(
        self, fact: str, details: Mapping[str, str] | None = None, *, refused: bool = False
    ) -> None:
        """Writes down what the server did by itself; a full disk does not keep it from doing it.

        Args:
            fact: In a few words.
            details: Ids and numbers; `checkpoint` is whom it is about.
            refused: Whether it was not done.
        """
        found = dict(details or {})
        target = found.pop("checkpoint", "")
        try:
            self.audit.record(fact, SYSTEM, target, found, outcome=REFUSED if refused else DONE)
        except AuditProblem as problem:
            log_event(_LOG, "audit_fact_lost", level=logging.ERROR, fact=fact, reason=str(problem))


def open_books(
    folder: DataFolder,
    vault: Vault,
    alarm: Callable[[str], None] = lambda _sentence: None,
    *,
    passwords: Passwords | None = None,
) -> Books:
    """The books of a folder; a log that somebody changed is opened, and alarms.

    Args:
        folder: Where the data are.
        vault: What seals them.
        alarm: Called with a sentence when the audit log is not what it was.
        passwords: Hashes passwords; at the usual cost unless told otherwise.

    Raises:
        CannotOpen: Raised with the state to show when the audit log cannot be written.
    """
    still = partial(meanwhile, folder, vault)
    sealer = vault.sealer(Purpose.ACCOUNTS)
    accounts = Accounts(folder.accounts, sealer, passwords=passwords, meanwhile=still)

    def begun(at_ms: int) -> None:
        try:
            # Read again: another program may have put another master key around it since.
            file = vault.read_again(folder.vault)
            if file.log_since_ms is None:
                vault.keep(replace(file, log_since_ms=at_ms), folder.vault)
        except OSError as error:
            # The next record tries again, at the next start.
            log_event(_LOG, "audit_begin_not_noted", level=logging.ERROR, reason=str(error))

    audit = Audit(
        folder.audit,
        folder.audit_anchor,
        vault,
        alarm=alarm,
        since_ms=vault.file.log_since_ms,
        begun=begun,
        meanwhile=still,
    )
    try:
        audit.open()
    except AuditProblem as problem:
        raise CannotOpen(ServerStateChanged(GridState.READ_ONLY, str(problem))) from problem
    stands = Stands(audit, files_of(folder), alarm=alarm)
    administration = Administration(accounts, audit, stands.note)
    return Books(folder, vault, accounts, audit, administration, stands)
