"""Tests of a thread's inbox: in order, awake at once, and quiet after its end."""

import select
import threading
import time

from client.inbox import Inbox


def test_notes_come_in_their_order() -> None:
    """And then there is none."""
    inbox, done = Inbox(), []
    for number in range(3):
        inbox.put(lambda number=number: done.append(number))
    while (note := inbox.take()) is not None:
        note()
    assert done == [0, 1, 2]
    inbox.close()


def test_a_note_of_another_thread_ends_the_wait() -> None:
    """Long before its time; also for who waits for a socket beside it."""
    inbox = Inbox()
    waiting = threading.Event()

    def leave() -> None:
        waiting.wait(10)
        inbox.put(lambda: None)

    thread = threading.Thread(target=leave)
    thread.start()
    started_s = time.monotonic()
    waiting.set()
    inbox.wait(30)
    assert time.monotonic() - started_s < 10
    assert inbox.take() is not None
    inbox.wait(0.001)
    inbox.wake()
    assert select.select([inbox.awake], [], [], 10)[0] == [inbox.awake]
    thread.join(10)
    inbox.close()


def test_many_wakes_block_nobody_and_one_after_the_end_is_nothing() -> None:
    """Whoever leaves a note never waits, however long nobody reads."""
    inbox = Inbox()
    for _ in range(20_000):
        inbox.wake()
    inbox.close()
    inbox.put(lambda: None)
