"""The pictures of pairing; that each can be shown, `test_showcase.py` asks."""

from client.ui.showcase import STATES
from client.ui.showcase_pairing import CODE, PAIRING
from security.pairing_code import read_code


def test_they_are_in_the_showcase_with_a_code_that_can_be_read() -> None:
    """None is left out, and the code shown is a real one."""
    assert set(PAIRING) <= set(STATES)
    assert read_code(str(CODE)) == CODE
