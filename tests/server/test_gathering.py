"""Gathering: one group at a time, begun when nobody else is at the door; nobody is forgotten."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from server.gathering import MOST, MOST_LOOKING_S, Gathering


class Desk:
    """A gathering with a clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.groups: list[list[int]] = []
        self.gathering: Gathering[int] = Gathering(self.take, clock=lambda: self.now_s)

    def take(self, group: Sequence[int]) -> None:
        """Notes a group that was handed on."""
        self.groups.append(list(group))


def test_who_comes_alone_is_handed_on_as_soon_as_nobody_else_is_there() -> None:
    """The loop is told to look first, and not to wait."""
    desk = Desk()
    assert not desk.gathering.due
    desk.gathering.add(1)
    assert desk.gathering.due
    desk.gathering.go_on(quiet=False)
    assert desk.groups == []
    desk.gathering.go_on(quiet=True)
    assert desk.groups == [[1]]
    assert not desk.gathering.due


def test_who_comes_meanwhile_waits_for_the_group_under_way() -> None:
    """And shares the next one, once all of it is settled."""
    desk = Desk()
    for number in range(3):
        desk.gathering.add(number)
    desk.gathering.go_on(quiet=True)
    desk.gathering.add(3)
    desk.gathering.add(4)
    desk.gathering.settled(2)
    assert not desk.gathering.due
    desk.gathering.go_on(quiet=True)
    assert desk.groups == [[0, 1, 2]]
    desk.gathering.settled(1)
    assert desk.gathering.due
    desk.gathering.go_on(quiet=True)
    assert desk.groups == [[0, 1, 2], [3, 4]]


def test_who_was_answered_together_may_ask_again_together() -> None:
    """While the answered ones still come back, those who waited are not handed on without them."""
    desk = Desk()
    desk.gathering.add(1)
    desk.gathering.go_on(quiet=True)
    desk.gathering.add(2)
    desk.gathering.settled(1)
    desk.gathering.go_on(quiet=False)
    desk.gathering.add(1)
    desk.gathering.go_on(quiet=True)
    assert desk.groups == [[1], [2, 1]]


def test_somebody_always_at_the_door_holds_nobody_up() -> None:
    """After a time they are handed on however much is going on."""
    desk = Desk()
    desk.gathering.add(1)
    desk.now_s += 0.99 * MOST_LOOKING_S
    desk.gathering.go_on(quiet=False)
    assert desk.groups == []
    desk.now_s += 0.02 * MOST_LOOKING_S
    desk.gathering.go_on(quiet=False)
    assert desk.groups == [[1]]


def test_a_full_group_goes_at_once_and_the_rest_has_the_next() -> None:
    """In their order: the first of them do not wait for the last."""
    desk = Desk()
    for number in range(MOST + 10):
        desk.gathering.add(number)
    desk.gathering.go_on(quiet=False)
    assert desk.groups == [list(range(MOST))]
    desk.gathering.settled(MOST)
    desk.gathering.go_on(quiet=True)
    assert desk.groups[1] == list(range(MOST, MOST + 10))


@given(st.lists(st.sampled_from(["come", "quiet", "busy", "part", "all"]), max_size=200))
def test_everybody_is_handed_on_once_and_in_order(steps: list[str]) -> None:
    """Whatever comes in whatever order."""
    desk, came, open_ = Desk(), 0, 0
    for step in [*steps, "all", "quiet", "all", "quiet", "all", "quiet", "all", "quiet"]:
        handed = sum(map(len, desk.groups))
        if step == "come":
            desk.gathering.add(came)
            came += 1
        elif step in {"quiet", "busy"}:
            desk.gathering.go_on(quiet=step == "quiet")
        elif open_:
            part = open_ if step == "all" else 1
            desk.gathering.settled(part)
            open_ -= part
        more = sum(map(len, desk.groups)) - handed
        assert not (more and open_)
        open_ += more
    assert [number for group in desk.groups for number in group] == list(range(came))
