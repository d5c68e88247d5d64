"""How many misses of a checkpoint count: a busy door never has so many, a flood soon."""

import pytest

from server import miss_flow
from server.miss_flow import FLOWN_OFF_IN_S, MOST, Flows

NOW_S = 1_760_000_000.0


def test_it_is_full_at_the_limit_told_once_and_flows_off() -> None:
    """Each checkpoint's own; told again only after it was half empty."""
    flows = Flows(10)
    assert [flows.add("gate", NOW_S) for _ in range(10)] == [False] * 9 + [True]
    assert flows.spent("gate", NOW_S)
    assert not flows.spent("gate-2", NOW_S)
    later = NOW_S + FLOWN_OFF_IN_S / 10
    assert not flows.spent("gate", later)
    assert not flows.add("gate", later), "full again, and told before"
    assert flows.spent("gate", later)
    much_later = later + FLOWN_OFF_IN_S
    assert [flows.add("gate", much_later) for _ in range(10)][-1]


def test_a_clock_that_is_set_back_lets_nothing_flow_off() -> None:
    """And when it is right again no more than the time in between."""
    flows = Flows(2)
    flows.add("gate", NOW_S)
    flows.add("gate", NOW_S)
    assert flows.spent("gate", NOW_S - 7200)


def test_a_busy_door_is_never_full() -> None:
    """A stranger a second for two hours: more than three times what a busy door has."""
    flows = Flows(MOST)
    assert not any(flows.add("gate", NOW_S + second) for second in range(7200))


def test_it_keeps_no_more_checkpoints_than_there_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The one that was longest quiet makes room."""
    monkeypatch.setattr(miss_flow, "_MOST_KEPT", 2)
    flows = Flows(1)
    for number, name in enumerate(("one", "two", "three")):
        flows.add(name, NOW_S + number)
    assert not flows.spent("one", NOW_S)
    assert flows.spent("three", NOW_S + 2)
