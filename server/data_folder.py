"""Where a server keeps its data, and the lock that lets one server at a time use it."""

import contextlib
import json
import os
from pathlib import Path
from typing import IO

from desktop.file_lock import lock_file, lock_of
from desktop.files import narrow, strange_file, write_atomically
from server import swap

_PROJECT = Path(__file__).resolve().parent.parent
DATABASE = "database/match_history.db"
"""The history, seen from the data folder, or from one that is laid out like it: a backup."""
_OURS = (
    "database",
    "known_faces",
    "pictures",
    "evaluation",
    "keys",
    "audit",
    "erasures",
    "server-settings.json",
    "consent-texts.json",
    "local-pairing.json",
    swap.NOTE,
    swap.NEW,
    swap.AWAY,
    f"{swap.BACKING_UP}*",
    f"{swap.ASIDE}*",
)
"""What a server makes below the root; anything else that lies there is not ours to touch."""


class DataInUse(Exception):  # noqa: N818 - named for what happened
    """Raised when another program uses the data; its text names the program and its pid.

    `holder` is the program's name and `pid` its process id, None when it left no note.
    """

    def __init__(self, root: Path, holder: str, pid: int | None) -> None:
        self.holder = holder
        self.pid = pid
        who = holder if pid is None else f"{holder} (process {pid})"
        super().__init__(
            f"The data in {root} are in use by {who}. Stop it first, or name another --data folder."
        )


class NoFile(OSError):  # noqa: N818 - named for what is found
    """Raised when something in the data is no file and would be waited for; one sentence."""


