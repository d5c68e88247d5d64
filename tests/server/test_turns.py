"""Turns: nobody waits for company, who comes meanwhile shares the next, nobody is forgotten."""

import threading
from collections.abc import Sequence

import pytest

from server import turns
from server.turns import Turns
from tests.support import wait_until

WAIT_S = 10.0


class Desk:
    """Work that can be held up; notes who was served together."""

    def __init__(self) -> None:
        self.served: list[list[int]] = []
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.held = False
        self.deaths: list[BaseException] = []
        self.turns: Turns[int] = Turns("desk", self.work, self.deaths.append)

    def work(self, turn: Sequence[int]) -> None:
        """Serves them all."""
        self.begun.release()
        if self.held:
            assert self.go_on.acquire(timeout=WAIT_S)
        if -1 in turn:
            raise ValueError("nobody expected this")
        self.served.append(list(turn))

    def end(self) -> None:
        """Waits for the end of the thread."""
        self.turns.stop()
        self.turns.join(WAIT_S)
        assert not self.turns.alive


def test_who_comes_alone_is_served_at_once() -> None:
    """Again the next time."""
    desk = Desk()
    desk.turns.start()
    assert desk.turns.alive
    for number in range(3):
        desk.turns.put([number])
        assert desk.begun.acquire(timeout=WAIT_S)
    desk.end()
    assert [number for turn in desk.served for number in turn] == [0, 1, 2]


def test_who_comes_meanwhile_shares_the_next_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as fit into one, in their order; the others have the one after."""
    monkeypatch.setattr(turns, "MOST", 4)
    desk = Desk()
    desk.held = True
    desk.turns.start()
    desk.turns.put([0])
    assert desk.begun.acquire(timeout=WAIT_S)
    for several in ([1], [2, 3], [4, 5], [6]):
        desk.turns.put(several)
    desk.go_on.release(3)
    for _ in range(2):
        assert desk.begun.acquire(timeout=WAIT_S)
    desk.end()
    assert desk.served == [[0], [1, 2, 3, 4], [5, 6]]


def test_what_waits_at_the_end_is_not_done() -> None:
    """The turn at hand is."""
    desk = Desk()
    desk.held = True
    desk.turns.start()
    desk.turns.put([0])
    assert desk.begun.acquire(timeout=WAIT_S)
    desk.turns.stop()
    desk.turns.put([1])
    desk.go_on.release()
    desk.turns.join(WAIT_S)
    assert desk.served == [[0]]


def test_a_failure_ends_the_thread_and_is_told() -> None:
    """Nobody goes on waiting for a thread that has died without a word."""
    desk = Desk()
    desk.turns.start()
    desk.turns.put([-1])
    desk.turns.join(WAIT_S)
    assert not desk.turns.alive
    assert [type(error) for error in desk.deaths] == [ValueError]


def test_nobody_is_lost_where_many_come_and_go() -> None:
    """Each of thousands that come from many threads is served once."""
    desk = Desk()
    desk.turns.start()

    def often(first: int) -> None:
        for number in range(first, first + 400, 2):
            desk.turns.put([number, number + 1])

    threads = [threading.Thread(target=often, args=(400 * each,)) for each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    wait_until(lambda: sum(map(len, desk.served)) >= 3200)
    desk.end()
    assert sorted(number for turn in desk.served for number in turn) == list(range(3200))


def test_a_turn_has_an_end_however_many_wait() -> None:
    """A hundred who came meanwhile are two turns: the first of them do not wait for the last."""
    desk = Desk()
    desk.held = True
    desk.turns.start()
    desk.turns.put([0])
    assert desk.begun.acquire(timeout=WAIT_S)
    desk.turns.put(range(1, 101))
    desk.go_on.release(3)
    for _ in range(2):
        assert desk.begun.acquire(timeout=WAIT_S)
    desk.end()
    assert [len(turn) for turn in desk.served] == [1, 64, 36]
