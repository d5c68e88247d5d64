"""Sealing: what goes in comes out, and nothing else is taken for it."""

import pytest

from security.sealing import KEY_BYTES, OVERHEAD, SealBroken, Sealer, derive, new_key


def test_sealed_bytes_come_out_again_and_look_like_nothing() -> None:
    """The plain text is not in what is stored, and the same text never looks the same twice."""
    sealer = Sealer(new_key())
    plain = b"Grace Hopper" * 10
    one, other = sealer.seal(plain, b"person-1"), sealer.seal(plain, b"person-1")
    assert one != other
    assert b"Grace" not in one
    assert len(one) == len(plain) + OVERHEAD
    assert sealer.unseal(one, b"person-1") == sealer.unseal(other, b"person-1") == plain


def test_every_changed_byte_is_noticed() -> None:
    """One bit anywhere, a cut anywhere."""
    sealer = Sealer(new_key())
    sealed = sealer.seal(b"template", b"about")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            sealer.unseal(bytes(changed), b"about")
        with pytest.raises(SealBroken):
            sealer.unseal(sealed[:place], b"about")


def test_sealed_bytes_cannot_be_moved_to_another_place() -> None:
    """What belongs to one person is no use in another's file."""
    sealer = Sealer(new_key())
    with pytest.raises(SealBroken, match="moved"):
        sealer.unseal(sealer.seal(b"template", b"person-1"), b"person-2")


def test_another_key_opens_nothing() -> None:
    """Nor does a key derived for another purpose."""
    key = new_key()
    sealed = Sealer(derive(key, "one")).seal(b"template", b"")
    for other in (new_key(), key, derive(key, "other")):
        with pytest.raises(SealBroken):
            Sealer(other).unseal(sealed, b"")
    assert Sealer(derive(key, "one")).unseal(sealed, b"") == b"template"


def test_a_key_of_another_length_is_refused() -> None:
    """Nothing is padded or cut."""
    for length in (0, KEY_BYTES - 1, KEY_BYTES + 1):
        with pytest.raises(ValueError, match="32 bytes"):
            Sealer(bytes(length))
        with pytest.raises(ValueError, match="32 bytes"):
            derive(bytes(length), "purpose")