class DataFolder:
    """The paths below one root; nothing is made before it is needed.

    Args:
        root: The folder. The project's own layout is used below it, so that the project's folder
            itself is the default.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._lock: IO[bytes] | None = None
        self._made: tuple[Path, ...] = ()

    @classmethod
    def default(cls) -> "DataFolder":
        """The project's own folders: database/ and known_faces/ beside the code."""
        return cls(_PROJECT)

    @property
    def database(self) -> Path:
        """The event log's database file."""
        return self.root / DATABASE

    @property
    def backups(self) -> Path:
        """Backups, unless the settings name another folder; copies of the database of before."""
        return self.root / "database" / "backups"

    @property
    def last_backup(self) -> Path:
        """Where the newest whole backup was put, and when."""
        return self.root / "database" / "last-backup.json"

    @property
    def last_time(self) -> Path:
        """When the clock was last believed."""
        return self.root / "database" / "last-time.sealed"

    @property
    def known_faces(self) -> Path:
        """One file a person."""
        return self.root / "known_faces"

    @property
    def pictures(self) -> Path:
        """One small picture a person, where the administrator allows pictures to be kept."""
        return self.root / "pictures"

    @property
    def settings(self) -> Path:
        """The server's settings."""
        return self.root / "server-settings.json"

    @property
    def refused_photos(self) -> Path:
        """What enrolment from photos has looked at and refused, by content."""
        return self.root / "database" / "refused-photos.sealed"

    @property
    def strangers(self) -> Path:
        """Encodings of people who are not enrolled, where the administrator allows it."""
        return self.root / "database" / "strangers.sealed"

    @property
    def evaluation(self) -> Path:
        """The newest report about the people enrolled; it names people."""
        return self.root / "evaluation"

    @property
    def keys(self) -> Path:
        """The vault and what else is kept secret; for its owner alone."""
        return self.root / "keys"

    @property
    def vault(self) -> Path:
        """What the master key opens; without it nothing sealed can be read again."""
        return self.keys / "vault.json"

    @property
    def people_anchor(self) -> Path:
        """How far the list of people had come, noted a second time."""
        return self.keys / "people.anchor"

    @property
    def master_key(self) -> Path:
        """The master key, where neither the system's keyring nor a passphrase keeps it."""
        return self.keys / "master.key"

    @property
    def authority(self) -> Path:
        """The certificate and the key that sign for the server and for checkpoints."""
        return self.keys / "authority.sealed"

    @property
    def devices(self) -> Path:
        """The checkpoints that are paired."""
        return self.keys / "devices.sealed"

    @property
    def accounts(self) -> Path:
        """Who may sign in."""
        return self.keys / "accounts.sealed"

    @property
    def erasures(self) -> Path:
        """A receipt for everybody who was erased: by it an older backup is erased from again."""
        return self.root / "erasures"

    @property
    def consent_texts(self) -> Path:
        """Every text that somebody agreed to, with its version."""
        return self.root / "consent-texts.json"

    @property
    def audit(self) -> Path:
        """What people did, as a chain that cannot be changed unnoticed."""
        return self.root / "audit"

    @property
    def audit_anchor(self) -> Path:
        """The newest head of the audit log, kept apart from it."""
        return self.keys / "audit-head.sealed"

    @property
    def local_pairing(self) -> Path:
        """How a checkpoint on this computer pairs itself, while the server listens."""
        return self.root / "local-pairing.json"

    @property
    def requests(self) -> Path:
        """Where a command leaves what it asks of the running server: beside the keys."""
        return self.keys / "requests"

    @property
    def locked(self) -> bool:
        """Whether this object holds the lock."""
        return self._lock is not None

    @property
    def unsettled(self) -> bool:
        """Whether files are being put in place, or were until a crash came in between."""
        return (self.root / swap.NOTE).exists()

    def settle(self) -> None:
        """Ends what a crash cut short, for whoever opens the data without keeping the lock.

        Raises:
            DataInUse: Another program is putting files in place.
            OSError: As `lock`, and when the disk refused: whoever comes next goes on.
        """
        if self.unsettled and not self.locked:
            self.lock("a command")
            self.unlock()

    def lock(self, holder: str) -> None:
        """Takes the data for this program until `unlock` or its end, whatever ends it.

        Args:
            holder: What another program is told, e.g. "the server 'Lobby'".

        Raises:
            DataInUse: Raised when another program (or another object here) holds the lock.
            NoFile: Raised when something in it is no file.
            OSError: Raised when the folder cannot be written.
        """
        if self._lock is not None:
            return
        # First: an older version left the lock where any user of the computer could take it.
        self._narrow()
        self._check_files()
        above = (self._lock_path.parent, *self._lock_path.parent.parents)
        self._made = tuple(one for one in above if not one.exists())
        # Held open as long as the lock is: closing it gives the lock back.
        self._lock = file = self._locked()
        try:
            swap.finish(self.root)  # a restore that a crash cut short
        except BaseException:
            self._lock = None
            file.close()
            raise
        note = json.dumps({"holder": holder, "pid": os.getpid()})
        write_atomically(self._note, note.encode("utf-8"))

    def unlock(self) -> None:
        """Gives the data back; without the lock it does nothing.

        Folders that were made for the lock alone go with it: nothing else came of whoever had it.
        """
        if self._lock is None:
            return
        self._note.unlink(missing_ok=True)
        self._lock.close()
        self._lock = None
        # Whoever has taken it meanwhile keeps it, and the folders.
        with contextlib.suppress(OSError):
            if self._made and [*self._lock_path.parent.iterdir()] == [self._lock_path]:
                self._lock_path.unlink()
                for folder in self._made:
                    folder.rmdir()

    def _locked(self) -> IO[bytes]:
        """The file of the lock, which is ours.

        Raises:
            DataInUse: As `lock`.
        """
        while True:
            file = lock_of(self._lock_path)
            try:
                lock_file(file)
            except OSError as error:
                file.close()
                raise DataInUse(self.root, *self._holder()) from error
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), self._lock_path.stat()):
                    return file
            file.close()  # it was taken away between opening and locking: another one counts

    @property
    def _lock_path(self) -> Path:
        return self.root / "database" / "server.lock"

    def _narrow(self) -> None:
        ours = (path for name in _OURS for path in self.root.glob(name))
        narrow(ours, kept=lambda path: self.root == _PROJECT and _belongs_to_the_code(path))

    def _check_files(self) -> None:
        """Makes sure that nothing would be waited for; of people's files each is looked at later.

        Raises:
            NoFile: Something is neither a file nor a folder.
        """
        ours = (path for name in _OURS if name != "known_faces" for path in self.root.glob(name))
        found = strange_file(ours)
        if found is not None:
            raise NoFile(
                f"{found} is neither a file nor a folder: FaceNetGrid did not put it there. Look "
                "who can write in the data folder, remove it, and put a copy back of what it was."
            )

    @property
    def _note(self) -> Path:
        # Apart from the locked file: Windows lets nobody read a locked byte.
        return self.root / "database" / "server.lock.json"

    def _holder(self) -> tuple[str, int | None]:
        """Who left the note; a damaged or missing one names nobody."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return str(note["holder"]), int(note["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            return "another program", None


def _belongs_to_the_code(path: Path) -> bool:
    """Whether something in the project's folder was there before any server: others may run it."""
    return (
        path.suffix in {".py", ".pyc", ".md", ".sql"}
        or path.name in {"__pycache__", ".gitkeep"}
        or path == _PROJECT / "database"
    )
