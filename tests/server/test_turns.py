"""Turns: nobody waits for company, who comes meanwhile shares the next, nobody is forgotten."""

import threading
from collections.abc import Sequence

import pytest

from server import turns
from server.turns import Turns, Waiter

WAIT_S = 10.0


class Desk:
    """Work that can be held up; notes who was served together."""

    def __init__(self) -> None:
        self.served: list[int] = []
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.held = False
        self.turns: Turns[Waiter] = Turns(self.work)

    def work(self, turn: Sequence[Waiter]) -> None:
        """Serves them all."""
        self.begun.release()
        if self.held:
            assert self.go_on.acquire(timeout=WAIT_S)
        self.served.append(len(turn))
        for waiter in turn:
            waiter.wake()

    def visit(self) -> None:
        """What a thread does that has work."""
        waiter = Waiter()
        self.turns.join(waiter)
        while True:
            assert waiter.sleep(WAIT_S)
            if not waiter.leads:
                return
            self.turns.lead(waiter)


def visitors(desk: Desk, count: int) -> list[threading.Thread]:
    """Threads that have begun their visit and wait."""
    threads = [threading.Thread(target=desk.visit) for _ in range(count)]
    for at, thread in enumerate(threads):
        thread.start()
        while len(desk.turns._waiting) <= at:
            assert thread.is_alive()
    return threads


def test_who_comes_alone_is_served_at_once() -> None:
    """In the thread that came, and again the next time."""
    desk = Desk()
    for _ in range(3):
        desk.visit()
    assert desk.served == [1, 1, 1]


def test_who_comes_meanwhile_shares_the_next_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as fit into one; the others have the one after."""
    monkeypatch.setattr(turns, "MOST", 4)
    desk = Desk()
    desk.held = True
    first = threading.Thread(target=desk.visit)
    first.start()
    assert desk.begun.acquire(timeout=WAIT_S)
    others = visitors(desk, 6)
    for _ in range(3):
        desk.go_on.release()
    for thread in (first, *others):
        thread.join(WAIT_S)
        assert not thread.is_alive()
    assert desk.served == [1, 4, 2]


def test_who_leaves_is_not_served_and_keeps_nobody_waiting() -> None:
    """Also when it was to lead the next turn and had not woken yet."""
    desk = Desk()
    desk.held = True
    first = threading.Thread(target=desk.visit)
    first.start()
    assert desk.begun.acquire(timeout=WAIT_S)
    gone, leader = Waiter(), Waiter()
    desk.turns.join(gone)
    desk.turns.join(leader)
    others = [threading.Thread(target=desk.visit) for _ in range(2)]
    for at, thread in enumerate(others):
        thread.start()
        while len(desk.turns._waiting) < 3 + at:
            assert thread.is_alive()
    desk.turns.leave(gone)
    desk.go_on.release()
    assert leader.sleep(WAIT_S)
    assert leader.leads
    desk.turns.leave(leader)
    desk.go_on.release()
    for thread in (first, *others):
        thread.join(WAIT_S)
        assert not thread.is_alive()
    assert desk.served == [1, 2]
    desk.held = False
    desk.visit()


def test_a_failure_does_not_keep_the_next_from_its_turn() -> None:
    """What was not foreseen is raised where it happened, and the place is free again."""

    def fail(_turn: Sequence[Waiter]) -> None:
        raise ValueError

    desk = Desk()
    desk.turns = Turns(fail)
    with pytest.raises(ValueError):  # noqa: PT011 - any will do
        desk.turns.join(Waiter())
    desk.turns._work = desk.work
    desk.visit()
    assert desk.served == [1]


def test_nobody_is_lost_where_many_come_and_go() -> None:
    """Each of thousands of visits from many threads is served once."""
    desk = Desk()

    def often() -> None:
        for _ in range(200):
            desk.visit()

    threads = [threading.Thread(target=often) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
        assert not thread.is_alive()
    assert sum(desk.served) == 16 * 200


def test_woken_twice_is_woken_once() -> None:
    """The second time is not kept for later; nobody there is no trouble."""
    waiter = Waiter()
    assert not waiter.sleep(0.0)
    waiter.wake()
    waiter.wake()
    assert waiter.sleep(0.0)
    assert not waiter.sleep(0.0)
