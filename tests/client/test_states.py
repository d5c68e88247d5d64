"""Tests of the two tables: every cell, reachability, and that an illegal signal changes nothing."""

import itertools
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from client.states import (
    CHECKPOINT_START,
    CHECKPOINT_TABLE,
    ENROLMENT_START,
    ENROLMENT_TABLE,
    CheckpointState,
    EnrolmentSignal,
    EnrolmentState,
    IllegalTransition,
    Signal,
    after,
    can,
)

TABLES = [
    (CHECKPOINT_TABLE, CHECKPOINT_START, CheckpointState, Signal),
    (ENROLMENT_TABLE, ENROLMENT_START, EnrolmentState, EnrolmentSignal),
]


@pytest.mark.parametrize(("table", "start", "states", "signals"), TABLES)
def test_every_cell_leads_somewhere_or_raises(
    table: Mapping[Any, Any], start: StrEnum, states: type[StrEnum], signals: type[StrEnum]
) -> None:
    """A cell that is not in the table raises with both names in the sentence."""
    for state, signal in itertools.product(states, signals):
        if can(table, state, signal):
            assert after(table, state, signal) in states
        else:
            with pytest.raises(IllegalTransition, match=str(signal.value)):
                after(table, state, signal)


@pytest.mark.parametrize(("table", "start", "states", "signals"), TABLES)
def test_every_state_can_be_reached_and_left(
    table: Mapping[Any, Any], start: StrEnum, states: type[StrEnum], signals: type[StrEnum]
) -> None:
    """From the start every state is reached, and from every state the start is."""

    def reached_from(first: StrEnum) -> set[StrEnum]:
        found, edge = {first}, [first]
        while edge:
            state = edge.pop()
            for signal in signals:
                if can(table, state, signal) and (to := after(table, state, signal)) not in found:
                    found.add(to)
                    edge.append(to)
        return found

    assert reached_from(start) == set(states)
    assert all(start in reached_from(state) for state in states)


@pytest.mark.parametrize("state", list(CheckpointState))
def test_a_lost_server_or_a_fault_is_noticed_in_every_state(state: CheckpointState) -> None:
    """Nothing a checkpoint does hides that its server or its camera is gone."""
    assert after(CHECKPOINT_TABLE, state, Signal.FAULT) is CheckpointState.FAULT
    wanted = CheckpointState.FAULT if state is CheckpointState.FAULT else CheckpointState.OFFLINE
    assert after(CHECKPOINT_TABLE, state, Signal.LINK_DOWN) is wanted


def test_a_verdict_goes_round() -> None:
    """Ready, capturing, awaiting, showing, and ready again."""
    state = CheckpointState.CONNECTING
    for signal, wanted in (
        (Signal.LINK_UP, CheckpointState.READY),
        (Signal.FACE_SEEN, CheckpointState.CAPTURING),
        (Signal.ASKED, CheckpointState.AWAITING_VERDICT),
        (Signal.ANSWERED, CheckpointState.SHOWING_VERDICT),
        (Signal.SHOWN, CheckpointState.READY),
    ):
        state = after(CHECKPOINT_TABLE, state, signal)
        assert state is wanted


def test_nothing_is_submitted_before_there_are_enough_samples() -> None:
    """Submitting has a place after reviewing, and after a rejection."""
    may = {state for state in EnrolmentState if can(ENROLMENT_TABLE, state, EnrolmentSignal.SUBMIT)}
    assert may == {EnrolmentState.REVIEWING, EnrolmentState.REJECTED}
