"""Passwords: hashed as they should be, and what is tried first is refused with a sentence."""

import pytest
from argon2 import extract_parameters
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type

from security.passwords import LONGEST, SHORTEST, Passwords, WeakPassword, check, strength

GOOD = "a brass owl counts to nine"


def test_the_usual_cost_is_that_of_rfc_9106() -> None:
    """Argon2id, 64 MiB, three passes, four lanes; a fresh salt each time."""
    passwords = Passwords()
    kept = passwords.hash(GOOD)
    found = extract_parameters(kept)
    assert (found.type, found.memory_cost, found.time_cost) == (Type.ID, 65_536, 3)
    assert found.parallelism == 4
    assert GOOD not in kept
    assert passwords.hash(GOOD) != kept
    assert passwords.matches(kept, GOOD)


def test_only_the_password_itself_matches(cheap: Passwords) -> None:
    """Upper and lower case count; nothing matches without an account."""
    kept = cheap.hash(GOOD)
    assert cheap.matches(kept, GOOD)
    for other in (GOOD.upper(), GOOD + " ", GOOD[:-1], "", GOOD * 50):
        assert not cheap.matches(kept, other)
    assert not cheap.matches(None, GOOD)
    assert not cheap.matches(None, "nobody has this password")
    assert not cheap.matches("no hash at all", GOOD)


def test_no_account_costs_as_much_as_a_wrong_password(cheap: Passwords) -> None:
    """What stands in its place has the cost of a kept one, and is hashed against to the end."""
    assert extract_parameters(cheap._nobody) == extract_parameters(cheap.hash(GOOD))
    assert not cheap.outdated(cheap._nobody)
    with pytest.raises(VerifyMismatchError):  # anything else would be refused unhashed
        cheap._hasher.verify(cheap._nobody, GOOD)


def test_what_looks_the_same_is_the_same(cheap: Passwords) -> None:
    """An accent as one sign or as two."""
    kept = cheap.hash("caf\u00e9 in the morning")
    assert cheap.matches(kept, "cafe\u0301 in the morning")


def test_a_hash_of_another_cost_is_known() -> None:
    """So that it can be made again at the next sign-in."""
    before, now = (
        Passwords(passes=1, memory_kib=64, lanes=1),
        Passwords(passes=2, memory_kib=64, lanes=1),
    )
    kept = before.hash(GOOD)
    assert now.matches(kept, GOOD)
    assert now.outdated(kept)
    assert not now.outdated(now.hash(GOOD))


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "short",
        "x" * (SHORTEST - 1),
        "aaaaaaaaaaaaaaaa",
        "abcdefghijklm",
        "nopqrstuvwxyz",
        "1234567890123",
        "98765432109876",
        "qwertyuiopasdf",
        "poiuytrewqlkj",
        "1qaz2wsx3edc4rfv",
        "abcd1234abcd",
        "abababababab",
        "passwordpassword",
        "Password12345!",
        "P@ssw0rd2026!!",
        "Welcome-2026-11",
        "administrator1",
        "changeme123456",
        "FaceNetGrid2026",
        "correct horse battery staple",
        "24-12-1999 / 17",
        "x" * (LONGEST + 1),
        "a\x07bell in a password",
    ],
)
def test_what_is_tried_first_is_refused(weak: str) -> None:
    """Each with a sentence that says what to do."""
    judged = strength(weak)
    assert not judged.good, weak
    assert judged.sentence.endswith(".")
    with pytest.raises(WeakPassword, match=r"\.$"):
        check(weak)


def test_what_is_easy_to_guess_is_told_with_what_would_do() -> None:
    """A sentence of a few words is refused when everybody uses them; one more of one's own does."""
    refused = strength("correct horse lobby")
    assert "made of words that everybody uses" in refused.sentence
    assert refused.sentence.endswith("Add a word or two that few would think of.")
    assert strength("correct horse lobby heron").good


def test_the_name_makes_no_password() -> None:
    """Nor the name with a little beside it; a long password may have it somewhere."""
    assert not strength("katherine.johnson", name="Katherine.Johnson").good
    assert not strength("katherinejohnson99", name="katherinejohnson").good
    assert strength("katherine keeps nine brass owls", name="katherine").good


@pytest.mark.parametrize(
    "fine",
    [
        GOOD,
        "tulip-anvil-92",
        "Zq8#vLm2!rTx",
        "\u043a\u0440\u0430\u0441\u043d\u044b\u0439 \u0441\u043b\u043e\u043d",
        "kyanite drum 4",
    ],
)
def test_nobody_is_told_to_mix_signs(fine: str) -> None:
    """Length and being one's own are enough, in any script."""
    assert strength(fine).good
    check(fine)


def test_the_sentence_counts_what_is_missing() -> None:
    """It is shown while somebody types."""
    assert "4 more are needed" in strength("8 signs!").sentence
    assert "1 more is needed" in strength("eleven sign").sentence
