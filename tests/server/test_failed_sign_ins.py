"""Who tried to sign in with somebody's name: told once, to them, also after a restart."""

from pathlib import Path

import pytest

from server.accounts import Accounts, SignInRefused
from server.administration import SIGN_IN, Administration
from server.audit import Audit
from server.audit_records import REFUSED
from server.failed_sign_ins import FailedSignIns
from server.permissions import Actor, Role
from tests.server.office import GOOD, OTHER, Clock, accounts_in, audit_in


def office(folder: Path, clock: Clock) -> tuple[Administration, Accounts, Audit]:
    """Accounts and log as a start finds them."""
    accounts, audit = accounts_in(folder, clock), audit_in(folder)
    return Administration(accounts, audit), accounts, audit


def wrong(administration: Administration, name: str, times: int) -> None:
    """Wrong passwords for a name."""
    for _ in range(times):
        with pytest.raises(SignInRefused):
            administration.sign_in(name, OTHER)


def test_told_to_the_one_whose_name_it_was(tmp_path: Path) -> None:
    """Those before their last sign-in are not told again; others' and made-up names never."""
    clock = Clock()
    administration, accounts, _ = office(tmp_path, clock)
    boss = administration.first_administrator("ada", GOOD)
    assert administration.failed_before(boss) is None
    administration.add_account(boss, "eve", Role.VIEWER, GOOD)
    wrong(administration, "Ada ", 2)
    wrong(administration, "nobody", 1)
    wrong(administration, "eve", 1)
    clock.go(3600)
    again, _, audit = office(tmp_path, clock)
    entries = [one for one in audit.verify().entries if one.outcome == REFUSED]
    ada = again.sign_in("ada", GOOD)
    found = again.failed_before(ada)
    assert found == FailedSignIns(2, entries[1].at_ms, 0, ever=False)
    assert again.failed_before(again.sign_in("ada", GOOD)) is None
    eve = again.sign_in("eve", GOOD)
    found = again.failed_before(eve)
    assert found is not None
    assert (found.count, found.ever) == (1, False)
    assert again.failed_before(ada) is None
    assert {one.name for one in accounts.list()} == {"ada", "eve"}


def test_tries_at_a_checkpoint_are_told_too(tmp_path: Path) -> None:
    """And a sign-in there does not take the news away from the window."""
    clock = Clock()
    administration, _, audit = office(tmp_path, clock)
    boss = administration.first_administrator("ada", GOOD)
    administration.sign_in("ada", GOOD)
    wrong(administration, "ada", 1)
    account = boss.name.partition(":")[2]
    there = "checkpoint:gate-1"
    audit.record(SIGN_IN, Actor("nobody", Role.VIEWER, there), account, outcome=REFUSED)
    audit.record(SIGN_IN, Actor(boss.name, boss.role, there))
    found = administration.failed_before(administration.sign_in("ada", GOOD))
    assert found is not None
    assert (found.count, found.elsewhere, found.ever) == (2, 1, True)
