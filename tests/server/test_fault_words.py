"""What went wrong, in words; more of it by the presenter's tests."""

from server.events import Fault
from server.fault_words import count, left_out, number, told


def test_a_fault_has_a_line_and_a_reason() -> None:
    """What was typed by others is made safe."""
    assert told(Fault("It broke.\x1b[31m")) == ("Something went wrong", "It broke.\\x1b[31m")
    line, reason = told(left_out([("ann.pkl", "It is empty.")]))
    assert line == "1 file of people could not be used"
    assert reason.startswith("ann.pkl: It is empty. It was left as it is")


def test_numbers_are_counted() -> None:
    """In the singular where it is one; thousands stand apart."""
    assert (count(1, "file"), count(2, "file"), count(2, "person", "people")) == (
        "1 file",
        "2 files",
        "2 people",
    )
    assert number(12345) == "12\u202f345"
