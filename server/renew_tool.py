"""`python -m server key renew-data`: asks, renews the key inside, and says what is left to do."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from database.reader import EventReader
from desktop.settings import SettingsError, load
from protocol.text import printable
from security.recovery import RecoveryKey
from server.administration import command_line
from server.audit import AuditProblem
from server.audit_records import ALLOWED, FAILED
from server.backup_format import made_with
from server.books import Books, open_books
from server.command_words import server_command
from server.copies import whole_backups
from server.data_folder import DataFolder
from server.events import PhotoProgress
from server.gallery_files import GalleryFileError, GalleryFiles
from server.key_acts import print_recovery
from server.permissions import Action
from server.progress_bar import ProgressBar
from server.renewed_stores import NotRenewed
from server.renewing import leftover, renew
from server.settings import ServerSettings
from server.stand_records import HISTORY, PEOPLE, Stand
from server.take_over import take_over
from server.unlocking import CannotOpen
from server.vault import OpenKeyring, Vault, VaultProblem

_YES = "yes"
_WHAT = {"what": "renew-data"}
_MOST_NAMED = 20
_PAIR = "Start the server and pair every checkpoint again. Set new passwords.\n"
_AUTHORITY_STAYS = (
    "Checkpoints go on as they are. Set new passwords. Whoever copied the data and had the key of "
    "before can still pass for this server or for a checkpoint: against that run it again with "
    "--new-authority, and pair every checkpoint again.\n"
)


def renew_data(
    folder: DataFolder,
    vault: Vault,
    *,
    by: str,
    new_authority: bool,
    keyring: OpenKeyring,
    confirm: Callable[[str], str] | None,
    passphrase: Callable[[], str | None],
    words: Callable[[RecoveryKey, str], str],
    stream: TextIO,
) -> str:
    """Renews the key inside; gives what is to be printed.

    Args:
        folder: Where the data are; its lock is held.
        vault: Opened.
        by: Who asks, for the log.
        new_authority: Whether every checkpoint is to be paired again, with another authority.
        keyring: Opens the system's keyring.
        confirm: Asks whether to go on; None to go on.
        passphrase: Gives the new passphrase, where the master key is made of one.
        words: What is printed with a recovery key and a fingerprint.
        stream: Where progress goes.

    Raises:
        VaultProblem: Nobody agreed, or something keeps the data from being renewed; nothing was
            changed.
        AuditProblem: It cannot be written down; nothing was changed.
        OSError: The disk refused while all was put in place: the next command ends it.
    """
    try:
        take_over(folder, vault)
        books = open_books(folder, vault)
        actor = command_line()
        books.administration.check(actor, Action.MANAGE_KEYS)
        _check_not_put_back(folder, books)
        _ask(folder, vault, confirm, new_authority=new_authority)
        chosen = passphrase() if vault.file.source == "passphrase" else None
        books.audit.record(Action.MANAGE_KEYS, actor, "", _WHAT, outcome=ALLOWED)
        progress = Progress(stream)
        try:
            fresh = renew(
                folder,
                vault,
                books.audit,
                actor,
                passphrase=chosen,
                new_authority=new_authority,
                keyring=keyring,
                told=progress.told,
            )
        except (NotRenewed, VaultProblem, AuditProblem) as problem:
            details = {**_WHAT, "reason": type(problem).__name__}
            with contextlib.suppress(AuditProblem):  # the disk is full: said by the first problem
                books.audit.record(Action.MANAGE_KEYS, actor, "", details, outcome=FAILED)
            raise
        finally:
            progress.end()
    except (NotRenewed, GalleryFileError, CannotOpen) as problem:
        raise VaultProblem(f"{problem} Nothing was changed.") from problem
    # From here on it is done; the recovery key is kept when it is about to be seen.
    key = print_recovery(folder, fresh, by=by)
    open_books(folder, fresh).stands.note()
    return (
        f"Everything was sealed anew: the key {fresh.fingerprint} took the place of "
        f"{vault.fingerprint}, and the master key was replaced.\n"
        f"{words(key, fresh.fingerprint)}{_of_backups(folder, fresh)}"
        f"{_PAIR if new_authority else _AUTHORITY_STAYS}"
    )


class Progress:
    """Shows each stage as a bar, or as a line now and then.

    Args:
        stream: Where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._bar = ProgressBar(stream)
        self._stage = ""
        self._begun_s = 0.0

    def told(self, stage: str, done: int, total: int) -> None:
        """A stage has come so far."""
        now_s = time.monotonic()
        if stage != self._stage:
            self._stage, self._begun_s = stage, now_s
        left_s = (now_s - self._begun_s) / done * (total - done) if done else None
        self._bar.show(PhotoProgress(done, total, left_s, stage))

    def end(self) -> None:
        """Leaves the last bar standing."""
        self._bar.end()


def _check_not_put_back(folder: DataFolder, books: Books) -> None:
    """What is sealed anew counts as right from then on: an older copy must not."""
    files = GalleryFiles(folder.known_faces, books.vault)
    books.stands.watch(PEOPLE, files.stand)
    with contextlib.closing(EventReader(folder.database, None)) as history:
        if folder.database.exists():
            books.stands.watch(HISTORY, lambda: Stand(history.newest()), lazily=True)
        put_back = books.stands.look()
    if put_back:
        raise NotRenewed(
            f"{' '.join(put_back)} Take the data as they are first, if they are right: "
            f"{server_command('accept-people', folder=folder.root)}."
        )


def _ask(
    folder: DataFolder,
    vault: Vault,
    confirm: Callable[[str], str] | None,
    *,
    new_authority: bool,
) -> None:
    if confirm is None:
        return
    gone, backups = len(leftover(folder).paths), len(_backups(folder, vault))
    text = (
        f"Everything in {folder.root} is sealed anew with another key; the master key and the "
        "recovery key are replaced.\n"
    )
    if new_authority:
        text += "The certificate authority is replaced: every checkpoint has to be paired again.\n"
    if gone:
        text += (
            f"What a restore set aside and old copies of the history ({gone}) are written over: "
            "only the key of before opens them.\n"
        )
    if backups:
        text += (
            f"Backups stay as they were made ({backups}): whoever has the key of before reads "
            "them. Erased people can still be taken out of them.\n"
        )
    try:
        agreed = confirm(f"{text}Type {_YES} to go on: ").strip().lower() == _YES
    except EOFError as error:
        raise NotRenewed(f"Nobody typed {_YES}. Without a terminal add --yes.") from error
    if not agreed:
        raise NotRenewed(f"That is not {_YES}.")


def _backups(folder: DataFolder, vault: Vault) -> list[Path]:
    """Backups here that were made with the key of now, or with one of before."""
    try:
        settings = load(ServerSettings, folder.settings)
    except SettingsError:
        settings = ServerSettings()
    return list(whole_backups(folder, settings, vault.fingerprints))


def _of_backups(folder: DataFolder, vault: Vault) -> str:
    found = [one for one in _backups(folder, vault) if made_with(one) != vault.fingerprint]
    text = (
        "Backups of before are as they were made: whoever has one, and the master key or the "
        "paper of then, reads it. Make a new one now:\n"
        f"  {server_command('backup', folder=folder.root)}\n"
        "Then delete those of before, here and wherever they were carried.\n"
    )
    if found:
        text += "To delete here:\n"
    text += "".join(f"  {printable(str(path), 300)}\n" for path in found[:_MOST_NAMED])
    if len(found) > _MOST_NAMED:
        text += f"  and {len(found) - _MOST_NAMED} more\n"
    return text
