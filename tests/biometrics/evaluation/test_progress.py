"""Progress on a terminal and in a file."""

import io

from biometrics.evaluation.progress import Progress


class Terminal(io.StringIO):
    """Says that it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Goes on when told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_terminal_gets_a_bar_with_the_time_left() -> None:
    """A quarter in ten seconds: thirty more."""
    clock, stream = Clock(), Terminal()
    progress = Progress(stream, "pictures", clock=clock)
    clock.now_s = 10
    progress.show(25, 100)
    assert "25/100 pictures, 0:30 left" in stream.getvalue()
    progress.show(26, 100)  # too soon to be redrawn
    assert "26/100" not in stream.getvalue()
    progress.show(100, 100)
    progress.end()
    progress.end()
    assert stream.getvalue().count("\n") == 1


def test_a_file_gets_a_line_now_and_then() -> None:
    """Nothing in the first ten seconds, no escapes, nothing twice."""
    clock, stream = Clock(), io.StringIO()
    progress = Progress(stream, "pictures", clock=clock)
    progress.show(1, 10)
    clock.now_s = 12
    progress.show(4, 10)
    progress.show(4, 10)
    progress.show(10, 10)
    progress.show(10, 10)
    progress.end()
    assert stream.getvalue().splitlines() == ["4/10 pictures, 0:18 left", "10/10 pictures"]
