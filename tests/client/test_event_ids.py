"""Ids of events: in the order of time, none twice, and such as the server takes."""

from client.event_ids import new_event_id

NOW_MS = 1_790_000_000_000


def test_ids_are_in_the_order_of_time_and_none_is_given_twice() -> None:
    """Those of one millisecond in any order."""
    ids = [new_event_id(NOW_MS + at // 10) for at in range(1000)]
    assert [one[:12] for one in ids] == sorted(one[:12] for one in ids)
    assert int(ids[-1][:12], 16) == NOW_MS + 99
    assert len({one[12:] for one in ids}) == 1000


def test_whatever_the_clock_says_it_is_an_id() -> None:
    """Before 1970 and in a year that no calendar has."""
    for at_ms in (-1, 0, NOW_MS, 2**48, 2**80):
        assert len(new_event_id(at_ms)) == 32
        assert set(new_event_id(at_ms)) <= set("0123456789abcdef")
