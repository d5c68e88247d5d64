"""An interrupted start ends with one line, not with a traceback."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from desktop.interrupts import end_quietly

ROOT = Path(__file__).resolve().parents[2]

_PROGRAM = """
import sys, time
from desktop.interrupts import end_quietly
end_quietly()
try:
    print("up", flush=True)
    time.sleep(60)
finally:
    print("closed", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_one_line_and_closes_what_is_open(number: signal.Signals) -> None:
    """The exit code is the usual one, 128 and the signal's number."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert out == "closed\n"
    assert err == "Interrupted.\n"
    assert process.returncode == 128 + number


def test_on_another_thread_nothing_changes() -> None:
    """Only the main thread may set handlers."""
    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=end_quietly)
    thread.start()
    thread.join(timeout=10)
    assert signal.getsignal(signal.SIGINT) is before
