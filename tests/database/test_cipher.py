"""Names are bound to their person, content hashes to a key that is sealed itself."""

import pytest

from database.cipher import (
    CONTENT_KEY_BYTES,
    keyed,
    new_content_key,
    open_content_key,
    seal_name,
    unseal_name,
)
from database.errors import SealWrong
from database.records import hash_content
from tests.database.examples import CIPHER, MadeUpCipher


def test_a_sealed_name_is_of_one_person() -> None:
    """Moved to somebody else's row it is refused; the same name twice looks different."""
    sealed = seal_name(CIPHER, "José Ångström", "a" * 32)
    assert unseal_name(CIPHER, sealed, "a" * 32) == "José Ångström"
    assert sealed != seal_name(CIPHER, "José Ångström", "a" * 32)
    with pytest.raises(SealWrong):
        unseal_name(CIPHER, sealed, "b" * 32)


def test_the_content_key_opens_with_its_cipher_alone() -> None:
    """Which is how a wrong key is noticed before anything is read or written."""
    sealed = new_content_key(CIPHER)
    assert len(open_content_key(CIPHER, sealed)) == CONTENT_KEY_BYTES
    assert open_content_key(CIPHER, sealed) != open_content_key(CIPHER, new_content_key(CIPHER))
    with pytest.raises(SealWrong):
        open_content_key(MadeUpCipher(b"x" * 32), sealed)


def test_who_has_an_encoding_cannot_look_for_it_in_the_file() -> None:
    """The hash of known content is not the one that is stored; with the key it is."""
    plain = hash_content({"encoding": [0.1] * 128})
    one, other = keyed(plain, b"1" * 32), keyed(plain, b"2" * 32)
    assert len({plain, one, other}) == 3
    assert keyed(plain, b"1" * 32) == one
