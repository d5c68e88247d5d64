"""Workers: a few things at a time, none forgotten, none that hides its failure."""

import threading
from functools import partial

from server.workers import Workers

WAIT_S = 10.0


def _wait(event: threading.Event) -> None:
    assert event.wait(WAIT_S)


def test_as_much_at_a_time_as_there_are_threads() -> None:
    """One that waits does not keep the others; what is more waits until one is free."""
    workers = Workers("hand", lambda _error: None, count=2)
    workers.start()
    assert workers.alive
    begun, go_on, done = threading.Semaphore(0), threading.Event(), list[int]()

    def work(number: int) -> None:
        begun.release()
        assert go_on.wait(WAIT_S)
        done.append(number)

    for number in range(5):
        workers.do(lambda number=number: work(number))  # type: ignore[misc]
    for _ in range(2):
        assert begun.acquire(timeout=WAIT_S)
    assert not begun.acquire(blocking=False)
    go_on.set()
    workers.stop()
    assert workers.join(WAIT_S)
    assert sorted(done) == [0, 1, 2, 3, 4]


def test_the_end_is_not_waited_for_longer_than_asked() -> None:
    """One that hangs is told as one that has not ended."""
    workers = Workers("hand", lambda _error: None, count=2)
    workers.start()
    go_on = threading.Event()
    workers.do(partial(_wait, go_on))
    workers.stop()
    assert not workers.join(0.05)
    go_on.set()
    assert workers.join(WAIT_S)


def test_a_failure_is_told() -> None:
    """Whoever owns them sees that they are not whole any more."""
    deaths: list[BaseException] = []
    workers = Workers("hand", deaths.append, count=1)
    workers.start()
    workers.do(lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    assert workers.join(WAIT_S)
    assert not workers.alive
    assert [type(error) for error in deaths] == [ZeroDivisionError]
