"""Accounts: who may sign in, sealed, throttled, and never without an administrator."""

from pathlib import Path

import pytest

from security.passwords import Passwords, WeakPassword
from server.accounts import Accounts, LastAdministrator, SignInRefused
from server.accounts_file import AccountsProblem
from server.permissions import Role
from server.sign_in_waits import FREE_TRIES_AT_CHECKPOINT, LONGEST_WAIT_S
from tests.server.office import CHEAP, GOOD, OTHER, Clock, MadeUpVault, accounts_in


def refusal(accounts: Accounts, name: str, password: str) -> SignInRefused:
    """Why somebody is not let in."""
    with pytest.raises(SignInRefused) as found:
        accounts.sign_in(name, password)
    return found.value


def test_nobody_can_sign_in_before_there_is_an_account(tmp_path: Path) -> None:
    """There is no default name and no default password."""
    accounts = accounts_in(tmp_path)
    assert accounts.list() == ()
    for name in ("administrator", "admin", "root", ""):
        for password in ("", "admin", "administrator", "password", GOOD):
            refusal(accounts_in(tmp_path / name / (password or "none")), name, password)


def test_an_account_signs_in_with_its_password_alone(tmp_path: Path) -> None:
    """The name in upper or lower case alike; when it was is remembered."""
    clock = Clock()
    accounts = accounts_in(tmp_path, clock)
    made = accounts.add("Grid Master", Role.ADMINISTRATOR, GOOD)
    clock.go(60)
    assert accounts.sign_in("grid  MASTER", GOOD).account_id == made.account_id
    assert "wrong" in str(refusal(accounts, "Grid Master", OTHER))
    (account,) = accounts_in(tmp_path, clock).list()
    assert (account.role, account.created_at_ms) == (Role.ADMINISTRATOR, clock.now_ms - 60_000)
    assert account.last_sign_in_ms == clock.now_ms
    assert account.failed == 1


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaaaa", "Password2026!", "grid master 1"]
)
def test_weak_passwords_are_refused_everywhere(tmp_path: Path, password: str) -> None:
    """For a new account and for a new password of an old one."""
    accounts = accounts_in(tmp_path)
    with pytest.raises(WeakPassword):
        accounts.add("Grid Master", Role.ADMINISTRATOR, password)
    made = accounts.add("Grid Master", Role.ADMINISTRATOR, GOOD)
    with pytest.raises(WeakPassword):
        accounts.set_password(made.account_id, password)
    accounts.sign_in("Grid Master", GOOD)


def test_waits_grow_survive_a_restart_and_end(tmp_path: Path) -> None:
    """While one lasts the right password is not looked at either; afterwards it is."""
    clock = Clock()
    accounts = accounts_in(tmp_path, clock)
    accounts.add("administrator", Role.ADMINISTRATOR, GOOD)
    waits = []
    for _ in range(8):
        refused = refusal(accounts, "administrator", OTHER)
        waits.append(refused.wait_s)
        accounts = accounts_in(tmp_path, clock)
        if refused.wait_s:
            assert "Try again in" in str(refused)
            assert refusal(accounts, "administrator", GOOD).wait_s == refused.wait_s
            clock.go(refused.wait_s)
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32]
    accounts.sign_in("administrator", GOOD)
    assert refusal(accounts, "administrator", OTHER).wait_s == 0


def test_an_unknown_name_costs_the_same_work_and_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody learns from the sentence, the wait or the time which names there are."""
    asked: list[bool] = []
    matches = Passwords.matches

    def count(self: Passwords, kept: str | None, password: str) -> bool:
        asked.append(kept is not None)
        return matches(self, kept, password)

    monkeypatch.setattr(Passwords, "matches", count)
    told: dict[str, list[tuple[str, int]]] = {}
    for name in ("administrator", "nobody"):
        clock = Clock()
        accounts = accounts_in(tmp_path / name, clock)
        accounts.add("administrator", Role.ADMINISTRATOR, GOOD)
        told[name] = []
        for _ in range(7):
            refused = refusal(accounts, name, OTHER)
            told[name].append((str(refused), refused.wait_s))
            clock.go(refused.wait_s)
    assert told["administrator"] == told["nobody"]
    assert asked == [True] * 7 + [False] * 7


def test_a_try_counts_although_the_program_is_ended_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written before the password is looked at."""
    accounts = accounts_in(tmp_path)
    accounts.add("administrator", Role.ADMINISTRATOR, GOOD)

    def die(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Passwords, "matches", die)
    with pytest.raises(KeyboardInterrupt):
        accounts.sign_in("administrator", OTHER)
    assert accounts_in(tmp_path).list()[0].failed == 1


