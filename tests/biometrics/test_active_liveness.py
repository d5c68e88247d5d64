"""One face answers a challenge; whatever does not, fails, each with its reason."""

import itertools
import math

import numpy as np
import pytest

from biometrics.active_liveness import ActiveCheck, CheckReason, CheckState, CheckStatus
from biometrics.challenge import TURNS, Action, Challenge
from tests.biometrics.heads import Head
from tests.biometrics.sitters import Answering, Pose, blinking, play, turning
from tests.biometrics.support import MadeUpPeople

BOTH = tuple(itertools.permutations(Action, 2))
LIMIT_S = 15.0


def _check(*actions: Action) -> ActiveCheck:
    return ActiveCheck(Challenge(actions or (Action.TURN_LEFT, Action.BLINK), LIMIT_S), 0.0)


def _failed(states: list[CheckState], reason: CheckReason) -> bool:
    last = states[-1]
    return last.status is CheckStatus.FAILED and last.reason is reason and last.asked is None


@pytest.mark.parametrize("actions", BOTH)
@pytest.mark.parametrize("fps", [10, 15, 30])
def test_somebody_who_does_what_is_asked_passes(actions: tuple[Action, ...], fps: float) -> None:
    """Every challenge of two actions, at every pace."""
    states = play(_check(*actions), Answering(), fps=fps)
    assert states[-1].status is CheckStatus.PASSED
    assert states[-1].reason is CheckReason.NONE
    assert states[-1].done == 2
    asked = [state.asked for state in states if state.asked]
    assert tuple(action for action, _ in itertools.groupby(asked)) == actions


def test_the_state_tells_what_to_do() -> None:
    """Nothing is asked before the face is known; then the time left goes down."""
    check = _check(Action.TURN_LEFT)
    assert check.state.asked is None
    assert check.wants_encoding
    states = play(check, Answering())
    assert states[1].asked is None
    lefts = [state.left_s for state in states]
    assert lefts == sorted(lefts, reverse=True)
    assert not check.wants_encoding


def test_a_still_picture_does_nothing() -> None:
    """A photograph is there until time runs out."""
    states = play(_check(), lambda _t, _s: Pose())
    assert _failed(states, CheckReason.NO_ACTION)
    assert states[-1].left_s == 0


@pytest.mark.parametrize("turn_deg", [20, 35, 50, 60])
@pytest.mark.parametrize("actions", [pair for pair in BOTH if TURNS & set(pair)])
def test_a_flat_picture_turned_as_asked_fails(actions: tuple[Action, ...], turn_deg: float) -> None:
    """A photograph on a card: the nose stays between the eyes however it is turned."""
    answer = Answering(turn_deg=turn_deg)
    states = play(_check(*actions), answer, head=Head(flat=True))
    assert states[-1].status is CheckStatus.FAILED


def test_half_of_the_actions_is_too_late() -> None:
    """Somebody who turns and then stands there."""
    answer = Answering()
    states = play(_check(), lambda t, s: answer(t, s) if s.done == 0 or s.asked is None else Pose())
    assert _failed(states, CheckReason.TOO_LATE)
    assert states[-1].done == 1


def test_nobody_is_no_face() -> None:
    """Time passes without a face too, and with one that never looks at the camera."""
    assert _failed(play(_check(), lambda _t, _s: None), CheckReason.NO_FACE)
    assert _failed(play(_check(), lambda _t, _s: Pose(yaw=40)), CheckReason.NO_FACE)


def test_what_was_done_before_it_was_asked_does_not_count() -> None:
    """A recording that turns and blinks in a loop, timed just before each question."""
    check = _check(Action.BLINK)
    states = play(check, lambda t, _s: blinking(t - 0.2, for_s=0.3))
    assert _failed(states, CheckReason.NO_ACTION)


@pytest.mark.parametrize(
    ("asked", "to_deg"), [(Action.TURN_LEFT, -25), (Action.TURN_RIGHT, 25), (Action.BLINK, 25)]
)
def test_the_wrong_action_ends_it(asked: Action, to_deg: float) -> None:
    """A recording that does everything in turn would otherwise answer every challenge."""
    states = play(_check(asked), lambda t, _s: turning(t - 2.0, to_deg=to_deg))
    assert _failed(states, CheckReason.WRONG_ACTION)


@pytest.mark.parametrize("after_s", [0.0, 0.15])
def test_a_head_that_turns_before_it_can_know_has_to_come_back_first(after_s: float) -> None:
    """Turned in the instant of the question, or just after: not an answer, and no fault either."""
    check = _check(Action.TURN_LEFT)
    asked_s = math.inf

    def early(t: float, state: CheckState) -> Pose:
        nonlocal asked_s
        asked_s = min(asked_s, t) if state.asked else asked_s
        return Pose(yaw=25.0 if asked_s + after_s <= t < asked_s + 2 else 0.0)

    assert _failed(play(check, early), CheckReason.NO_ACTION)


def test_another_track_is_a_lost_face() -> None:
    """Somebody else steps in front once something was asked."""
    states = play(_check(), Answering(), track_id=lambda t: 1 if t < 2 else 2)
    assert _failed(states, CheckReason.LOST_FACE)


def test_before_anything_is_asked_the_face_may_change() -> None:
    """Somebody passes by first: the one who stays is checked."""
    check = _check()
    states = play(check, Answering(), track_id=lambda t: 1 if t < 0.3 else 2)
    assert states[-1].status is CheckStatus.PASSED
    assert check.track_id == 2


