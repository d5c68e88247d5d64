"""Pairing codes: what they hold, how they are typed, and that a slip is noticed."""

import pytest

from security.pairing_code import (
    HASH_BYTES,
    SECRET_BYTES,
    CodeInvalid,
    PairingCode,
    new_code,
    read_code,
)

HASH = bytes(range(32))
CODE = PairingCode("192.168.1.20", 5050, HASH[:HASH_BYTES], bytes.fromhex("00ff8041a5"))
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.mark.parametrize("host", ["192.168.1.20", "0.0.0.1", "255.255.255.255", "fe80::1", "::"])
@pytest.mark.parametrize("port", [1, 5050, 65535])
def test_a_code_says_again_what_was_put_in(host: str, port: int) -> None:
    """Both kinds of addresses, every port; groups of five."""
    code = new_code(host, port, HASH)
    text = str(code)
    assert read_code(text) == code
    assert {len(group) for group in text.split("-")} == {5}
    assert len(text.replace("-", "")) == (60 if ":" in host else 40)
    assert set(text) <= {*ALPHABET, "-"}


def test_secrets_are_fresh_and_long_enough() -> None:
    """40 bits at least, and the hash has 80."""
    assert SECRET_BYTES * 8 >= 40
    assert HASH_BYTES * 8 >= 80
    secrets = {new_code("10.0.0.1", 1, HASH).secret for _ in range(50)}
    assert len(secrets) == 50


def test_codes_are_understood_as_people_type_them() -> None:
    """Small letters, blanks, no dashes, O for 0, I and L for 1."""
    text = str(CODE)
    assert read_code(text.lower().replace("-", " ")) == CODE
    assert read_code(text.replace("-", "")) == CODE
    assert read_code(f"  {text}\n") == CODE
    assert read_code(text.replace("0", "O").replace("1", "l")) == CODE
    assert read_code(text.replace("1", "I")) == CODE


def test_n3_one_wrong_character_is_noticed_at_the_checkpoint() -> None:
    """N3: every character in every place in the place of the right one, before anything is sent."""
    text = str(CODE).replace("-", "")
    for place, right in enumerate(text):
        for wrong in ALPHABET:
            if wrong != right:
                with pytest.raises(CodeInvalid, match="Compare the groups"):
                    read_code(text[:place] + wrong + text[place + 1 :])


def test_two_characters_changed_about_are_noticed() -> None:
    """The other slip that people make."""
    text = str(CODE).replace("-", "")
    for place in range(len(text) - 1):
        if text[place] != text[place + 1]:
            swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            with pytest.raises(CodeInvalid):
                read_code(swapped)


@pytest.mark.parametrize(
    "typed", ["", "C0P4W", str(CODE)[:-1], str(CODE) + "7", "U" * 40, "§" * 40]
)
def test_what_is_no_code_is_said_in_a_sentence(typed: str) -> None:
    """Too short, too long, letters that no code has."""
    with pytest.raises(CodeInvalid, match=r"^A pairing code .*\.$"):
        read_code(typed)


def test_a_code_fits_one_authority() -> None:
    """By the bytes it holds of the hash."""
    assert CODE.fits(HASH)
    assert CODE.fits(HASH[:HASH_BYTES] + bytes(22))
    assert not CODE.fits(bytes([1]) + HASH[1:])


def test_a_name_makes_no_code() -> None:
    """A code holds an address of four or sixteen bytes."""
    with pytest.raises(ValueError, match="lobby"):
        new_code("lobby", 5050, HASH)
