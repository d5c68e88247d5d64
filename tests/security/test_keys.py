"""Keys: wrapped ones come out by the same key alone, a passphrase gives the same key again."""

import pytest

from security.keys import Stretching, as_text, fingerprint, from_text, unwrap, wrap
from security.sealing import KEY_BYTES, SealBroken, new_key

QUICK = Stretching(salt=b"s" * 16, passes=1, memory_kib=64, lanes=1)


def test_a_wrapped_key_comes_out_by_its_own_key_alone() -> None:
    """Another key, another use, or one changed bit give nothing."""
    key, inner = new_key(), new_key()
    wrapped = wrap(key, inner, "master 1")
    assert inner not in wrapped
    assert unwrap(key, wrapped, "master 1") == inner
    for other, about in ((new_key(), "master 1"), (key, "master 2")):
        with pytest.raises(SealBroken):
            unwrap(other, wrapped, about)


def test_a_passphrase_gives_the_same_key_again() -> None:
    """With the same salt and numbers; any other passphrase, salt or number gives another."""
    key = QUICK.key("correct horse")
    assert len(key) == KEY_BYTES
    assert QUICK.key("correct horse") == key
    others = (
        QUICK.key("correct horse "),
        Stretching(salt=b"t" * 16, passes=1, memory_kib=64, lanes=1).key("correct horse"),
        Stretching(salt=b"s" * 16, passes=2, memory_kib=64, lanes=1).key("correct horse"),
    )
    assert key not in others
    assert len(set(others)) == 3


def test_a_new_passphrase_is_stretched_as_rfc_9106_says() -> None:
    """64 MiB, three passes, four lanes, a salt of its own."""
    one, other = Stretching.fresh(), Stretching.fresh()
    assert (one.passes, one.memory_kib, one.lanes) == (3, 65_536, 4)
    assert one.salt != other.salt


@pytest.mark.parametrize(
    "numbers",
    [{"passes": 0}, {"passes": 10_000}, {"memory_kib": 1}, {"memory_kib": 2**40}, {"lanes": 0}],
)
def test_numbers_that_would_hang_or_weaken_are_refused(numbers: dict[str, int]) -> None:
    """A changed file can neither ask for all memory nor for no work."""
    with pytest.raises(ValueError, match="out of range"):
        Stretching(salt=bytes(16), **numbers)


def test_a_fingerprint_names_a_key_and_does_not_lead_back() -> None:
    """Sixteen hex characters in fours, the same at every time."""
    key = new_key()
    assert fingerprint(key) == fingerprint(key) != fingerprint(new_key())
    assert [len(part) for part in fingerprint(key).split("-")] == [4, 4, 4, 4]
    assert key.hex()[:16] != fingerprint(key).replace("-", "")


def test_bytes_go_through_text() -> None:
    """And what is no base64 is a ValueError."""
    assert from_text(as_text(b"\x00\xff")) == b"\x00\xff"
    for wrong in ("*", 7, None, "A"):
        with pytest.raises(ValueError, match=r"base64|padding|characters"):
            from_text(wrong)
