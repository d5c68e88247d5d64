"""The keyring: keys come back; one that refuses, hangs or cannot say what it is counts as none."""

import time

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from security.keyring_store import SERVICE, KeyringStore, KeyringTrouble, system_keyring
from security.sealing import new_key
from tests.security.keyrings import MemoryKeyring


def test_keys_come_back_and_go() -> None:
    """Each under its id; an unknown one is None."""
    backend = MemoryKeyring()
    store, one, other = KeyringStore(backend), new_key(), new_key()
    store.put("one", one)
    store.put("other", other)
    assert (store.get("one"), store.get("other"), store.get("third")) == (one, other, None)
    store.forget("one")
    store.forget("one")
    assert list(backend.kept) == [(SERVICE, "other")]


def test_trouble_is_one_error() -> None:
    """Refused, forgotten, or something else in its place."""
    backend = MemoryKeyring()
    store = KeyringStore(backend)
    backend.forgetful = True
    with pytest.raises(KeyringTrouble, match="did not keep"):
        store.put("a", new_key())
    backend.kept[SERVICE, "a"] = "not base64!"
    with pytest.raises(KeyringTrouble, match="something else"):
        store.get("a")
    backend.refuses = True
    with pytest.raises(KeyringTrouble, match="access denied"):
        store.get("a")


def test_a_keyring_that_hangs_is_not_waited_for() -> None:
    """It would be asking somebody at the screen."""
    backend = MemoryKeyring()
    backend.hangs.clear()
    began = time.monotonic()
    with pytest.raises(KeyringTrouble, match="did not answer"):
        KeyringStore(backend, patience_s=0.05).get("a")
    assert time.monotonic() - began < 5
    backend.hangs.set()


class _Unsure(MemoryKeyring):
    @property
    def priority(self) -> float:
        raise RuntimeError("no bus")


class _Sure(MemoryKeyring):
    priority = 5.0


class _Unwanted(MemoryKeyring):
    priority = -1.0


@pytest.mark.parametrize(
    ("backend", "usable"),
    [
        (NoKeyring(), False),
        (_Unsure(), False),
        (_Unwanted(), False),
        (MemoryKeyring(), False),
        (_Sure(), True),
    ],
)
def test_which_keyrings_count(
    monkeypatch: pytest.MonkeyPatch, backend: object, usable: bool
) -> None:
    """One without a priority counts as none; switched off, none does."""
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    monkeypatch.delenv("FACENETGRID_KEYRING")
    assert (system_keyring() is not None) == usable
    monkeypatch.setenv("FACENETGRID_KEYRING", "off")
    assert system_keyring() is None


def test_a_library_that_fails_or_hangs_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it raises, and however long it takes."""
    monkeypatch.delenv("FACENETGRID_KEYRING")

    def fail() -> None:
        raise OSError("no session bus")

    monkeypatch.setattr(keyring, "get_keyring", fail)
    assert system_keyring() is None
    backend = MemoryKeyring()
    backend.hangs.clear()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend.hangs.wait(30) and _Sure())
    assert system_keyring(patience_s=0.05) is None
    backend.hangs.set()
