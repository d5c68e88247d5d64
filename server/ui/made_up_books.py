"""Accounts and an audit log for a window on made-up data: real ones, in a folder that goes away."""

import contextlib
import functools
import shutil
import tempfile
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from server.permissions import Action, Actor, NotAllowed, Role

if TYPE_CHECKING:
    from security.passwords import Passwords
    from server.books import Books

_PERSON = "7f3a5b0c9d1e4f62a8b7c6d5e4f3a2b1"
MADE_UP_PASSWORD = "a brass owl counts to nine"  # noqa: S105 - opens nothing but made-up data
STAFF = (
    ("administrator", Role.ADMINISTRATOR),
    ("auditor", Role.AUDITOR),
    ("enroller", Role.ENROLLER),
    ("front desk", Role.OPERATOR),
    ("night guard", Role.VIEWER),
)


class MadeUpBooks:
    """The part of a made-up grid that knows who may do what. Made when it is first asked for."""

    @functools.cached_property
    def books(self) -> "Books":
        """With an administrator."""
        books = self._empty_books()
        books.administration.first_administrator("administrator", MADE_UP_PASSWORD)
        return books

    def sign_in(self, role: Role = Role.ADMINISTRATOR) -> Actor:
        """Somebody of this role, let in; the account is made when it is not there."""
        administration = self.books.administration
        name = next(name for name, theirs in STAFF if theirs is role)
        if name not in [one.name for one in self.books.accounts.list()]:
            boss = administration.sign_in("administrator", MADE_UP_PASSWORD)
            administration.add_account(boss, name, role, MADE_UP_PASSWORD)
        return administration.sign_in(name, MADE_UP_PASSWORD)

    def work_a_morning(self) -> None:
        """An account of each role, and some acts in the audit log."""
        act = self.books.administration.act
        everybody = {role: self.sign_in(role) for _, role in STAFF}
        act(everybody[Role.OPERATOR], Action.STOP_SERVER, lambda: None)
        act(everybody[Role.OPERATOR], Action.START_SERVER, lambda: None)
        act(everybody[Role.ENROLLER], Action.RENAME_PERSON, lambda: None, target=_PERSON)
        with contextlib.suppress(NotAllowed):
            act(everybody[Role.VIEWER], Action.EXPORT_PEOPLE, lambda: None)
        from server.accounts import SignInRefused  # late, as below

        with contextlib.suppress(SignInRefused):
            self.books.administration.sign_in("night guard", "not the password")

    def mistype_at(self, checkpoint_id: str, *, times: int = 14) -> None:
        """Wrong passwords at a checkpoint, each when the wait of the one before was over."""
        from server.accounts import Accounts, SignInRefused  # late, as below
        from server.purposes import Purpose
        from server.sign_in_waits import LONGEST_WAIT_AT_CHECKPOINT_S

        now_ms, longest_ms = time.time_ns() // 1_000_000, 1000 * LONGEST_WAIT_AT_CHECKPOINT_S
        clock = iter(now_ms - ago * longest_ms for ago in reversed(range(times)))
        accounts = Accounts(
            self.books.folder.accounts,
            self.books.vault.sealer(Purpose.ACCOUNTS),
            passwords=_cheap(),
            now_ms=lambda: next(clock),
        )
        for _ in range(times):
            with contextlib.suppress(SignInRefused):
                accounts.sign_in("front desk", "not the password", checkpoint_id=checkpoint_id)

    def forget_accounts(self) -> None:
        """As on the first start: nobody has a password yet."""
        self.__dict__["books"] = self._empty_books()

    def _empty_books(self) -> "Books":
        # Late: the window is painted before anything that seals or hashes is imported.
        from server.books import open_books
        from server.data_folder import DataFolder
        from server.vault import Vault, open_vault

        folder = DataFolder(Path(tempfile.mkdtemp(prefix="facenetgrid-made-up-")))
        weakref.finalize(self, shutil.rmtree, folder.root, ignore_errors=True)
        vault: Vault = open_vault(folder)
        return open_books(folder, vault, passwords=_cheap())


def _cheap() -> "Passwords":
    """Hashing that protects nothing, and takes no time."""
    from security.passwords import Passwords  # late, as above

    return Passwords(passes=1, memory_kib=64, lanes=1)
