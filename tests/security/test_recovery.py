"""The recovery key: printed, typed again, slips of the pen caught."""

import pytest

from security.recovery import RecoveryKey, RecoveryKeyInvalid
from security.sealing import KEY_BYTES


def test_printed_and_typed_again() -> None:
    """Nine groups of four; blanks, hyphens, small letters and look-alikes don't matter."""
    for _ in range(50):
        key = RecoveryKey.fresh()
        assert [len(group) for group in key.text.split("-")] == [4] * 9
        assert not set(key.text) & set("ILOU")
        typed = key.text.lower().replace("-", "  ").replace("0", "o").replace("1", "l")
        assert RecoveryKey.parse(typed) == key
        assert RecoveryKey.parse(typed).key == key.key
    assert len(key.key) == KEY_BYTES
    assert RecoveryKey.fresh().key != key.key
    assert key.text not in repr(key)


def test_one_group_typed_back_from_the_paper() -> None:
    """As kindly read as the whole; another group, a part and nothing are not it."""
    key = RecoveryKey(bytes(range(20)))
    for place, group in enumerate(key.groups):
        assert key.has_group(place, f" {group.lower().replace('0', 'o')} ")
        assert not key.has_group(place, group[:3])
        assert not key.has_group(place, key.groups[place - 1])
    assert not key.has_group(0, "")
    assert "-".join(key.groups) == key.text


def test_every_single_slip_is_caught() -> None:
    """Each character replaced by another, each pair of neighbours swapped."""
    text = RecoveryKey(bytes(range(20))).text.replace("-", "")
    slips = 0
    for place, letter in enumerate(text):
        for other in "07AZ":
            if other != letter:
                slips += _refused(text[:place] + other + text[place + 1 :])
        if place and text[place - 1] != letter:
            slips += _refused(text[: place - 1] + letter + text[place - 1] + text[place + 1 :])
    assert slips > 130


def _refused(text: str) -> bool:
    with pytest.raises(RecoveryKeyInvalid, match="typed wrong"):
        RecoveryKey.parse(text)
    return True


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "this has 0"),
        ("ABCD", "this has 4"),
        ("A" * 37, "this has 37"),
        ("U" * 36, "character"),
        ("é" * 36, "character"),
    ],
)
def test_what_is_no_recovery_key(text: str, why: str) -> None:
    """The sentence says what is wrong, and never repeats the text."""
    with pytest.raises(RecoveryKeyInvalid, match=why):
        RecoveryKey.parse(text)
