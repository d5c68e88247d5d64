"""A refused sign-in in words: why, and the time that is left as it is counted."""

import pytest

from client import sign_in_wording
from client.sign_in_events import SignInAnswered


@pytest.mark.parametrize(
    ("left_s", "words"),
    [(1, "1 s"), (59, "59 s"), (60, "1 min 0 s"), (843, "14 min 3 s")],
)
def test_the_time_that_is_left(left_s: int, words: str) -> None:
    """To the second: what is counted down has to move."""
    assert sign_in_wording.waiting("So.", left_s) == f"So. Try again in {words}."


def test_the_servers_own_sentence_stands_where_the_code_says_nothing() -> None:
    """The others name a time that would go stale."""
    told = "Too many wrong passwords. Try again in 5 min."
    later = SignInAnswered(ok=False, code="sign_in_later", sentence=told, wait_s=300)
    assert sign_in_wording.why(later) == "Too many wrong passwords."
    role = SignInAnswered(ok=False, code="not_allowed", sentence="Your account may not enrol.")
    assert sign_in_wording.why(role) == "Your account may not enrol."
