"""The witness: keeps the newest signed head of the server's audit log, and says it again.

A server whose whole data folder was put back to an earlier day cannot know it by itself. The
checkpoints can: a head never goes back and never forks.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from client.events import ClientEvent, Fault
from desktop.files import write_atomically
from desktop.logs import log_event
from security.chain import Head, NotAHead, follows

log = logging.getLogger(__name__)
_RENEWED = "The server's audit log went back to before its key was renewed."


def witness_path(settings_file: Path) -> Path:
    """Where the head is kept of a checkpoint with these settings."""
    return settings_file.with_name(f"{settings_file.stem}-witness.json")


@dataclass(slots=True)
class Kept:
    """What is kept of one server's key.

    Attributes:
        head: The newest one.
        conflict: Whether another one contradicted it.
        renewed: Whether another key took the place of this one.
    """

    head: str
    conflict: bool = False
    renewed: bool = False


class Witness:
    """Keeps heads by the key that signed them. The link thread alone uses it.

    Args:
        path: The file; None keeps them in memory only.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept: dict[str, Kept] = {}
        self._key = ""
        self._told: set[str] = set()
        if path is not None:
            self._key, self._kept = _read(path)

    @property
    def newest(self) -> str | None:
        """The head to say in a hello: that of the server of last time."""
        kept = self._kept.get(self._key)
        return None if kept is None else kept.head

    @property
    def conflict(self) -> bool:
        """Whether the server of last time once contradicted what it had shown before."""
        kept = self._kept.get(self._key)
        return kept is not None and kept.conflict

    def hear(
        self,
        post: Callable[[ClientEvent], None],
        head_text: str | None,
        key: str | None = None,
        joints: str | None = None,
    ) -> None:
        """As `see`; posts the sentence."""
        wrong = self.see(head_text, key, joints)
        if wrong:
            post(Fault("link", wrong))

    def see(self, head_text: str | None, key: str | None = None, joints: str | None = None) -> str:
        """Looks at what the server says its newest head is, and keeps it when it goes on.

        Args:
            head_text: As it came; None from a server without an audit log.
            key: The server's key, which a welcome has; None for that of this connection.
            joints: Proves that the key took the place of others, which a welcome has too.

        Returns:
            A sentence for the person at the screen, the first time that something is wrong with
            it; otherwise nothing.
        """
        if head_text is None or (key is None and not self._key):
            return ""
        key = key or self._key
        wrong = self._refused(head_text, key, joints or "")
        if not wrong:
            return ""
        log_event(log, "audit_head_refused", reason=wrong)
        if wrong in self._told:
            return ""
        self._told.add(wrong)
        return f"{wrong} Tell the administrator: the server's audit log was changed or put back."

    def _refused(self, head_text: str, key: str, joints: str) -> str:
        """Why a head is not kept; nothing when it is, or was before."""
        try:
            head = Head.parse(head_text)
        except NotAHead as error:
            return str(error)
        if not head.signed_by(key):
            return "The head of the server's audit log is not signed by it."
        before = self._kept.get(key)
        another = before is None and bool(self._kept) and not self._follows(head, key, joints)
        if before is not None:
            kept = Head.parse(before.head)
            wrong = _RENEWED if before.renewed else _contradiction(kept, head)
            if wrong or before.conflict:
                # The old head is the proof: nothing takes its place any more.
                if not before.conflict:
                    before.conflict = True
                    self._write()
                self._key = key
                return wrong or f"The audit log went back behind record {kept.sequence} before."
            if head == kept and key == self._key:
                return ""
        self._key = key
        self._kept[key] = Kept(head_text)
        self._write()
        return "The server signs its audit log with another key." if another else ""

    def _follows(self, head: Head, key: str, joints: str) -> bool:
        """Whether the key took the place of one that is known, which then counts no more."""
        for before, kept in self._kept.items():
            if not kept.conflict and follows(Head.parse(kept.head), before, head, key, joints):
                kept.renewed = True
                return True
        return False

    def _write(self) -> None:
        if self._path is None:
            return
        content = {
            "key": self._key,
            "kept": {
                key: {"head": one.head, "conflict": one.conflict, "renewed": one.renewed}
                for key, one in self._kept.items()
            },
        }
        try:
            write_atomically(self._path, json.dumps(content, indent=2).encode("ascii"))
        except OSError as error:
            log_event(log, "witness_not_kept", reason=str(error))


def print_newest(settings_file: Path, out: TextIO, err: TextIO) -> int:
    """Prints the newest head kept beside the settings, for `python -m server audit verify`.

    Returns:
        0, or 1 when there is none.
    """
    newest = Witness(witness_path(settings_file)).newest
    if newest is None:
        err.write("No head of an audit log has been seen here yet.\n")
        return 1
    out.write(f"{newest}\n")
    return 0


def _contradiction(kept: Head, head: Head) -> str:
    if head.sequence < kept.sequence:
        return f"The server's audit log went back from record {kept.sequence} to {head.sequence}."
    if head.sequence == kept.sequence and head.digest != kept.digest:
        return f"Record {head.sequence} of the server's audit log is another one than before."
    return ""


def _read(path: Path) -> tuple[str, dict[str, Kept]]:
    """What is in the file; a damaged one is set aside and begun anew."""
    try:
        found = json.loads(path.read_text(encoding="ascii"))
        kept = {
            str(key): Kept(
                Head.parse(one["head"]).text(), bool(one["conflict"]), bool(one.get("renewed"))
            )
            for key, one in found["kept"].items()
        }
        return str(found["key"]), kept
    except FileNotFoundError:
        return "", {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log_event(log, "witness_unusable", reason=str(error))
        aside = path.with_name(f"{path.name}.damaged")
        if path.is_file():
            path.replace(aside)
        return "", {}
