"""A thread beside the running server: a backup a day, nobody erased in copies, none too old.

Before that, once, it checks what the start left out of a large history.

A backup is made at a quiet moment, after a look at every row of the history. One that fails is told
until the next one works, and takes none of the older ones with it.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from database.backups import DAY_MS, by_age, list_backups, made_at_ms
from database.errors import DatabaseProblem
from database.whole_check import check_whole, checked_in_part
from desktop.logs import log_event
from desktop.scrubbing import scrub
from server.audit import AuditProblem
from server.backup import BackupFailed, make_backup, place_for_backups
from server.copies import BY_ITSELF, KeysOfBackups, remove_set_aside, turn, whole_backups
from server.data_folder import DataFolder
from server.erasure import Erasure
from server.history_accepted import FOUND, Accepted
from server.history_proof import daily_look
from server.settings import ServerSettings
from server.vault import Vault

_LOG = logging.getLogger(__name__)
LOOK_S = 60.0
"""How often it looks; the first time so long after the start, which is no quiet moment."""
QUIET_S = 600.0
"""So long without an event is a quiet moment."""
LATEST_MS = DAY_MS + 6 * 60 * 60 * 1000
"""So old may the newest backup be before the next one waits for no quiet moment any more."""
AGAIN_S = 3600.0
"""After so long a backup that failed is tried again, and what lies aside is looked through."""
CLEAN_AGAIN_S = 24 * 3600.0
"""After so long copies that could not be cleaned are looked through again, or at the next erasure:
a damaged one does not mend, and each look reads all of them."""

Note = Callable[[str, dict[str, str]], None]
"""Writes into the audit log what the server did by itself, with numbers."""


class BackupKeeper:
    """Makes backups and cleans copies until `stop`; any thread may call.

    Args:
        folder: Where the data are; its lock is held.
        vault: Opened.
        erasure: Cleans the copies.
        settings: What the administrator has set now.
        quiet_s: For how many seconds no event has come.
        trouble: Called with a sentence when no backup can be made, with None when one was.
        tell: Called with a sentence for each copy that somebody erased may still be in, and when
            the history is damaged.
        alarm: Called with a sentence when somebody changed the history.
        note: Writes into the audit log.
        accepted: What of the history is known to be changed.
        now_ms: The server's clock, ms since the epoch, UTC.
        believed: Whether that clock is believed; what lies aside is not removed otherwise.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        folder: DataFolder,
        vault: Vault,
        erasure: Erasure,
        *,
        settings: Callable[[], ServerSettings],
        quiet_s: Callable[[], float],
        trouble: Callable[[str | None], None],
        tell: Callable[[str], None],
        note: Note,
        alarm: Callable[[str], None],
        accepted: Callable[[], Accepted] = Accepted,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        believed: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._vault = vault
        self._erasure = erasure
        self._settings = settings
        self._quiet_s = quiet_s
        self._trouble = trouble
        self._tell = tell
        self._note = note
        self._alarm = alarm
        self._accepted = accepted
        self._told: tuple[str, ...] = ()
        self._told_of_history = ""
        self._key_of = KeysOfBackups()
        self._unchecked = True
        self._set = self._wanted()
        self._now_ms = now_ms
        self._believed = believed
        self._clock = clock
        self._changed = threading.Condition()  # guards the two below
        self._stopping = False
        self._asked = False
        self._backup_not_before_s = clock() + LOOK_S
        self._clean_not_before_s = self._remove_not_before_s = 0.0
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """From now on it looks by itself."""
        self._thread.start()

    def clean_soon(self) -> None:
        """Somebody was erased: the copies are cleaned now."""
        with self._changed:
            self._asked = True
            self._changed.notify()

    def stop(self, timeout_s: float) -> bool:
        """Ends it, a backup that is being made too; True when its thread has ended."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self.alive

    def look(self, *, asked: bool = False) -> None:
        """Does what is due; called by its own thread.

        Args:
            asked: Whether somebody was erased just now.
        """
        if self._unchecked:
            self._unchecked = False
            self._check_history()
        if self._erasure.copies_due and (asked or self._clock() >= self._clean_not_before_s):
            self._clean_not_before_s = self._clock() + CLEAN_AGAIN_S
            self._clean()
        if self._clock() >= self._remove_not_before_s:
            self._remove_not_before_s = self._clock() + AGAIN_S
            self._remove_set_aside()
        self._look_at_settings()
        if self._clock() >= self._backup_not_before_s and self._backup_is_due():
            self._backup_not_before_s = self._clock() + AGAIN_S
            self._back_up()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._stopping and not self._asked:
                    self._changed.wait(LOOK_S)
                asked, self._asked = self._asked, False
                if self._stopping:
                    return
            try:
                self.look(asked=asked)
            except Exception as error:  # noqa: BLE001 - the thread's top: told, and tried again
                _LOG.exception("backups_failed")
                self._trouble(f"Backups cannot be made or looked after ({error!r}); see the log.")

    def _check_history(self) -> None:
        path = self._folder.database
        if not checked_in_part(path):
            return
        begun_s = self._clock()
        try:
            if check_whole(path, lambda: self._stopping):
                seconds = round(self._clock() - begun_s, 1)
                log_event(_LOG, "history_checked", seconds=seconds)
        except DatabaseProblem as problem:
            log_event(_LOG, "history_suspected", level=logging.ERROR, reason=str(problem))
            self._tell(f"{problem} Stop the server and start it again: it offers a backup.")

    def _clean(self) -> None:
        try:
            problems = self._erasure.clean_copies()
        except OSError as error:
            problems = (f"The copies of the data could not be looked through ({error}).",)
        for problem in problems:
            log_event(_LOG, "copy_not_cleaned", level=logging.ERROR, reason=problem)
            if problem not in self._told:
                self._tell(f"Somebody erased may still be in a copy. {problem}")
        if not problems or problems != self._told:
            details = {"copies left": str(len(problems))}
            self._note("erased people taken out of copies", details)
        self._told = problems

    def _remove_set_aside(self) -> None:
        """What lies aside has its days too; here, for writing over it may take minutes."""
        days = self._settings().set_aside_days
        if not days or not self._believed():
            return
        try:
            with turn(self._folder):
                count = remove_set_aside(self._folder, self._now_ms() - days * DAY_MS)
        except OSError as error:
            log_event(_LOG, "not_forgotten", level=logging.WARNING, reason=str(error))
            return
        if count:
            log_event(_LOG, "forgotten", kind="set_aside_days", count=count)

    def _wanted(self) -> tuple[str, int]:
        settings = self._settings()
        return settings.backup_folder, settings.daily_backups

    def _look_at_settings(self) -> None:
        """Another folder is tried at once; where none are wanted none are missing."""
        if self._wanted() != self._set:
            self._set = self._wanted()
            self._backup_not_before_s = min(self._backup_not_before_s, self._clock())
            if not self._set[1]:
                self._trouble(None)

    def _backup_is_due(self) -> bool:
        settings = self._settings()
        if not settings.daily_backups:
            return False
        # Those of before the key was renewed bring nothing back: the next one does not wait.
        now = {self._vault.fingerprint}
        made = [made_at_ms(path) for path in self._made_by_itself(settings, now)]
        ages = [abs(self._now_ms() - ms) for ms in made if ms is not None]
        if not ages or min(ages) >= LATEST_MS:
            return True
        return min(ages) >= DAY_MS and self._quiet_s() >= QUIET_S

    def _look_at_history(self) -> None:
        """Rows that somebody changed or deleted are told once a day at the latest, and once."""
        try:
            found = daily_look(
                self._folder,
                self._vault,
                stop=lambda: self._stopping,
                accepted=self._accepted(),
            )
        except (AuditProblem, DatabaseProblem) as problem:  # the backup says so, too
            log_event(_LOG, "history_not_looked_at", level=logging.ERROR, reason=str(problem))
            return
        if found and found != self._told_of_history:
            log_event(_LOG, "history_changed", level=logging.ERROR, reason=found)
            self._alarm(found)
            self._note(FOUND, {"what": found})
        self._told_of_history = found

    def _back_up(self) -> None:
        self._look_at_history()
        settings = self._settings()
        try:
            place = place_for_backups(self._folder, settings)
            made = make_backup(
                self._folder,
                self._vault,
                place,
                kind=BY_ITSELF,
                stop=lambda: self._stopping,
                now_ms=self._now_ms,
            )
            self._remove_old(settings)
        except BackupFailed as problem:
            if not self._stopping:
                log_event(_LOG, "no_backup", level=logging.ERROR, reason=str(problem))
                self._trouble(str(problem))
            return
        except OSError as error:
            self._trouble(f"An old backup could not be removed ({error}).")
            return
        self._trouble(None)
        log_event(_LOG, "backed_up", files=made.files, bytes=made.size_bytes)
        self._note("backup made", {"files": str(made.files), "bytes": str(made.size_bytes)})

    def _made_by_itself(
        self, settings: ServerSettings, fingerprints: Collection[str]
    ) -> list[Path]:
        whole = whole_backups(self._folder, settings, fingerprints, key_of=self._key_of)
        return [path for path in whole if path.name.startswith(BY_ITSELF)]

    def _remove_old(self, settings: ServerSettings) -> None:
        """Keeps as many as are set; of an earlier version's copies of the history alone, too."""
        daily = [one.path for one in list_backups(self._folder.backups) if one.kind == "daily"]
        made = [*self._made_by_itself(settings, self._vault.fingerprints), *daily]
        # Of a day that is to come they would stay for ever, and every new one be one too many.
        now_ms = self._now_ms()
        made.sort(key=lambda path: by_age(path, now_ms), reverse=True)
        for old in made[settings.daily_backups :]:
            scrub(old)