def test_the_last_administrator_stays_one(tmp_path: Path) -> None:
    """Neither removed nor given another role; with a second one, either can go."""
    accounts = accounts_in(tmp_path)
    first = accounts.add("first", Role.ADMINISTRATOR, GOOD)
    viewer = accounts.add("viewer", Role.VIEWER, GOOD)
    with pytest.raises(LastAdministrator):
        accounts.remove(first.account_id)
    for role in (Role.VIEWER, Role.OPERATOR, Role.ENROLLER, Role.AUDITOR):
        with pytest.raises(LastAdministrator):
            accounts.set_role(first.account_id, role)
    accounts.set_role(first.account_id, Role.ADMINISTRATOR)
    accounts.set_role(viewer.account_id, Role.ADMINISTRATOR)
    accounts.remove(first.account_id)
    with pytest.raises(LastAdministrator):
        accounts.remove(viewer.account_id)
    assert [one.name for one in accounts.list()] == ["viewer"]


def test_a_removed_account_is_gone_but_for_its_name(tmp_path: Path) -> None:
    """The audit log names its id: somebody has to be able to say who that was."""
    accounts = accounts_in(tmp_path)
    accounts.add("first", Role.ADMINISTRATOR, GOOD)
    gone = accounts.add("gone", Role.VIEWER, GOOD)
    accounts.remove(gone.account_id)
    refusal(accounts, "gone", GOOD)
    assert accounts.get(gone.account_id) is None
    assert accounts.names()[gone.account_id] == "gone"
    for act in (
        lambda: accounts.remove(gone.account_id),
        lambda: accounts.set_role(gone.account_id, Role.VIEWER),
        lambda: accounts.set_password(gone.account_id, GOOD),
    ):
        with pytest.raises(AccountsProblem, match="not there"):
            act()


def test_names_are_there_once_and_roles_are_people_s(tmp_path: Path) -> None:
    """Upper and lower case alike; a checkpoint's role is nobody's."""
    accounts = accounts_in(tmp_path)
    accounts.add("Ada", Role.ADMINISTRATOR, GOOD)
    with pytest.raises(AccountsProblem, match="already"):
        accounts.add("aDA", Role.VIEWER, GOOD)
    for name in ("", "  ", "a\nb", "x" * 61):
        with pytest.raises(AccountsProblem):
            accounts.add(name, Role.VIEWER, GOOD)
    for role in (Role.DEVICE, Role.ENROLLING_DEVICE):
        with pytest.raises(AccountsProblem, match="checkpoint"):
            accounts.add("Bob", role, GOOD)
    assert len(accounts.list()) == 1


def test_a_new_password_takes_the_place_of_the_old_and_ends_waits(tmp_path: Path) -> None:
    """So that the command line helps an administrator who is kept waiting."""
    accounts = accounts_in(tmp_path)
    made = accounts.add("administrator", Role.ADMINISTRATOR, GOOD)
    for _ in range(5):
        refusal(accounts, "administrator", "wrong again and again")
    accounts.set_password(made.account_id, OTHER)
    accounts.sign_in("administrator", OTHER)
    refusal(accounts, "administrator", GOOD)


def test_a_hash_of_an_older_cost_is_made_again_at_sign_in(tmp_path: Path) -> None:
    """Nobody has to think of it."""
    path = tmp_path / "accounts.sealed"
    sealer = MadeUpVault().sealer("accounts")
    Accounts(path, sealer, passwords=CHEAP).add("administrator", Role.ADMINISTRATOR, GOOD)
    dearer = Passwords(passes=2, memory_kib=64, lanes=1)
    accounts = Accounts(path, sealer, passwords=dearer)
    accounts.sign_in("administrator", GOOD)
    assert not dearer.outdated(accounts.list()[0].kept)
    accounts.sign_in("administrator", GOOD)


def test_who_waits_at_a_checkpoint_is_let_sign_in_again(tmp_path: Path) -> None:
    """The checkpoint's tries and those of the name typed there; what waits elsewhere goes on."""
    clock = Clock()
    accounts = accounts_in(tmp_path, clock)
    accounts.add("Kim Lee", Role.ENROLLER, GOOD)
    for _ in range(FREE_TRIES_AT_CHECKPOINT + 4):
        clock.go(LONGEST_WAIT_S)
        with pytest.raises(SignInRefused):
            accounts.sign_in("Kim Lee", OTHER, checkpoint_id="lobby-1")
        with pytest.raises(SignInRefused):
            accounts.sign_in("somebody", OTHER)
    waiting = accounts.waiting_at()
    assert list(waiting) == ["lobby-1"]
    assert clock.now_ms < waiting["lobby-1"] <= clock.now_ms + 1000 * LONGEST_WAIT_S
    with pytest.raises(SignInRefused, match="Too many wrong passwords"):
        accounts.sign_in("Kim Lee", GOOD, checkpoint_id="lobby-1")
    again = accounts_in(tmp_path, clock)  # from the file
    assert again.let_sign_in_again("lobby-1") == waiting["lobby-1"]
    assert again.let_sign_in_again("lobby-1") == 0
    assert accounts.waiting_at() == {}
    accounts.sign_in("Kim Lee", GOOD, checkpoint_id="lobby-1")
    with pytest.raises(SignInRefused, match="Too many wrong passwords"):
        accounts.sign_in("somebody", OTHER)
