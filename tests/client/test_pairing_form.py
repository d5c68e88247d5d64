"""The pairing code while it is typed: grouped, forgiven what is meant, told what is wrong."""

import pytest

from client.pairing_form import CODE_CHARACTERS, PairingForm, grouped
from security.pairing_code import PairingCode

CODE = str(PairingCode("192.168.1.20", 5050, bytes(range(10)), bytes(range(5))))


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        ("abc", "ABC"),
        ("abcde", "ABCDE"),
        ("abcdef", "ABCDE-F"),
        ("O0 iIlL", "00111-1"),
        (" abcde\nfghjk ", "ABCDE-FGHJK"),
        ("ABCDE-FGHJK-", "ABCDE-FGHJK"),
        ("x" * 90, "-".join(["XXXXX"] * 12)),
    ],
)
def test_groups_come_by_themselves(typed: str, shown: str) -> None:
    """Small letters, O and I, spaces and lines; never more than the longest code has."""
    assert grouped(typed, len(typed))[0] == shown


@pytest.mark.parametrize(
    ("typed", "caret", "at"),
    [("abcde", 5, 5), ("abcdef", 6, 7), ("ABCDE-FG", 8, 8), ("ABXCDE-FG", 3, 3), ("abc", 0, 0)],
)
def test_the_caret_stays_behind_what_was_typed(typed: str, caret: int, at: int) -> None:
    """Also in the middle, where a forgotten character is put in."""
    assert grouped(typed, caret)[1] == at


def test_a_whole_code_is_read_however_it_is_typed() -> None:
    """Pasted, spelled with O for 0, without dashes."""
    for typed in (CODE, CODE.lower(), CODE.replace("-", " "), CODE.replace("0", "o")):
        form = PairingForm(typed)
        assert form.complete
        assert (form.code_problem, form.address_of_code) == ("", "192.168.1.20:5050")
        assert form.other_address is None


def test_how_far_it_is_while_it_is_typed() -> None:
    """No mistake is called before it is one."""
    form = PairingForm("ABCDE-FG")
    assert form.hint == "Group 2 of 8: 33 more to go."
    assert (form.code_problem, form.complete) == ("", False)
    assert "forty characters" in PairingForm().hint
    assert PairingForm(CODE).hint == ""
    assert PairingForm(CODE).count == CODE_CHARACTERS


def test_a_character_that_no_code_has_is_told_with_its_group() -> None:
    """U is not in Crockford's alphabet, nor is anything beyond ASCII."""
    assert PairingForm("ABCDE-FGU").code_problem.startswith("Group 2: a code has no 'U'")
    assert "Group 1" in PairingForm("Ä").code_problem


def test_every_single_slip_in_a_whole_code_is_noticed() -> None:
    """The checksum: one character exchanged for another, anywhere."""
    for at, one in enumerate(CODE):
        if one != "-":
            wrong = f"{CODE[:at]}{'2' if one != '2' else '3'}{CODE[at + 1 :]}"
            form = PairingForm(wrong)
            assert not form.complete
            assert "wrong" in form.code_problem


def test_another_address_is_passed_on_and_checked() -> None:
    """Through a gateway the server is reached elsewhere."""
    assert PairingForm(CODE, "gate.example.org:5051").other_address == "gate.example.org:5051"
    assert PairingForm(CODE, " 192.168.1.20:5050 ").other_address is None
    form = PairingForm(CODE, "lobby server:99999")
    assert "is not a server address" in form.address_problem
    assert not form.complete