@pytest.mark.parametrize("gone_s", [0.7, 1.3])
def test_a_face_may_be_gone_for_a_moment(gone_s: float) -> None:
    """The detector drops out now and then; for a second and more it is lost."""
    answer = Answering()
    states = play(_check(), lambda t, s: None if 1.0 < t < 1.0 + gone_s else answer(t, s))
    if gone_s < 1:
        assert states[-1].status is CheckStatus.PASSED
    else:
        assert _failed(states, CheckReason.LOST_FACE)


def test_a_gap_between_looks_is_a_lost_face_too() -> None:
    """Nobody looked for two seconds: who knows who stands there now."""
    check = _check()
    head, people = Head(), MadeUpPeople()
    person = people.person()
    for number in range(1, 20):
        check.see(head.look(), 1, number / 10, people.picture(person))
    assert check.state.asked
    assert check.see(head.look(), 1, 4.0).reason is CheckReason.LOST_FACE


def test_another_person_after_the_action_is_a_swap() -> None:
    """A photograph first, then its owner's friend who turns: the encodings differ."""
    people = MadeUpPeople()
    one, other = people.person(), people.person()
    states = play(_check(), Answering(), face=lambda t: people.picture(one if t < 1.2 else other))
    assert _failed(states, CheckReason.ANOTHER_FACE)


def test_an_action_without_an_encoding_afterwards_does_not_pass() -> None:
    """Who never encodes never passes: the swap could not have been seen."""
    check, head, people = _check(Action.TURN_LEFT), Head(), MadeUpPeople()
    answer, state = Answering(), _check(Action.TURN_LEFT).state
    first = people.picture(people.person())
    for number in range(1, 300):
        pose = answer(number / 15, state)
        encoding = first if number <= 4 else None
        state = check.see(head.look(yaw=pose.yaw), 1, number / 15, encoding)
    assert state.status is CheckStatus.FAILED
    assert state.done == 0


def test_a_turn_that_was_not_encoded_on_its_way_is_asked_for_again() -> None:
    """Somebody else could have turned: encodings of looks straight ahead say nothing of it."""
    check, head, people = _check(Action.TURN_LEFT), Head(), MadeUpPeople()
    person, answer, state = people.person(), Answering(), check.state
    asked = 0
    for number in range(1, 220):
        pose = answer(number / 15, state)
        wanted = check.wants_encoding and abs(pose.yaw) < 4
        before = state.asked
        encoding = people.picture(person) if wanted else None
        state = check.see(head.look(yaw=pose.yaw), 1, number / 15, encoding)
        asked += before is None and state.asked is Action.TURN_LEFT
    assert asked >= 2
    assert state.done == 0
    assert state.status is CheckStatus.WAITING


@pytest.mark.parametrize("spoilt", ["nan", "shape", "time", "encoding", "zeros"])
def test_numbers_that_are_none_fail(spoilt: str) -> None:
    """Not a number, a wrong shape, an empty encoding: never a pass, never a traceback."""
    check, landmarks = _check(), Head().look()
    encoding = MadeUpPeople().picture(MadeUpPeople().person())
    if spoilt == "nan":
        landmarks[30, 0] = math.nan
    elif spoilt == "shape":
        landmarks = landmarks[:5]
    elif spoilt == "encoding":
        encoding[7] = math.inf
    elif spoilt == "zeros":
        encoding = np.zeros(128)
    state = check.see(landmarks, 1, math.nan if spoilt == "time" else 0.1, encoding)
    assert state.status is CheckStatus.FAILED
    assert state.reason is CheckReason.UNREADABLE


def test_another_person_during_the_turn_is_a_swap() -> None:
    """A photograph looks straight, before and after; somebody else turns in between."""
    people = MadeUpPeople()
    one, other = people.person(), people.person()
    shown: list[Pose] = [Pose()]
    answer = Answering()

    def pose(t: float, state: CheckState) -> Pose:
        shown.append(answer(t, state))
        return shown[-1]

    states = play(
        _check(Action.TURN_LEFT),
        pose,
        face=lambda _t: people.picture(other if shown[-1].yaw > 10 else one),
    )
    assert _failed(states, CheckReason.ANOTHER_FACE)


def test_a_picture_turned_until_its_nose_is_off_is_flat() -> None:
    """Far too narrow for so small a turn."""
    check, card, people = _check(Action.TURN_LEFT), Head(flat=True), MadeUpPeople()
    person = people.person()
    for number in range(1, 40):
        t = number / 15
        landmarks = card.look(yaw=50 if t > 1.5 else 0)
        if t > 1.5:
            landmarks[30] += 0.3 * (landmarks[45] - landmarks[36])
        state = check.see(landmarks, 1, t, people.picture(person))
    assert state.status is CheckStatus.FAILED
    assert state.reason is CheckReason.FLAT


def test_an_encoding_of_another_length_is_another_face() -> None:
    """128 and 512 numbers are never compared."""
    check, head = _check(), Head()
    check.see(head.look(), 1, 0.1, np.ones(128))
    assert check.see(head.look(), 1, 0.2, np.ones(512)).reason is CheckReason.ANOTHER_FACE


def test_a_failed_check_stays_failed() -> None:
    """Nothing that comes later makes it good."""
    check = _check()
    play(check, lambda _t, _s: None)
    later = play(check, Answering())
    assert _failed(later, CheckReason.NO_FACE)


def test_looks_from_the_past_are_left_out() -> None:
    """A stale frame changes nothing, not even the time left."""
    check, head = _check(), Head()
    check.see(head.look(), 1, 1.0)
    before = check.state
    assert check.see(head.look(), 1, 0.5) == before
    assert check.see(None, None, 1.0) == before
