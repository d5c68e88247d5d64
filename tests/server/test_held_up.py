"""What is held up, in words: how many, how long, how often it was opened before."""

import time

import pytest

from server.held_up import (
    FLOODED,
    HeldUp,
    held_up_words,
    minute,
    opened_words,
    sign_ins_opened_words,
    sign_ins_words,
)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (HeldUp(), ""),
        (HeldUp(1, 601.0), "1 face gets no answer here after too many tries, for up to 11 minutes"),
        (HeldUp(3, 60.0, 2), "This was done twice since yesterday."),
        (HeldUp(3, 60.0, 4), "This was done 4 times since yesterday."),
    ],
)
def test_what_is_held_up(held: HeldUp, words: str) -> None:
    """Nothing is said of nothing; the rest says what may be done."""
    said = held_up_words(held)
    assert words in said
    assert bool(said) == ("Let them try again when you know who it is." in said)


def test_a_checkpoint_that_is_closed_altogether_is_to_be_looked_at() -> None:
    """No word of letting them try again: that is for a visitor."""
    said = held_up_words(HeldUp(FLOODED, 4200.0))
    assert said.startswith(f"Nobody at all gets an answer here after too many tries near {FLOODED}")
    assert "for up to 70 minutes" in said
    assert "shut it out" in said


@pytest.mark.parametrize(
    ("was", "words"),
    [
        (HeldUp(), "Nothing is held up at Lobby."),
        (HeldUp(1, 600.0, 1), "1 face may try again at Lobby: 10 tries."),
        (HeldUp(2, 600.0, 3), "10 tries. This was done 3 times within a day."),
    ],
)
def test_what_opening_did(was: HeldUp, words: str) -> None:
    """Whoever did it sees how often it was done before."""
    assert opened_words(was, "Lobby").endswith(words)


def test_sign_ins_that_wait_are_told_to_the_minute() -> None:
    """Never one that is too early; nothing is said where none waits."""
    noon_ms = int(time.mktime((2026, 11, 26, 12, 0, 0, 0, 0, -1))) * 1000
    assert [minute(noon_ms + more) for more in (0, 1, 60_000)] == ["12:00", "12:01", "12:01"]
    assert "until 12:00" in sign_ins_words(noon_ms)
    assert sign_ins_words(0) == ""
    assert sign_ins_opened_words(noon_ms, "Lobby").startswith("Sign-ins at Lobby wait no more.")
    assert sign_ins_opened_words(0, "Lobby") == "No sign-in waits at Lobby."
