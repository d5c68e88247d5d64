"""Tests of the events that wait for the server."""

import pytest

from client.outbox import KeptEvent, MemoryOutbox, OutboxFull


def event(number: int) -> KeptEvent:
    """An event of its own."""
    return KeptEvent(f"{number:032x}", number, automatic=True)


def test_events_come_out_oldest_first_and_stay_until_removed() -> None:
    """Looking does not take; acknowledging does."""
    outbox = MemoryOutbox()
    for number in range(5):
        outbox.put(event(number))
    assert [each.captured_at_ms for each in outbox.oldest(3)] == [0, 1, 2]
    outbox.remove(event(0).event_id)
    outbox.remove(event(0).event_id)
    assert [each.captured_at_ms for each in outbox.oldest(9)] == [1, 2, 3, 4]
    assert len(outbox) == 4


def test_f6_full_outbox_refuses_and_keeps_what_it_has() -> None:
    """F6: nothing is dropped to make room."""
    outbox = MemoryOutbox(capacity=2)
    outbox.put(event(1))
    outbox.put(event(2))
    assert outbox.full
    with pytest.raises(OutboxFull):
        outbox.put(event(3))
    assert [each.captured_at_ms for each in outbox.oldest(9)] == [1, 2]
    outbox.remove(event(1).event_id)
    assert not outbox.full
    outbox.put(event(3))


def test_same_id_again_changes_nothing() -> None:
    """An id is kept once, also when the outbox is full."""
    outbox = MemoryOutbox(capacity=1)
    outbox.put(event(1))
    outbox.put(event(1))
    assert len(outbox) == 1


def test_what_the_server_will_never_take_is_put_aside() -> None:
    """It does not wait any more, is listed with its reason, and goes when it is discarded."""
    outbox = MemoryOutbox()
    outbox.put(event(1))
    outbox.put(event(2))
    outbox.failed([event(1).event_id, "unknown"], "busy")
    outbox.bury(event(1).event_id, "bad_message", 9)
    outbox.bury("unknown", "bad_message", 9)
    (letter,) = outbox.dead()
    assert (letter.captured_at_ms, letter.code, letter.died_at_ms) == (1, "bad_message", 9)
    assert (letter.attempts, letter.last_error) == (1, "busy")
    assert (len(outbox), outbox.dead_count, outbox.get(event(1).event_id)) == (1, 1, None)
    outbox.discard([letter.event_id, event(2).event_id])
    assert (len(outbox), outbox.dead_count) == (1, 0)
