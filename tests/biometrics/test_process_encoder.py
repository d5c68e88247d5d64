"""The child process: same numbers, no stalls, replaced when it dies, gone when we are."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from biometrics.dlib_engine import DlibEncoder
from biometrics.encode import EncoderFailed, stack
from biometrics.faces import mirrored
from biometrics.process_encoder import ProcessEncoder
from biometrics.vision import SeenFace
from tests.biometrics.support import asked_beside
from tests.support import wait_until

ONE_CHIP = np.zeros((1, 150, 150, 3), np.uint8)
ECHO = """
import struct, sys
while True:
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        break
    sys.stdin.buffer.read(struct.unpack("!I", head)[0] * 67500)
    sys.stdout.buffer.write(struct.pack("!BI", {status}, {length}) + b"7" * {length})
    sys.stdout.buffer.flush()
"""
SILENT = "import time; time.sleep(60)"


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.fixture(scope="module")
def encoder() -> Iterator[ProcessEncoder]:
    real = ProcessEncoder()
    yield real
    real.close()


def test_the_child_gives_the_same_numbers(encoder: ProcessEncoder, hopper_seen: SeenFace) -> None:
    """Bit for bit those of the engine in this process."""
    chips = stack([hopper_seen.chip, mirrored(hopper_seen.chip)])
    assert (encoder.encode(chips) == DlibEncoder().encode(chips)).all()


@pytest.mark.alone
def test_waiting_for_the_child_leaves_other_threads_running(encoder: ProcessEncoder) -> None:
    """A heartbeat of 1 ms is hardly late while four chips are encoded."""
    encoder.encode(ONE_CHIP)
    gaps: list[float] = []
    done = threading.Event()

    def beat() -> None:
        before = time.perf_counter()
        while not done.wait(0.001):
            now = time.perf_counter()
            gaps.append(now - before)
            before = now

    heart = threading.Thread(target=beat)
    heart.start()
    encoder.encode(np.zeros((4, 150, 150, 3), np.uint8))
    done.set()
    heart.join()
    assert len(gaps) > 50
    assert float(np.percentile(gaps, 95)) < 0.05


def test_a_killed_child_is_replaced(encoder: ProcessEncoder) -> None:
    """The request after the kill is answered by a new process."""
    expected = encoder.encode(ONE_CHIP)
    first = encoder._child
    assert first is not None
    first.process.kill()
    assert (encoder.encode(ONE_CHIP) == expected).all()
    assert encoder._child is not first


def test_a_child_that_keeps_dying_is_a_failure_with_a_sentence() -> None:
    """It is started twice, not for ever."""
    encoder = ProcessEncoder(command=python("raise SystemExit(3)"))
    with pytest.raises(EncoderFailed, match="stopped"):
        encoder.encode(ONE_CHIP)
    encoder.close()


def test_a_command_that_is_not_there_is_a_failure_with_a_sentence() -> None:
    """As after a broken installation."""
    encoder = ProcessEncoder(command=("no-such-program-anywhere",))
    with pytest.raises(EncoderFailed, match="stopped"):
        encoder.encode(ONE_CHIP)
    encoder.close()


def test_a_silent_child_is_given_up() -> None:
    """After the patience, twice."""
    encoder = ProcessEncoder(command=python(SILENT), patience_s=0.2)
    with pytest.raises(EncoderFailed, match="no answer"):
        encoder.encode(ONE_CHIP)
    encoder.close()


def test_the_childs_own_failure_is_passed_on() -> None:
    """Its sentence is the message; it is not asked twice."""
    encoder = ProcessEncoder(command=python(ECHO.format(status=1, length=5)))
    with pytest.raises(EncoderFailed, match=r"^77777$"):
        encoder.encode(ONE_CHIP)
    encoder.close()


def test_an_answer_of_the_wrong_size_is_refused() -> None:
    """Never taken for fewer or more encodings."""
    encoder = ProcessEncoder(command=python(ECHO.format(status=0, length=8)))
    with pytest.raises(EncoderFailed, match="1 numbers for 1 chips"):
        encoder.encode(ONE_CHIP)
    encoder.close()


def test_closing_interrupts_a_request_within_a_second() -> None:
    """The waiting thread gets EncoderFailed, and the child is gone."""
    encoder = ProcessEncoder(command=python(SILENT), patience_s=30)
    asking, caught = asked_beside(lambda: encoder.encode(ONE_CHIP))
    wait_until(lambda: encoder._child is not None, what="the child")
    started = time.monotonic()
    encoder.close()
    asking.join(timeout=5)
    assert time.monotonic() - started < 1.5
    assert len(caught) == 1
    encoder.close()
    with pytest.raises(EncoderFailed, match="closed"):
        encoder.encode(ONE_CHIP)


def test_closing_in_the_moment_a_child_starts_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that nobody knew of yet is ended as well, and who started it is told."""
    starting, closed = threading.Event(), threading.Event()
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def slow(*args: Any, **more: Any) -> subprocess.Popen[bytes]:
        starting.set()
        closed.wait(0.3)  # longer than closing would wait for a child that is at work
        started.append(popen(*args, **more))
        return started[-1]

    monkeypatch.setattr("biometrics.process_encoder.CLOSE_S", 0.05)
    monkeypatch.setattr("biometrics.process_encoder.subprocess.Popen", slow)
    encoder = ProcessEncoder(command=python(SILENT), patience_s=30)
    asking, caught = asked_beside(lambda: encoder.encode(ONE_CHIP))
    assert starting.wait(5)
    encoder.close()
    closed.set()
    asking.join(timeout=5)
    assert not asking.is_alive()
    assert [str(error) for error in caught] == ["The encoder is closed."]
    assert [child.poll() is not None for child in started] == [True]


@pytest.mark.skipif(sys.platform == "win32", reason="asks the process table of POSIX")
def test_the_child_dies_with_its_parent() -> None:
    """Even when the parent is killed and cannot say goodbye."""
    code = (
        "import numpy, time\n"
        "from biometrics.process_encoder import ProcessEncoder\n"
        f"encoder = ProcessEncoder(command=({sys.executable!r}, '-c', {ECHO!r}"
        ".format(status=0, length=1024)))\n"
        "encoder.encode(numpy.zeros((1, 150, 150, 3), numpy.uint8))\n"
        "print(encoder._child.process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(python(code), stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()
    wait_until(lambda: not _runs(child), what="the child's end")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = f"/proc/{pid}/stat"
    if os.path.exists(status):  # noqa: PTH110 - an orphan waiting for its reaper has ended
        with open(status) as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    return True


def test_wrong_chips_are_refused_before_they_are_sent(encoder: ProcessEncoder) -> None:
    """The child would wait for bytes that never come."""
    with pytest.raises(ValueError, match="chips"):
        encoder.encode(np.zeros((1, 10, 10, 3), np.uint8))
