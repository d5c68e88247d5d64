"""The table of permissions, written a second time: a change has to be meant."""

import pytest

from server.permissions import ROLE_WORDS, TABLE, Action, Actor, NotAllowed, Role

#            V  O  E  A  U  D  F
_MEANT = """
view state           V  O  E  A  U  .  .
view history         V  O  .  A  .  .  .
export history       .  O  .  A  .  .  .
view people          .  O  E  A  .  .  .
enrol photos         .  .  E  A  .  .  .
rename person        .  .  E  A  .  .  .
note consent         .  .  E  A  .  .  .
view consent text    .  O  E  A  U  .  .
change consent text  .  .  .  A  .  .  .
delete person        .  .  E  A  .  .  .
erase person         .  .  .  A  .  .  .
export person        .  .  .  A  .  .  .
import people        .  .  .  A  .  .  .
export people        .  .  .  A  .  .  .
forget strangers     .  .  .  A  .  .  .
evaluate             .  .  .  A  .  .  .
view log             .  O  .  A  U  .  .
start server         .  O  .  A  .  .  .
stop server          .  O  .  A  .  .  .
view settings        .  .  .  A  U  .  .
change settings      .  .  .  A  .  .  .
add checkpoint       .  .  .  A  .  .  .
rename checkpoint    .  .  .  A  .  .  .
revoke checkpoint    .  .  .  A  .  .  .
set who enrols at checkpoint  .  .  .  A  .  .  .
let try again        .  O  E  A  .  .  .
let sign in again    .  .  .  A  .  .  .
accept history       .  .  .  A  .  .  .
dismiss alarm        .  .  .  A  U  .  .
back up              .  O  .  A  .  .  .
confirm clock        .  .  .  A  .  .  .
restore              .  .  .  A  .  .  .
manage keys          .  .  .  A  .  .  .
view accounts        .  .  .  A  U  .  .
manage accounts      .  .  .  A  .  .  .
change own password  V  O  E  A  U  .  .
view audit           .  .  .  A  U  .  .
export audit         .  .  .  A  U  .  .
identify             .  .  .  .  .  D  F
enrol at checkpoint  .  .  .  .  .  .  F
enrol signed in      .  .  E  A  .  .  .
"""
_COLUMNS = (
    Role.VIEWER,
    Role.OPERATOR,
    Role.ENROLLER,
    Role.ADMINISTRATOR,
    Role.AUDITOR,
    Role.DEVICE,
    Role.ENROLLING_DEVICE,
)


def meant() -> dict[tuple[Role, Action], bool]:
    """Every cell."""
    cells = {}
    for line in _MEANT.strip().splitlines():
        words = line.split()
        action = Action(" ".join(words[: -len(_COLUMNS)]))
        for role, sign in zip(_COLUMNS, words[-len(_COLUMNS) :], strict=True):
            cells[role, action] = sign != "."
    return cells


def test_every_cell_of_the_table_is_meant() -> None:
    """Every role with every action, none left out."""
    cells = meant()
    assert len(cells) == len(Role) * len(Action)
    for (role, action), allowed in cells.items():
        assert (action in TABLE[role]) is allowed, (role, action)
        assert Actor("account:1", role).may(action) is allowed


def test_the_administrator_may_do_all_that_people_do() -> None:
    """And no person may be taken for a checkpoint, nor the other way round."""
    for role in Role:
        if role.of_people:
            assert TABLE[role] <= TABLE[Role.ADMINISTRATOR]
            assert role in ROLE_WORDS
        else:
            assert not TABLE[role] & TABLE[Role.ADMINISTRATOR]


def test_nothing_lets_anybody_change_the_audit_log() -> None:
    """Seeing it and writing it out is all there is."""
    about = {action for action in Action if "audit" in action}
    assert about == {Action.VIEW_AUDIT, Action.EXPORT_AUDIT}


@pytest.mark.parametrize("may_enrol", [True, False])
def test_a_checkpoint_is_an_actor_of_its_own(may_enrol: bool) -> None:
    """It identifies; it enrols where the administrator lets it."""
    actor = Actor.device("lobby", may_enrol=may_enrol, origin="10.0.0.7")
    assert actor.name == "checkpoint:lobby"
    assert actor.may(Action.IDENTIFY)
    assert actor.may(Action.ENROL_AT_CHECKPOINT) is may_enrol


def test_a_refusal_is_a_sentence() -> None:
    """With the role and what was wanted."""
    refused = NotAllowed(Actor("account:1", Role.VIEWER), Action.DELETE_PERSON)
    assert str(refused) == "Your role (viewer) may not do this: delete person."
