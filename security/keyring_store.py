"""Keys in the system's keyring, if there is one that answers by itself and soon.

`FACENETGRID_KEYRING=off` keeps away from it. A keyring that is locked would ask the person at the
screen, a broken one may never answer: both count as none, and nothing waits longer than
`PATIENCE_S`.
"""

import os
import queue
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from security.keys import as_text, from_text

SWITCH = "FACENETGRID_KEYRING"
SERVICE = "FaceNetGrid"
PATIENCE_S = 5.0
"""The system's own prompt ends nothing by itself: a server would wait for a person for ever."""

_T = TypeVar("_T")


class KeyringTrouble(Exception):  # noqa: N818 - named for what happened
    """Raised when the keyring refused, or did not answer in time; one sentence."""


class Backend(Protocol):
    """What we use of a backend of the library `keyring`."""

    def get_password(self, service: str, username: str) -> str | None:
        """The text kept there, None without one."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keeps a text."""

    def delete_password(self, service: str, username: str) -> None:
        """Forgets it."""


class KeyringStore:
    """Keys under their ids in one backend.

    Args:
        backend: Of the library `keyring`.
        patience_s: How long one question may take, seconds.
    """

    def __init__(self, backend: Backend, *, patience_s: float = PATIENCE_S) -> None:
        self._backend = backend
        self._patience_s = patience_s

    def get(self, key_id: str) -> bytes | None:
        """The key of this id; None when it is not there.

        Raises:
            KeyringTrouble: The keyring refused or did not answer, or holds something else.
        """
        text = self._ask(lambda: self._backend.get_password(SERVICE, key_id))
        try:
            return None if text is None else from_text(text)
        except ValueError as error:
            raise KeyringTrouble("The system's keyring holds something else under it.") from error

    def put(self, key_id: str, key: bytes) -> None:
        """Keeps a key, and makes sure that it comes back.

        Raises:
            KeyringTrouble: As `get`, or it did not come back.
        """
        self._ask(lambda: self._backend.set_password(SERVICE, key_id, as_text(key)))
        if self.get(key_id) != key:
            raise KeyringTrouble("The system's keyring did not keep the key.")

    def forget(self, key_id: str) -> None:
        """Removes a key; nothing happens when it is not there.

        Raises:
            KeyringTrouble: As `get`.
        """
        if self.get(key_id) is not None:
            self._ask(lambda: self._backend.delete_password(SERVICE, key_id))

    def _ask(self, question: Callable[[], _T]) -> _T:
        return in_time(question, self._patience_s)


def switched_off() -> bool:
    """Whether whoever started the program keeps it away from the keyring."""
    return os.environ.get(SWITCH, "").strip().lower() == "off"


def system_keyring(*, patience_s: float = PATIENCE_S) -> KeyringStore | None:
    """The system's keyring; None when it is switched off, or there is none to rely on."""
    if switched_off():
        return None
    try:
        backend = in_time(_backend, patience_s)
    except KeyringTrouble:
        return None
    return None if backend is None else KeyringStore(backend, patience_s=patience_s)


def in_time(question: Callable[[], _T], patience_s: float) -> _T:
    """Asks in a thread of its own and waits that long.

    Raises:
        KeyringTrouble: It did not answer, or raised something.
    """
    answer: queue.SimpleQueue[tuple[bool, object]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put((True, question()))
        except Exception as error:  # noqa: BLE001 - backends raise what they like
            answer.put((False, error))

    # Nobody can end a thread that waits for a prompt: it ends with the program.
    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        good, value = answer.get(timeout=patience_s)
    except queue.Empty:
        raise KeyringTrouble(
            f"The system's keyring did not answer within {patience_s:g} s: unlock it."
        ) from None
    if not good:
        raise KeyringTrouble(f"The system's keyring refused ({value}).")
    return value  # type: ignore[return-value]


def _backend() -> Backend | None:
    import keyring
    from keyring.backends.fail import Keyring as NoKeyring

    backend = keyring.get_keyring()
    if isinstance(backend, NoKeyring) or not _priority(backend) > 0 or _locked(backend):
        return None
    return backend


def _priority(backend: object) -> float:
    """How much the library thinks of it; a backend that cannot say is none."""
    try:
        return float(backend.priority)  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - the property asks the system, and raises what it likes
        return 0.0


def _locked(backend: object) -> bool:
    """Whether the desktop's keyring, alone or in a chain, would ask for its password first."""
    chain = getattr(backend, "backends", [backend])
    if all(type(one).__module__ != "keyring.backends.SecretService" for one in chain):
        return False
    import secretstorage

    connection = secretstorage.dbus_init()
    try:
        return bool(secretstorage.get_default_collection(connection).is_locked())
    finally:
        connection.close()
