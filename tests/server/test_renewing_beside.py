"""Who works beside a renewal of the key, or after one that was cut short, spoils nothing."""

import io
from pathlib import Path
from typing import Any

import pytest

from server import renewing, swap
from server.account_tool import users
from server.accounts_file import AccountsProblem
from server.audit import SYSTEM, AuditProblem
from server.backup import BackupFailed, make_backup
from server.books import open_books
from server.data_folder import DataFolder
from server.meanwhile import RENEWED
from server.swap import NEW, NOTE, Plan
from server.vault import BEING_PUT, Vault, open_vault
from tests.server.lived_in import ANN, lived_in, renewed, state
from tests.server.office import GOOD as PASSWORD
from tests.support import taken


def test_who_opened_the_data_before_writes_nothing_more(tmp_path: Path) -> None:
    """No record, no sign-in, no copy, not even an alarm; each is told to run the command again."""
    lived = lived_in(tmp_path)
    folder, then = lived.folder, open_books(lived.folder, lived.vault)
    after = renewed(lived)
    before = state(folder)
    with pytest.raises(AuditProblem, match=RENEWED):
        then.audit.record("test", SYSTEM)
    for look in (then.audit.open, then.audit.verify, lambda: then.audit.entries(["test"])):
        with pytest.raises(AuditProblem, match=RENEWED):
            look()
    with pytest.raises(AccountsProblem, match=RENEWED):
        then.administration.sign_in(ANN, PASSWORD)
    with pytest.raises(AccountsProblem, match=RENEWED):
        then.accounts.list()
    with pytest.raises(BackupFailed, match=RENEWED):
        make_backup(folder, lived.vault, tmp_path)
    assert state(folder) == before
    assert open_books(folder, after).audit.verify().whole


def test_nobody_comes_between_the_last_look_and_the_new_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The locks of log, accounts and copies are held until all is in place."""
    lived = lived_in(tmp_path)
    folder, held = lived.folder, list[bool]()
    locks = (
        folder.audit / "audit.lock",
        folder.keys / "accounts.lock",
        folder.keys / "copies.lock",
    )

    def watch(name: str) -> None:
        real = getattr(swap, name)

        def watched(root: Path, *rest: Plan) -> object:
            if root != folder.root or not folder.locked or not (root / NEW).exists():
                return real(root, *rest)
            held.extend(taken(one) for one in locks)
            done = real(root, *rest)
            held.extend(taken(one) for one in locks)
            return done

        monkeypatch.setattr(swap, name, watched)

    watch("begin")
    watch("finish")
    renewed(lived)
    assert held == [True] * 12
    assert not any(taken(one) for one in locks)


def test_a_record_of_before_the_last_look_is_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another program, since this one read the log: the chain goes on from it."""
    lived = lived_in(tmp_path)
    folder, other = lived.folder, open_books(lived.folder, lived.vault).audit
    real = renewing.new_vault

    def wrote(*args: Any, **kwargs: Any) -> Vault:
        other.record("of another program", SYSTEM)
        return real(*args, **kwargs)

    monkeypatch.setattr(renewing, "new_vault", wrote)
    after = renewed(lived)
    verified = open_books(folder, after).audit.verify()
    assert verified.whole
    assert [one.action for one in verified.entries][-2:] == ["of another program", "manage keys"]


class PowerCutError(BaseException):
    """The power goes."""


@pytest.mark.parametrize("file", ["keys/vault.json", "keys/accounts.sealed", "audit/audit.jsonl"])
def test_whoever_comes_next_ends_what_was_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """Also a command without the lock of the folder; while somebody has that, it changes nothing.

    Who opened the data before can do nothing in between either.
    """
    lived = lived_in(tmp_path)
    root, then, real = lived.folder.root, open_books(lived.folder, lived.vault), swap._move

    def move(path: Path, target: Path) -> None:
        if target == root / file and NEW in path.parts:
            raise PowerCutError
        real(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(swap, "_move", move)
        with pytest.raises(PowerCutError):
            renewed(lived)
    assert (root / NOTE).exists()
    with pytest.raises(AuditProblem, match=BEING_PUT):
        then.audit.record("test", SYSTEM)
    with pytest.raises(AccountsProblem, match=BEING_PUT):
        then.accounts.set_password(ANN, PASSWORD)
    holder, half, said = DataFolder(root), state(lived.folder), io.StringIO()
    with monkeypatch.context() as patched:
        patched.setattr(swap, "finish", lambda _root: False)
        holder.lock("the server")
    assert users(DataFolder(root), out=said, err=said) == 1
    assert said.getvalue() == f"{BEING_PUT}\n"
    assert state(lived.folder) == half
    holder.unlock()
    assert users(DataFolder(root), out=said, err=said) == 0
    assert f"{ANN}  administrator" in said.getvalue()
    assert not (root / NOTE).exists()
    after = open_vault(lived.folder)
    assert after.fingerprint != lived.vault.fingerprint
    assert open_books(lived.folder, after).audit.verify().whole
