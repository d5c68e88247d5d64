"""Lines by a thread: a reader that hangs costs lines, and holds up neither work nor the end."""

import io
import os
import subprocess
import sys
import threading

from desktop.line_writer import LineWriter
from tests.support import wait_until


def lost(count: int) -> str:
    """The line about lost ones."""
    return f"{count} lost\n"


class Gate(io.StringIO):
    """A stream whose reader hangs until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def write(self, text: str) -> int:
        """Hangs, then takes it."""
        self.begun.set()
        assert self.go_on.wait(10)
        return super().write(text)


def test_lines_are_written_in_their_order() -> None:
    """All of them are there after `flush`, also after `close`."""
    stream = io.StringIO()
    writer = LineWriter(stream, lost)
    for number in range(100):
        writer.put(f"{number}\n")
    assert writer.flush()
    assert stream.getvalue() == "".join(f"{number}\n" for number in range(100))
    writer.put("last\n")
    writer.close()
    assert stream.getvalue().endswith("99\nlast\n")


def test_a_reader_that_hangs_costs_lines_that_are_counted() -> None:
    """Who logs goes on; when the reader does, a line says how many are missing, once."""
    stream = Gate()
    writer = LineWriter(stream, lost, most=3)
    writer.put("first\n")
    assert stream.begun.wait(10)
    writer.put("0\n", "1\n")
    writer.put(*(f"{number}\n" for number in range(2, 8)))
    writer.put("8\n", "9\n")
    assert not writer.flush(0.01)
    stream.go_on.set()
    assert writer.flush()
    assert stream.getvalue() == "first\n0\n1\n2\n7 lost\n"
    writer.put("on\n")
    writer.close()
    assert stream.getvalue().endswith("7 lost\non\n")


def test_a_full_disk_is_tried_again() -> None:
    """What it did not take is counted with the next that it takes."""

    class Full(io.StringIO):
        """Without room for the first line."""

        tries = 0

        def write(self, text: str) -> int:
            """What the system says."""
            self.tries += 1
            if self.tries == 1:
                raise OSError(28, "No space left on device")
            return super().write(text)

    stream = Full()
    writer = LineWriter(stream, lost)
    writer.put("first\n")
    assert writer.flush()
    writer.put("second\n")
    writer.close()
    assert stream.getvalue() == "second\n1 lost\n"


def test_a_stream_that_does_not_block_is_waited_for() -> None:
    """A pipe that somebody made so."""
    outward, inward = os.pipe()
    os.set_blocking(inward, False)
    text = "x" * 300_000 + "\n"
    with os.fdopen(outward, "rb") as reader, os.fdopen(inward, "w") as stream:
        writer = LineWriter(stream, lost)
        writer.put(text)
        assert reader.read(len(text)) == text.encode()
        writer.close()


def test_the_end_of_a_program_does_not_hang_with_its_reader() -> None:
    """Its standard output is a pipe that nobody reads."""
    program = (
        "import logging, sys\n"
        "from desktop import logs\n"
        "logs.set_up(json_lines=True, stream=sys.stdout)\n"
        "for n in range(3000):\n"
        "    logs.log_event(logging.getLogger('x'), 'stored', number=n, more='x' * 100)\n"
        "sys.stderr.write('done')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            said = process.stderr.read()
            wait_until(lambda: process.poll() is not None)
        finally:
            process.kill()
    assert (said, process.returncode) == ("done", 0)
