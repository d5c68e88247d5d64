"""Tests of the ways from a worker thread to the main thread."""

import threading

from desktop.mailbox import Mailbox, Slot


def test_events_come_out_in_the_order_they_went_in() -> None:
    """Ten events are drained oldest first."""
    box: Mailbox[int] = Mailbox()
    for number in range(10):
        box.post(number)
    assert box.drain() == list(range(10))
    assert box.drain() == []


def test_a_drain_is_bounded_and_loses_nothing() -> None:
    """What goes over the limit stays for the next drain."""
    box: Mailbox[int] = Mailbox()
    for number in range(5):
        box.post(number)
    assert box.drain(limit=3) == [0, 1, 2]
    assert box.drain(limit=3) == [3, 4]


def test_events_of_many_threads_all_arrive() -> None:
    """Eight threads post 500 events each; none is lost and each thread's order is kept."""
    box: Mailbox[tuple[int, int]] = Mailbox()

    def post(thread: int) -> None:
        for number in range(500):
            box.post((thread, number))

    threads = [threading.Thread(target=post, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    events = box.drain(limit=5000)
    assert len(events) == 4000
    for index in range(8):
        assert [number for owner, number in events if owner == index] == list(range(500))


def test_a_slot_keeps_the_newest_value() -> None:
    """Two puts before a take: the second is taken, the first is gone."""
    slot: Slot[str] = Slot()
    assert slot.take() is None
    slot.put("old")
    slot.put("new")
    assert slot.take() == "new"
    assert slot.take() is None


def test_a_slot_wakes_the_waiting_reader() -> None:
    """A reader that waits gets a value that is put meanwhile, long before its time is over."""
    slot: Slot[str] = Slot()
    taken: list[str | None] = []
    reader = threading.Thread(target=lambda: taken.append(slot.take(timeout_s=30)))
    reader.start()
    slot.put("frame")
    reader.join(timeout=10)
    assert taken == ["frame"]


def test_a_slot_gives_up_when_nothing_comes() -> None:
    """A bounded wait ends with None."""
    assert Slot[int]().take(timeout_s=0.01) is None
