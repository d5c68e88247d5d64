"""The audit log: who did what, one signed record after the other, on the disk before it counts.

The records are a chain (`security.chain`) in `audit.jsonl`. The newest head is kept a second time,
sealed, in the folder of the keys (the *anchor*), so that a log that was cut off is missed at once;
and checkpoints keep the heads they are told, so that a data folder which was put back as a whole
is missed as soon as one of them connects. What was found stays in the file: nothing is mended.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from desktop.file_lock import FileLock
from desktop.files import write_atomically
from desktop.logs import log_event
from security.chain import BEGINNING, Head, Joint, NotAHead, Reading, Signer, joints_text, read
from server.audit_files import SealedHead, append, cut_unfinished, ends_whole
from server.audit_records import (
    ALARM_ACTIONS,
    CHANGED,
    DONE,
    ROLLED_BACK,
    Details,
    Entry,
    Verified,
    alarms_in,
    compare_all,
    content_of,
    damage_in,
    remember,
)
from server.permissions import Actor, Role
from server.purposes import Purpose, VaultLike
from server.utc import utc_minute

_LOG = logging.getLogger(__name__)
SYSTEM = Actor("server", Role.ADMINISTRATOR, "server")
"""Who does what nobody asked for, such as noticing that the log was changed."""

# A crash after the very first record leaves it without its anchor; a later one never.
_WITHOUT_ANCHOR = 2


class AuditProblem(Exception):  # noqa: N818 - named for what it is
    """Raised when a record cannot be written: what it is about must not happen then."""


class Audit:
    """Writes records, and finds out whether somebody else did. Any thread, several processes.

    Args:
        folder: Where the log is; made when it is missing.
        anchor: The file of the sealed newest head.
        vault: Gives the signing key and seals the anchor.
        alarm: Called with a sentence when the log is not what it was.
        now_ms: The clock, ms since the epoch, UTC.
        since_ms: Since when there is a log, as it is noted elsewhere; None where it is not.
        begun: Called with the time, where that is not noted and there are records.
        meanwhile: Says why the vault is not that of the data any more; empty while it is.
    """

    def __init__(
        self,
        folder: Path,
        anchor: Path,
        vault: VaultLike,
        *,
        alarm: Callable[[str], None] = lambda _sentence: None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        since_ms: int | None = None,
        begun: Callable[[int], None] = lambda _at_ms: None,
        meanwhile: Callable[[], str] = lambda: "",
    ) -> None:
        self._meanwhile = meanwhile
        self._since_ms = since_ms
        self._begun = begun
        self._path = folder / "audit.jsonl"
        self._anchor = SealedHead(anchor, vault.sealer(Purpose.AUDIT))
        self._signer = Signer(vault.key(Purpose.AUDIT))
        self._alarm = alarm
        self._now_ms = now_ms
        self._guard = threading.RLock()
        # Guarded by _guard.
        self._alone = False
        self._digests: dict[int, str] = {}
        self._joints: list[Joint] = []
        self._head: Head | None = None
        self._size = 0
        self._missed: set[str] = set()
        self.standing: tuple[str, ...] = ()
        """What was found to be wrong with the log when it was read, and nobody has put away."""

    @property
    def public_key(self) -> str:
        """Of the signing key, 64 hex digits: what a checkpoint checks heads with."""
        return self._signer.public_key

    @property
    def joints(self) -> str:
        """Where the log went on from keys of before, for checkpoints; empty when it never did."""
        return joints_text(self._joints)

    @property
    def head(self) -> Head | None:
        """The newest record's; None before the first."""
        head = self._head
        return head if head is not None and head.signature else None

    @property
    def path(self) -> Path:
        """The log."""
        return self._path

    def open(self) -> None:
        """Reads the log and looks whether it is whole; alarms until what was found is put away.

        Raises:
            AuditProblem: The folder cannot be used.
        """
        with self._writing():
            self._refresh(mend=True)
            self._note_begun()
        for sentence in self.standing:
            self._alarm(sentence)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Until the end no other thread or program reads or writes the log.

        Raises:
            AuditProblem: The vault is not that of the data any more.
            OSError: The folder cannot be used.
        """
        with self._guard:
            if self._alone:
                yield
                return
            with FileLock(self._path.with_suffix(".lock")):
                if problem := self._meanwhile():
                    raise AuditProblem(problem)
                self._alone = True
                try:
                    yield
                finally:
                    self._alone = False

    def record(
        self,
        action: str,
        actor: Actor,
        target: str = "",
        details: Details | None = None,
        *,
        outcome: str = DONE,
    ) -> Head:
        """Writes a record; it is on the disk when this returns (a few milliseconds).

        Args:
            action: What was done: of `server.permissions.Action`, or words like them.
            actor: Who did it.
            target: The id of what it was done to; never a name.
            details: A few numbers, ids and words of the program; never the name of a person.
            outcome: `done`, `refused` or `failed`.

        Raises:
            AuditProblem: It cannot be written: then what it is about must not be done.
        """
        content = content_of(self._now_ms(), action, actor, target, details, outcome)
        with self._writing():
            told = self._refresh_if_changed()
            head = self._append(content)
            self._note_begun()
        self._tell(told)
        log_event(_LOG, "audit", action=content["action"], actor=actor.name, outcome=outcome)
        return head

    def hand_on(
        self, vault: VaultLike, folder: Path, anchor: Path, action: str, actor: Actor, told: Details
    ) -> None:
        """Copies the log for a vault with another key, which joins it by a record; this one stays.

        What is written here afterwards is not in the copy: the caller is `alone`.

        Args:
            vault: The other one.
            folder: Where the copy is to be.
            anchor: Where its sealed head is to be.
            action: As for `record`, like `actor` and `told`, the details.
            actor: Who did it.
            told: What the record says.

        Raises:
            AuditProblem: The log cannot be read, or the copy not be written.
        """
        with self._writing():
            found = self._refresh_if_changed()
            last = self._head
            line, head = Signer(vault.key(Purpose.AUDIT)).line(
                content_of(self._now_ms(), action, actor, "", told, DONE),
                sequence=1 if last is None else last.sequence + 1,
                before=BEGINNING if last is None else last.digest,
                joins=self._signer,
            )
            before = self._path.read_bytes()
            ending = b"" if before.endswith(b"\n") else b"\n"
            write_atomically(folder / self._path.name, before + ending + line + b"\n")
            SealedHead(anchor, vault.sealer(Purpose.AUDIT)).write(head)
        self._tell(found)

    def witnessed(self, text: str, witness: str) -> bool:
        """A checkpoint says the newest head it has seen; True when the log has it (or more).

        Args:
            text: The head, as it came; rubbish and heads of other servers are not believed.
            witness: The checkpoint's id.
        """
        try:
            head = Head.parse(text)
        except NotAHead:
            return True
        with self._guard:
            following = 1 if self._head is None else self._head.sequence + 1
            reading = Reading([], self._digests, [], None, following, self.public_key, self._joints)
            if not head.signed_by(reading.key_of(head.sequence)):
                return True
            reading.compare(head, f"checkpoint {witness}")
            if not reading.findings:
                return True
            first = head.digest not in self._missed
            self._missed.add(head.digest)
        if first:
            sentence = f"The audit log was rolled back. {reading.findings[0].sentence}"
            details: Details = {"witnessed": head.sequence, "digest": head.digest}
            self.record(ROLLED_BACK, SYSTEM, witness, {**details, "what": sentence})
            self._alarm(sentence)
        return False

    def entries(self, actions: Collection[str]) -> tuple[Entry, ...]:
        """The records of these actions, each signed by this server; others are left out.

        Raises:
            AuditProblem: The log cannot be read.
        """
        with self._writing():
            reading, _ = self._look()
        return tuple(
            Entry.of(record)
            for record in reading.records
            if record["action"] in actions and reading.is_signed(record)
        )

    def verify(self, witnesses: Mapping[str, Head] | None = None) -> Verified:
        """Looks at every record and every signature; about 0.15 ms a record.

        Args:
            witnesses: Heads that were kept elsewhere, by who kept them.

        Raises:
            AuditProblem: The log cannot be read.
        """
        with self._writing():
            reading, _ = self._look(signatures=True)
        seen = compare_all(reading, witnesses or {})
        remember(reading)
        entries = tuple(Entry.of(record) for record in reading.records)
        return Verified(entries, tuple(reading.findings), reading.head, seen)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """As `alone`; whatever the disk refuses is one sentence."""
        try:
            with self.alone():
                yield
        except OSError as error:
            raise _cannot(self._path, error) from error

    # From here on alone.

    def _refresh_if_changed(self) -> str:
        """Another process may have written, or somebody who should not have."""
        return self._refresh() if self._bytes() != self._size else ""

    def _look(self, *, signatures: bool = False) -> tuple[Reading, Head | None]:
        """Reads the log and compares it with the anchor."""
        try:
            with self._path.open("rb") as file:
                reading = read(file, self.public_key, signatures=signatures)
        except FileNotFoundError:
            reading = Reading(public_key=self.public_key)
        anchor = self._anchor.read()
        if anchor is not None:
            reading.compare(anchor, "the server")
        elif reading.next_sequence > _WITHOUT_ANCHOR:
            reading.find(
                reading.next_sequence - 1, f"The sealed head is missing: {self._anchor.path}."
            )
        elif reading.next_sequence == 1 and self._since_ms is not None:
            reading.find(
                1,
                f"The audit log is gone, and its sealed head with it: there was one since "
                f"{utc_minute(self._since_ms)}.",
            )
        return reading, anchor

    def _note_begun(self) -> None:
        if self._since_ms is None and self.head is not None:
            self._since_ms = self._now_ms()
            self._begun(self._since_ms)

    def _refresh(self, *, mend: bool = False) -> str:
        """Takes in what is in the file; returns what was found and never told, or nothing.

        Args:
            mend: Take away a line that a crash left half written and that nobody was told of.
        """
        reading, anchor = self._look()
        if mend and self._cut_unfinished(reading, anchor):
            reading, anchor = self._look()
        self._missed |= {
            str(record["details"].get("digest"))
            for record in reading.records
            if record["action"] == ROLLED_BACK
        }
        signed = (one for one in reading.records if one["action"] in ALARM_ACTIONS)
        self.standing = alarms_in(Entry.of(one) for one in signed if reading.is_signed(one))
        last, self._digests, self._joints = reading.head, reading.digests, reading.joints
        if anchor is not None and anchor.sequence >= reading.next_sequence - 1:
            # Also when records at the end are missing: their numbers are not given again.
            last = anchor
        elif reading.next_sequence > (1 if last is None else last.sequence + 1):
            last = Head(reading.next_sequence - 1, BEGINNING, "")
        self._head = last
        self._size = self._bytes()
        if not reading.findings:
            return ""
        damage = damage_in(reading)
        if any(record["details"].get("damage") == damage for record in reading.records):
            return ""
        first = reading.findings[0]
        sentence = f"The audit log was changed by somebody else. {first.sentence}"
        details: Details = {
            "findings": len(reading.findings),
            "first": first.sequence,
            "damage": damage,
            "what": sentence,
        }
        self._append(content_of(self._now_ms(), CHANGED, SYSTEM, details=details))
        self.standing += (sentence,)
        log_event(_LOG, "audit_log_changed", level=logging.ERROR, reason=sentence)
        return sentence

    def _cut_unfinished(self, reading: Reading, anchor: Head | None) -> bool:
        if not self._bytes() or ends_whole(self._path):
            return False
        unfinished = reading.next_sequence - 1
        if anchor is not None and anchor.sequence >= unfinished:
            return False  # it was whole once: somebody cut it
        cut_unfinished(self._path)
        return True

    def _bytes(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    def _tell(self, found: str) -> None:
        if found:
            self._alarm(found)

    def _append(self, content: Mapping[str, Any]) -> Head:
        last = self._head
        line, head = self._signer.line(
            content,
            sequence=1 if last is None else last.sequence + 1,
            before=BEGINNING if last is None else last.digest,
        )
        self._size = append(self._path, line, also=lambda: self._anchor.write(head))
        self._digests[head.sequence] = head.digest
        self._head = head
        return head


def _cannot(path: Path, error: OSError) -> AuditProblem:
    return AuditProblem(
        f"The audit log {path} cannot be written ({error.strerror}): nothing was done. "
        "Look at the disk and the folder's permissions."
    )
