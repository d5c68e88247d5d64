"""A person's file, sealed: proven as a whole before a byte of it is unpickled.

It is a pickle of texts, numbers and bytes, followed by a MAC over all of it. In it are the
person's key, which the vault seals, and what that key seals: the pickle of primitives with the
name and the templates. Both are bound to the person's id and the file's revision.
"""

import hashlib
import hmac
import pickle
from dataclasses import dataclass, replace
from typing import cast

from security.sealing import SealBroken, Sealer, new_key
from server.purposes import Purpose
from server.safe_pickle import (
    OWN_LIMITS,
    PROTOCOL,
    SEALED,
    PickleRefused,
    dump_primitives,
    load_primitives,
)
from server.sealed_already import SEALED_MARK
from server.stored_person import PersonInvalid, StoredPerson
from server.vault import Vault

FORMAT = f"{SEALED_MARK.decode('ascii')}-person"
VERSION = 1
MAC_BYTES = 32
LARGEST_FILE = OWN_LIMITS.bytes + 1_024
_LIMITS = replace(OWN_LIMITS, bytes=LARGEST_FILE, text=LARGEST_FILE, operations=64, depth=2)
_MARK_CHARS = 32


class SealRefused(Exception):  # noqa: N818 - named for what happened
    """Raised when a file is not what the vault sealed, or holds no person; one sentence."""


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """A person with what the list of people has to say of their file."""

    person: StoredPerson
    revision: int
    mark: str


class PersonSeal:
    """Seals and unseals people's files. Any thread may call.

    Args:
        vault: Whose keys are used.
    """

    def __init__(self, vault: Vault) -> None:
        self._mac_key = vault.key(Purpose.PEOPLE_FILES)
        self._keys = vault.sealer(Purpose.PEOPLE_KEYS)

    def seal(self, person: StoredPerson, revision: int) -> bytes:
        """The file of a person, with a key of its own.

        Raises:
            PickleRefused: The person is larger than a file may be.
        """
        body, key = dump_primitives(person.to_plain()), new_key()
        about = _about(person.subject_id, revision)
        data = pickle.dumps(
            {
                "format": FORMAT,
                "version": VERSION,
                "subject_id": person.subject_id,
                "revision": revision,
                "key": self._keys.seal(key, about),
                "body": Sealer(key).seal(body, about),
            },
            protocol=PROTOCOL,
        )
        return data + self._mac(data)

    def check(self, data: bytes) -> str:
        """Makes sure that this vault sealed the file; nothing of it is unpickled.

        Returns:
            The mark by which the list of people knows it.

        Raises:
            SealRefused: It did not.
        """
        if len(data) > LARGEST_FILE:
            raise SealRefused(f"It has {len(data)} bytes; {LARGEST_FILE} are allowed.")
        mac = data[-MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(memoryview(data)[:-MAC_BYTES])):
            if SEALED_MARK in data[:256]:
                raise SealRefused("It was changed, or sealed with the key of other data.")
            raise SealRefused("It is not sealed: FaceNetGrid did not put it here.")
        return mac.hex()[:_MARK_CHARS]

    def unseal(self, data: bytes) -> SealedPerson:
        """The person of a file.

        Raises:
            SealRefused: This vault did not seal it, or what is in it is no person.
        """
        mark = self.check(data)
        try:
            outer = load_primitives(data[:-MAC_BYTES], limits=_LIMITS, allowed=SEALED)
            values = cast("dict[str, object]", outer if isinstance(outer, dict) else {})
            if values.get("format") != FORMAT or values.get("version") != VERSION:
                raise SealRefused("It was written by a newer FaceNetGrid: install that.")
            revision = cast("int", values["revision"])
            about = _about(cast("str", values["subject_id"]), revision)
            key = self._keys.unseal(cast("bytes", values["key"]), about)
            body = Sealer(key).unseal(cast("bytes", values["body"]), about)
            person = StoredPerson.from_plain(load_primitives(body))
        except (PickleRefused, PersonInvalid) as error:
            raise SealRefused(str(error)) from error
        except (SealBroken, KeyError) as error:
            raise SealRefused("What is sealed in it belongs elsewhere.") from error
        if person.subject_id != values["subject_id"]:
            raise SealRefused("What is sealed in it belongs elsewhere.")
        return SealedPerson(person, revision, mark)

    def _mac(self, data: bytes | memoryview) -> bytes:
        return hmac.digest(self._mac_key, data, hashlib.sha256)


def _about(subject_id: str, revision: int) -> bytes:
    return f"{FORMAT} {VERSION} {subject_id} {revision}".encode()
