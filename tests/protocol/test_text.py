"""Names and other texts: what is cleaned, refused, shown literally."""

import random
import time
import unicodedata

import pytest

from protocol.errors import Code, NameInvalid
from protocol.text import MAX_NAME, clean_name, is_plain, look_alike, printable

HOSTILE = {
    "line feed": "Ann\nadmin",
    "carriage return": "Ann\r\nadmin",
    "tab": "Ann\tadmin",
    "NUL": "Ann\0admin",
    "ANSI": "\x1b[31mAnn",
    "C1 control": "\x9b31mAnn",
    "right-to-left override": "Ann\u202enimda",
    "isolate": "\u2066Ann\u2069",
    "left-to-right mark": "Ann\u200e",
    "zero width space": "An\u200bn",
    "byte order mark": "\ufeffAnn",
    "soft hyphen": "An\u00adn",
    "line separator": "Ann\u2028admin",
    "lone surrogate": "Ann\ud800",
    "private use": "Ann\ue000",
    "not a character": "Ann\uffff",
    "not a character among Arabic forms": "Ann\ufdd0",
    "not a character in a plane": "Ann\U0001fffe",
    "filler that shows as blank": "\u3164",
    "braille blank": "\u2800",
    "tag characters": "Ann\U000e0041",
}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Grace Hopper", "Grace Hopper"),
        ("  Grace   Hopper  ", "Grace Hopper"),
        ("Grace\u00a0\u2003Hopper", "Grace Hopper"),
        ("Zoe\u0308", "Zoë"),
        ("Ａnn", "Ａnn"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("李小龍", "李小龍"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("O'Brien-Smith, Jr.", "O'Brien-Smith, Jr."),
        ("x" * MAX_NAME, "x" * MAX_NAME),
        ("e\u0301" * MAX_NAME, "é" * MAX_NAME),
    ],
)
def test_ordinary_names_are_cleaned(typed: str, name: str) -> None:
    """NFC, blanks folded, nothing else changed; cleaning again changes nothing."""
    assert clean_name(typed) == name
    assert clean_name(name) == name
    assert unicodedata.is_normalized("NFC", name)


@pytest.mark.parametrize("kind", HOSTILE)
def test_b16_names_that_do_not_show_as_they_are_get_a_sentence(kind: str) -> None:
    """Refused with a sentence that is itself safe to show."""
    with pytest.raises(NameInvalid) as caught:
        clean_name(HOSTILE[kind])
    assert caught.value.code is Code.NAME_INVALID
    assert is_plain(caught.value.message)
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize("typed", ["", " ", "\u00a0\u2003", "\u0301", "\u200d", " \u200c "])
def test_names_of_nothing_visible_are_refused(typed: str) -> None:
    """Blanks only, a mark without a letter, joiners without letters."""
    with pytest.raises(NameInvalid, match="empty"):
        clean_name(typed)


def test_b16_long_names_are_refused_quickly() -> None:
    """300 characters, and 10 MB without looking at them."""
    with pytest.raises(NameInvalid, match="300 characters"):
        clean_name("x" * 300)
    with pytest.raises(NameInvalid, match="101 characters"):
        clean_name("x" * 101)
    began = time.process_time()
    with pytest.raises(NameInvalid):
        clean_name("x\u0301" * 5_000_000)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "typed",
    [
        "=cmd|' /C calc'!A0",
        "'; DROP TABLE events; --",
        "../../etc/passwd",
        "[exit] $env(HOME) {a} \\n",
        "<b>Ann</b>",
        "%s %d {0}",
    ],
)
def test_b17_names_that_mean_something_elsewhere_stay_text(typed: str) -> None:
    """Tcl, SQL, CSV, HTML and paths: kept to the letter."""
    assert clean_name(typed) == typed


def test_printable_leaves_plain_text_alone() -> None:
    """Nothing to escape, nothing to cut."""
    assert printable("Grace Hopper 李 👩\u200d🚀") == "Grace Hopper 李 👩\u200d🚀"
    assert printable("x" * 100) == "x" * 100
    assert printable("") == ""


def test_b16_printable_shows_what_would_not_print() -> None:
    """Controls, bidi marks and surrogates become escapes that can be read."""
    assert printable("a\r\n\x1b[1m\u202eb\ud800\U000e0041") == (
        "a\\x0d\\x0a\\x1b[1m\\u202eb\\ud800\\U000e0041"
    )


def test_b16_printable_is_bounded() -> None:
    """Ten million characters, or escapes that are longer than what they stand for."""
    assert printable("x" * 10_000_000) == "x" * 99 + "…"
    assert printable("\0" * 100, 10) == "\\x00\\x00\\" + "…"
    assert printable("abc", 2) == "a…"


def test_b16_whatever_printable_gives_is_plain_and_short() -> None:
    """Random texts of all planes."""
    chance = random.Random(16)
    for _ in range(3_000):
        planes = (0x80, 0x3000, 0x10FFFF)
        text = "".join(chr(chance.randint(0, chance.choice(planes))) for _ in range(40))
        shown = printable(text, 60)
        assert len(shown) <= 60
        assert is_plain(shown)
        shown.encode()


def test_line_feeds_are_plain_only_where_lines_are_asked_for() -> None:
    """A consent text has lines, a name has none."""
    assert is_plain("a\nb", lines=True)
    assert not is_plain("a\nb")
    assert not is_plain("a\rb", lines=True)


@pytest.mark.parametrize(
    "typed",
    ["LOBBY 1", " lobby-1", "L\u03bfbby l", "\u217cobby 1", "Lobb\u0443 I", "L\u00f6bby\u200d1"],
)
def test_names_that_look_alike_compare_the_same(typed: str) -> None:
    """Case, blanks, marks, accents, and letters of other scripts that look the same."""
    assert look_alike(typed) == look_alike("Lobby 1")


def test_names_that_look_different_compare_so() -> None:
    """Numbers, vowel signs, and names of marks alone."""
    names = ["Lobby 1", "Lobby 2", "Hall", "\u0917\u0947\u091f", "\u0917\u093e\u091f", "!!", "??"]
    assert len(set(map(look_alike, names))) == len(names)
