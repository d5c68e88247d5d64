"""Signing in at a checkpoint to enrol: who is let in, what is written, and until when."""

from pathlib import Path

import pytest

from server.accounts import Accounts, SignInRefused
from server.audit import Audit
from server.audit_records import DONE, REFUSED
from server.enroller_accounts import EnrollerAccounts
from server.permissions import Action, NotAllowed, Role
from server.sign_in_waits import FREE_TRIES_AT_CHECKPOINT
from server.stands import Stands
from tests.server.office import GOOD, OTHER, Clock, accounts_in, audit_in


class Office:
    """Accounts and an audit log, as a checkpoint sees them."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.accounts: Accounts = accounts_in(folder, self.clock)
        self.audit: Audit = audit_in(folder)
        self.there = EnrollerAccounts(self.accounts, self.audit, Stands(self.audit, {}))

    def records(self) -> list[tuple[str, str, str, dict[str, object]]]:
        """Actor, action, outcome and details of what was written, oldest first."""
        return [
            (entry.actor, entry.action, entry.outcome, dict(entry.details))
            for entry in self.audit.verify().entries
            if entry.action == "sign in"
        ]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """With one who may enrol and one who may not."""
    made = Office(tmp_path)
    made.accounts.add("Kim Lee", Role.ENROLLER, GOOD)
    made.accounts.add("Val", Role.VIEWER, OTHER)
    return made


@pytest.mark.parametrize("role", [role for role in Role if role.of_people])
def test_those_are_let_in_whose_role_may_enrol(role: Role, tmp_path: Path) -> None:
    """By the table; the others are told so after the right password, and it is written."""
    office = Office(tmp_path)
    account = office.accounts.add("Somebody", role, GOOD)
    who = f"account:{account.account_id}"
    if role in (Role.ENROLLER, Role.ADMINISTRATOR):
        there = office.there.sign_in("lobby-1", "somebody", GOOD)
        assert (there.actor.name, there.actor.role) == (who, role)
        assert there.actor.origin == "checkpoint:lobby-1"
        assert office.records() == [(who, "sign in", DONE, {"checkpoint": "lobby-1"})]
        assert there.account.last_sign_in_ms == office.clock.now_ms
        return
    with pytest.raises(NotAllowed) as refused:
        office.there.sign_in("lobby-1", "somebody", GOOD)
    assert refused.value.action is Action.ENROL_SIGNED_IN
    details = {"checkpoint": "lobby-1", "reason": "role"}
    assert office.records() == [(who, "sign in", REFUSED, details)]
    kept = office.accounts.get(account.account_id)
    assert kept is not None
    assert kept.last_sign_in_ms is None, "they were not signed in"


def test_a_wrong_password_is_written_without_what_was_typed(office: Office) -> None:
    """Where it was, and not what: it may be a password in the field of the name."""
    with pytest.raises(SignInRefused, match="name or the password is wrong"):
        office.there.sign_in("lobby-1", GOOD, OTHER)
    (record,) = office.records()
    assert record == ("nobody", "sign in", REFUSED, {"checkpoint": "lobby-1", "wait_s": 0})
    assert GOOD not in office.audit.path.read_text(encoding="utf-8")


def test_a_checkpoint_cannot_be_used_to_guess(office: Office) -> None:
    """After a few wrong ones nothing is looked at there, whatever the name; elsewhere it is."""
    for number in range(FREE_TRIES_AT_CHECKPOINT):
        with pytest.raises(SignInRefused) as refused:
            office.there.sign_in("lobby-1", f"name {number}", OTHER)
        assert refused.value.looked_at
    for name in ("name 99", "Kim Lee"):
        with pytest.raises(SignInRefused, match="Too many wrong passwords") as refused:
            office.there.sign_in("lobby-1", name, GOOD)
        assert not refused.value.looked_at
    assert len(office.records()) == FREE_TRIES_AT_CHECKPOINT
    office.there.sign_in("gate-2", "Kim Lee", GOOD)
    office.accounts.sign_in("Kim Lee", GOOD)
    office.clock.go(refused.value.wait_s)
    office.there.sign_in("lobby-1", "Kim Lee", GOOD)


def test_the_right_password_of_one_buys_no_guesses_at_another(office: Office) -> None:
    """An enroller who guesses the administrator's in between waits like everybody."""
    for number in range(FREE_TRIES_AT_CHECKPOINT):
        office.there.sign_in("lobby-1", "Kim Lee", GOOD)
        with pytest.raises(SignInRefused) as refused:
            office.there.sign_in("lobby-1", f"name {number}", OTHER)
        assert refused.value.looked_at
    with pytest.raises(SignInRefused) as refused:
        office.there.sign_in("lobby-1", "Kim Lee", GOOD)
    assert not refused.value.looked_at


def test_it_is_worth_nothing_once_the_account_is_another(office: Office) -> None:
    """Another role, another password, removed: each at once."""
    kim = next(one.account_id for one in office.accounts.list() if one.name == "Kim Lee")
    office.accounts.add("Boss", Role.ADMINISTRATOR, GOOD)
    there = office.there.sign_in("lobby-1", "Kim Lee", GOOD)
    assert office.there.still(there)
    office.accounts.set_role(kim, Role.ADMINISTRATOR)
    assert not office.there.still(there)
    there = office.there.sign_in("lobby-1", "Kim Lee", GOOD)
    assert office.there.still(there)
    office.accounts.set_password(kim, OTHER)
    assert not office.there.still(there)
    there = office.there.sign_in("lobby-1", "Kim Lee", OTHER)
    assert office.there.still(there)
    office.accounts.remove(kim)
    assert not office.there.still(there)
