"""The tables: every cell, legal and illegal."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest

from protocol.states import (
    CLIENT_TABLE,
    SERVER_TABLE,
    ClientEvent,
    ClientState,
    IllegalTransition,
    Machine,
    ServerEvent,
    ServerState,
)

TABLES: dict[str, tuple[Mapping[Any, Mapping[Any, Any]], type[Enum], type[Enum]]] = {
    "server": (SERVER_TABLE, ServerState, ServerEvent),
    "client": (CLIENT_TABLE, ClientState, ClientEvent),
}
CELLS = [
    (side, state, event)
    for side, (_, states, events) in TABLES.items()
    for state in states
    for event in events
]


@pytest.mark.parametrize(("side", "state", "event"), CELLS, ids=str)
def test_every_cell_steps_or_changes_nothing(side: str, state: Any, event: Any) -> None:
    """A legal event leads where the table says; an illegal one raises and nothing changes."""
    table = TABLES[side][0]
    machine = Machine(table, state)
    if event in table[state]:
        assert machine.allows(event)
        machine.fire(event)
        assert machine.state is table[state][event]
    else:
        assert not machine.allows(event)
        with pytest.raises(IllegalTransition):
            machine.fire(event)
        assert machine.state is state


@pytest.mark.parametrize("side", TABLES)
def test_every_state_is_in_the_table_and_can_be_reached(side: str) -> None:
    """From the first state, and the last one from every other."""
    table, states, _ = TABLES[side]
    assert list(table) == list(states)
    reached = {next(iter(states))}
    for _round in states:
        reached |= {target for state in reached for target in table[state].values()}
    assert reached == set(states)
    assert all("CLOSED" in {target.name for target in table[state].values()} for state in states)


@pytest.mark.parametrize("side", TABLES)
def test_every_event_has_a_place(side: str) -> None:
    """No event is drawn that nothing uses."""
    table, _, events = TABLES[side]
    assert {event for steps in table.values() for event in steps} == set(events)


@pytest.mark.parametrize("side", TABLES)
def test_nothing_but_an_accepted_identity_leads_into_the_conversation(side: str) -> None:
    """No way round a certificate: pairing leads to the end of the connection, never to hello."""
    table, states, _ = TABLES[side]
    first = next(iter(states))
    for state in list(states)[1:]:
        assert "IDENTITY_ACCEPTED" not in {event.name for event in table[state]}
    reached = {first}
    for _round in states:
        reached |= {
            target
            for state in reached
            for event, target in table[state].items()
            if event.name != "IDENTITY_ACCEPTED"
        }
    names = {state.name for state in reached}
    assert names <= {"UNIDENTIFIED", "UNPAIRED", "PAIRING", "CLOSING", "CLOSED"}
    assert "PAIRING" in names


@pytest.mark.parametrize("side", TABLES)
def test_nothing_leads_back_from_the_end(side: str) -> None:
    """A closed conversation stays closed."""
    table, states, _ = TABLES[side]
    for state in states:
        if _over(state):
            assert all(_over(target) for target in table[state].values())


def _over(state: Enum) -> bool:
    return state.name in {"CLOSING", "CLOSED"}
