"""The file of accounts: one sealed file, read anew when another program wrote it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from desktop.file_lock import FileLock
from desktop.files import write_atomically
from security.sealing import SealBroken
from server.permissions import Role
from server.purposes import Sealing
from server.sign_in_waits import SignInWaits

ABOUT = b"FaceNetGrid accounts 1"


class AccountsProblem(Exception):  # noqa: N818 - named for what it is
    """Raised when something is not done; its text says why and what to do."""


class AccountsUnreadable(AccountsProblem):
    """Raised when the file cannot be read; it is never written over."""


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
class Content:
    """What is in it: accounts by their ids, names of those removed, and waits."""

    accounts: dict[str, Account] = field(default_factory=dict)
    former: dict[str, str] = field(default_factory=dict)
    waits: SignInWaits = field(default_factory=SignInWaits)


class AccountsFile:
    """Reads and writes it. Any thread and several processes may use it.

    Args:
        path: The sealed file; made with the first account.
        sealer: Seals it.
        meanwhile: Says why the sealer is not that of the data any more; empty while it is.
    """

    def __init__(self, path: Path, sealer: Sealing, meanwhile: Callable[[], str]) -> None:
        self._meanwhile = meanwhile
        self._path = path
        self._sealer = sealer
        self._guard = threading.RLock()
        # Guarded by _guard.
        self._content = Content()
        self._stamp: tuple[int, int, int] | None = None

    @contextmanager
    def reading(self) -> Iterator[Content]:
        """What is in the file now; until the end no thread changes it.

        Raises:
            AccountsUnreadable: The file cannot be read.
        """
        with self._guard:
            yield self._read()

    @contextmanager
    def glance(self) -> Iterator[Content | None]:
        """As `reading`, for whom nobody may keep waiting: None while it is being changed.

        Raises:
            AccountsUnreadable: The file cannot be read.
        """
        if not self._guard.acquire(blocking=False):
            yield None
            return
        try:
            yield self._read()
        finally:
            self._guard.release()

    @contextmanager
    def changing(self) -> Iterator[Content]:
        """What is in the file now, for nobody else until the end; `write` keeps what was changed.

        Raises:
            AccountsUnreadable: The file cannot be read.
            AccountsProblem: It is not that of the data any more.
        """
        with self._guard, changing(self._path):
            if problem := self._meanwhile():
                raise AccountsProblem(problem)
            yield self._read()

    def write(self, content: Content) -> None:
        """Keeps it; inside `changing`.

        Raises:
            OSError: The disk refused.
        """
        plain = json.dumps(_to_json(content), ensure_ascii=False).encode("utf-8")
        # What is in memory is not what is in the file, until it is.
        self._stamp = None
        write_atomically(self._path, self._sealer.seal(plain, ABOUT))
        there = self._path.stat()
        self._content = content
        self._stamp = (there.st_mtime_ns, there.st_size, there.st_ino)

    def _read(self) -> Content:
        try:
            there = self._path.stat()
        except FileNotFoundError:
            self._content, self._stamp = Content(), None
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


def changing(path: Path) -> FileLock:
    """Held while the file is changed, or replaced from outside."""
    return FileLock(path.with_suffix(".lock"))


def _unreadable(path: Path, why: str) -> AccountsUnreadable:
    return AccountsUnreadable(
        f"The accounts in {path} cannot be read ({why.rstrip('.')}). Put a backup in its place; "
        "or move the file away and set a new administrator's password."
    )


def _to_json(content: Content) -> dict[str, object]:
    return {
        "accounts": [asdict(one) for one in content.accounts.values()],
        "former": content.former,
        "waits": content.waits.to_json(),
    }


def _from_json(found: dict[str, Any]) -> Content:
    accounts: dict[str, Account] = {}
    for one in found["accounts"]:
        account = Account(**{**one, "role": Role(one["role"])})
        accounts[account.account_id] = account
    former = {str(key): str(name) for key, name in dict(found["former"]).items()}
    return Content(accounts, former, SignInWaits.from_json(found["waits"]))
