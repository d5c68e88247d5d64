"""The progress bar: redrawn on a terminal, quiet in a file."""

import io

from server.events import PhotoProgress
from server.progress_bar import ProgressBar


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_on_a_terminal() -> None:
    """The bar has its share, the count, the time left and a name made safe."""
    stream = Terminal()
    bar = ProgressBar(stream)
    bar.show(PhotoProgress(5, 10, 65.0, "Ann\x1b[2J"))
    bar.end()
    text = stream.getvalue()
    assert text.startswith("\r[#")
    assert "5/10 1:05 left" in text
    assert "\x1b[2J" not in text
    assert text.endswith("\n")


def test_in_a_file() -> None:
    """Without a terminal nothing is drawn for every picture, and no line is left open."""
    stream = io.StringIO()
    bar = ProgressBar(stream)
    bar.show(PhotoProgress(1, 10, None, "Ann"))
    bar.end()
    assert stream.getvalue() == ""
