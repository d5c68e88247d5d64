"""The service layer: who may, and that it is written, before anything is done."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from security.passwords import WeakPassword
from server.accounts import LastAdministrator, SignInRefused
from server.accounts_file import AccountsProblem
from server.administration import Administration, command_line, id_of
from server.audit import Audit, AuditProblem
from server.audit_records import Entry
from server.permissions import TABLE, Action, Actor, NotAllowed, Role
from tests.server.office import GOOD, OTHER, accounts_in, administration_in, audit_in

PEOPLE = [role for role in Role if role.of_people]


def signed_in(administration: Administration, role: Role) -> Actor:
    """An account of this role, signed in; the first administrator is made when there is none."""
    if administration.without_password:
        administration.first_administrator("first", GOOD)
    boss = administration.sign_in("first", GOOD)
    administration.add_account(boss, f"some {role}", role, GOOD)
    return administration.sign_in(f"some {role}", GOOD)


def last(audit: Audit) -> Entry:
    """The newest record."""
    return audit.verify().entries[-1]


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("role", list(Role))
def test_every_role_with_every_action(tmp_path: Path, role: Role, action: Action) -> None:
    """Allowed ones are done and written; refused ones are written and not done."""
    administration, _, audit = administration_in(tmp_path)
    actor = Actor("checkpoint:lobby", role) if not role.of_people else Actor("os:root", role)
    done: list[str] = []
    allowed = action in TABLE[role]
    if allowed:
        administration.act(actor, action, lambda: done.append("x"), target="thing-1")
    else:
        with pytest.raises(NotAllowed, match=str(action)):
            administration.act(actor, action, lambda: done.append("x"), target="thing-1")
    assert bool(done) is allowed
    (entry,) = audit.verify().entries
    assert (entry.action, entry.actor, entry.role) == (str(action), actor.name, str(role))
    assert (entry.outcome, entry.target) == ("allowed" if allowed else "refused", "thing-1")


def test_what_cannot_be_written_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk stops acts, not only their records."""
    administration, _, _ = administration_in(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.audit_files.os.fsync", full)
    done: list[str] = []
    with pytest.raises(AuditProblem):
        administration.act(command_line(), Action.BACK_UP, lambda: done.append("x"))
    assert done == []


def test_what_fails_is_written_as_failed(tmp_path: Path) -> None:
    """With the kind of error and without its words, which may name somebody."""
    administration, _, audit = administration_in(tmp_path)

    def fail() -> None:
        raise KeyError("Grace Hopper")

    with pytest.raises(KeyError):
        administration.act(command_line(), Action.DELETE_PERSON, fail, target="person-1")
    assert [entry.outcome for entry in audit.verify().entries] == ["allowed", "failed"]
    assert last(audit).details == {"reason": "KeyError"}
    assert b"Grace" not in audit.path.read_bytes()


def test_the_first_administrator_is_made_once(tmp_path: Path) -> None:
    """With a password of their own, and by nobody who comes later."""
    administration, accounts, audit = administration_in(tmp_path)
    assert administration.without_password
    with pytest.raises(WeakPassword):
        administration.first_administrator("administrator", "administrator")
    actor = administration.first_administrator("administrator", GOOD)
    assert actor.role is Role.ADMINISTRATOR
    assert administration.name_of(actor) == "administrator"
    (account,) = accounts.list()
    assert account.last_sign_in_ms == account.created_at_ms
    assert not administration.without_password
    with pytest.raises(NotAllowed):
        administration.first_administrator("second", OTHER)
    assert len(accounts.list()) == 1
    assert [entry.outcome for entry in audit.verify().entries] == ["done", "refused"]


def test_signing_in_is_written_and_what_was_typed_is_not(tmp_path: Path) -> None:
    """A password in the field of the name stays out of the log."""
    administration, _, audit = administration_in(tmp_path)
    administration.first_administrator("administrator", GOOD)
    actor = administration.sign_in("administrator", GOOD)
    assert (last(audit).action, last(audit).actor) == ("sign in", actor.name)
    with pytest.raises(SignInRefused):
        administration.sign_in(OTHER, GOOD)
    assert (last(audit).action, last(audit).outcome) == ("sign in", "refused")
    content = audit.path.read_bytes()
    assert OTHER.encode() not in content
    assert GOOD.encode() not in content


@pytest.mark.parametrize("role", [role for role in PEOPLE if role is not Role.ADMINISTRATOR])
def test_only_an_administrator_manages_accounts(tmp_path: Path, role: Role) -> None:
    """Every act on accounts, by everybody else, one's own account among them."""
    administration, accounts, _ = administration_in(tmp_path)
    actor = signed_in(administration, role)
    own = id_of(actor) or ""
    before = accounts.list()
    acts: list[Callable[[], object]] = [
        lambda: administration.add_account(actor, "new", Role.VIEWER, GOOD),
        lambda: administration.set_role(actor, own, Role.ADMINISTRATOR),
        lambda: administration.reset_password(actor, before[0].account_id, OTHER),
        lambda: administration.remove_account(actor, own),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert accounts.list() == before


def test_an_administrator_manages_accounts(tmp_path: Path) -> None:
    """Adds, changes, resets and removes; the log has ids and never a name or a password."""
    administration, accounts, audit = administration_in(tmp_path)
    boss = administration.first_administrator("Katherine Johnson", GOOD)
    made = administration.add_account(boss, "Grace Hopper", Role.VIEWER, GOOD)
    assert (last(audit).outcome, last(audit).target) == ("done", made.account_id)
    administration.set_role(boss, made.account_id, Role.OPERATOR)
    administration.reset_password(boss, made.account_id, OTHER)
    assert administration.sign_in("grace hopper", OTHER).role is Role.OPERATOR
    administration.remove_account(boss, made.account_id)
    assert [one.name for one in accounts.list()] == ["Katherine Johnson"]
    with pytest.raises(LastAdministrator):
        administration.remove_account(boss, id_of(boss) or "")
    assert last(audit).outcome == "failed"
    for word in (b"Grace", b"Katherine", OTHER.encode(), GOOD.encode()):
        assert word not in audit.path.read_bytes()
    assert administration.names(boss)[made.account_id] == "Grace Hopper"


@pytest.mark.parametrize("change", ["role", "removed"])
def test_a_changed_account_loses_what_it_was_signed_in_with(tmp_path: Path, change: str) -> None:
    """At once, and not at the next sign-in."""
    administration, _, _ = administration_in(tmp_path)
    actor = signed_in(administration, Role.OPERATOR)
    boss = administration.sign_in("first", GOOD)
    assert administration.may(actor, Action.STOP_SERVER)
    if change == "role":
        administration.set_role(boss, id_of(actor) or "", Role.VIEWER)
    else:
        administration.remove_account(boss, id_of(actor) or "")
    assert not administration.may(actor, Action.STOP_SERVER)
    with pytest.raises(NotAllowed):
        administration.act(actor, Action.STOP_SERVER, lambda: None)


@pytest.mark.parametrize("role", PEOPLE)
def test_everybody_changes_their_own_password_and_nobody_without_the_old_one(
    tmp_path: Path, role: Role
) -> None:
    """Whoever finds an unlocked window does not get the account."""
    administration, _, _ = administration_in(tmp_path)
    actor = signed_in(administration, role)
    with pytest.raises(SignInRefused):
        administration.change_own_password(actor, "a wrong old password", OTHER)
    with pytest.raises(WeakPassword):
        administration.change_own_password(actor, GOOD, "password")
    administration.change_own_password(actor, GOOD, OTHER)
    assert administration.sign_in(f"some {role}", OTHER).name == actor.name
    with pytest.raises((AccountsProblem, NotAllowed)):
        administration.change_own_password(command_line(), GOOD, OTHER)


@pytest.mark.parametrize("role", PEOPLE)
def test_who_sees_accounts_and_the_audit_log(tmp_path: Path, role: Role) -> None:
    """The administrator and the auditor."""
    administration, _, _ = administration_in(tmp_path)
    actor = signed_in(administration, role)
    looks: list[Callable[[], object]] = [
        lambda: administration.accounts(actor),
        lambda: administration.names(actor),
        lambda: administration.verified(actor),
        lambda: administration.export_audit(actor, tmp_path / "out.jsonl"),
    ]
    for look in looks:
        if role in (Role.ADMINISTRATOR, Role.AUDITOR):
            look()
        else:
            with pytest.raises(NotAllowed):
                look()


def test_the_log_is_written_out_as_it_is_or_as_a_table(tmp_path: Path) -> None:
    """The signed lines can be verified elsewhere, the table is for a spreadsheet."""
    administration, _, audit = administration_in(tmp_path)
    boss = administration.first_administrator("administrator", GOOD)
    administration.act(boss, Action.RENAME_PERSON, lambda: None, target="person-1")
    assert administration.export_audit(boss, tmp_path / "log.jsonl") == 3
    assert (tmp_path / "log.jsonl").read_bytes() == audit.path.read_bytes()
    assert administration.export_audit(boss, tmp_path / "log.csv") == 4
    rows = list(csv.DictReader((tmp_path / "log.csv").read_text("utf-8").splitlines()))
    assert [row["action"] for row in rows][1:] == ["rename person", "export audit", "export audit"]
    assert rows[1]["target"] == "person-1"
    assert rows[1]["at_ms"].startswith("20")


def test_the_command_line_is_whoever_owns_the_folder() -> None:
    """With the system's name for them."""
    actor = command_line()
    assert actor.role is Role.ADMINISTRATOR
    assert actor.name.startswith("os:")
    assert actor.origin == "command line"
    assert id_of(actor) is None


def test_why_an_act_failed_is_said_although_the_log_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first problem is what somebody can do something about."""
    accounts, audit = accounts_in(tmp_path), audit_in(tmp_path)
    office = Administration(accounts, audit)

    def fails() -> None:
        monkeypatch.setattr(audit, "_meanwhile", lambda: "renewed")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        office.act(command_line(), Action.BACK_UP, fails)
