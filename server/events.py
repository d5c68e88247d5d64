"""What the grid tells its window or its log: frozen values, posted from any thread."""

import enum
from dataclasses import dataclass
from typing import Literal

from database.log_state import UpgradeProgress
from database.records import EventRecord


class GridState(enum.Enum):
    """What the server as a whole is doing, or what keeps it from doing it."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    PORT_IN_USE = "port in use"
    DATABASE_DAMAGED = "database damaged"
    DATABASE_LOCKED = "database locked"
    DATABASE_NEWER = "database newer"
    READ_ONLY = "read-only"
    DATA_IN_USE = "data in use"
    LOCKED = "locked"
    KEY_UNUSABLE = "key unusable"
    DISK_NEARLY_FULL = "disk nearly full"
    FLOODED = "flooded"
    CLOCK_DOUBTED = "clock doubted"
    SHUT_OUT_UNWRITTEN = "shut out unwritten"
    NOT_RECORDING = "not recording"
    MODEL_MISMATCH = "model mismatch"
    OTHER_MODEL = "other model"
    NOT_NAMING = "not naming"
    NO_BACKUP = "no backup"

    @property
    def serving(self) -> bool:
        """Whether checkpoints can be connected in this state."""
        return self in _SERVING


_SERVING = frozenset(
    {
        GridState.RUNNING,
        GridState.DISK_NEARLY_FULL,
        GridState.FLOODED,
        GridState.CLOCK_DOUBTED,
        GridState.SHUT_OUT_UNWRITTEN,
        GridState.NOT_RECORDING,
        GridState.MODEL_MISMATCH,
        GridState.OTHER_MODEL,
        GridState.NOT_NAMING,
        GridState.NO_BACKUP,
    }
)


@dataclass(frozen=True, slots=True)
class PortHolder:
    """The program that listens on a port we wanted; found on Linux only."""

    pid: int
    name: str


@dataclass(frozen=True, slots=True)
class ServerStateChanged:
    """The server's state, with one sentence that an operator can act on.

    `host` and `port` are where it listens (or wanted to, when the port is in use); `holder` and
    `free_port` are given with PORT_IN_USE; `backups` names how many copies of the database could
    be restored, with DATABASE_DAMAGED.
    """

    state: GridState
    sentence: str
    host: str = ""
    port: int = 0
    holder: PortHolder | None = None
    free_port: int | None = None
    backups: int = 0


@dataclass(frozen=True, slots=True)
class EventStored:
    """An event was committed to the database."""

    record: EventRecord


@dataclass(frozen=True, slots=True)
class CheckpointStatus:
    """One checkpoint as the server knows it now; times in ms since the epoch, UTC."""

    checkpoint_id: str
    name: str
    connected: bool
    last_seen_ms: int
    software: str
    encoder: str
    address: str = ""
    mismatch: bool = False


@dataclass(frozen=True, slots=True)
class CheckpointChanged:
    """A checkpoint came, went, or was refused for its encoder (`status.mismatch`)."""

    status: CheckpointStatus


@dataclass(frozen=True, slots=True)
class PairingWindow:
    """A code that lets one checkpoint in; times in ms since the epoch, UTC."""

    code: str
    address: str
    expires_at_ms: int
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class PairingChanged:
    """Pairing was opened, tried or closed; with `window` None the sentence says why it ended."""

    window: PairingWindow | None
    sentence: str
    checkpoint_id: str = ""


@dataclass(frozen=True, slots=True)
class DevicesChanged:
    """A checkpoint was paired, revoked, renewed, or may do something else."""


@dataclass(frozen=True, slots=True)
class ShutOutWaits:
    """The names of checkpoints that are shut out in memory, and not on the disk yet."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GalleryChanged:
    """The gallery was loaded or changed: how many people and samples it holds now.

    `elsewhere` names those enrolled with another face model and not with the one in use.
    """

    people: int
    samples: int
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the program's log, made safe to show."""

    time_ms: int
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class PhotoProgress:
    """Enrolment from photos goes on: `seconds_left` is None until there is a rate to judge by."""

    done: int
    total: int
    seconds_left: float | None
    name: str


PhotoResult = Literal["in", "refused", "already", "failed"]


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """What became of one file; `reason` is a sentence, empty when there is nothing to say."""

    path: str
    person: str
    result: PhotoResult
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """Every file of an enrolment from photos, in the order of the folder.

    `cancelled` says that files were left for the next time; they have no row. `problem` is a
    sentence when the run could not begin or go on, else empty.
    """

    rows: tuple[PhotoRow, ...]
    cancelled: bool = False
    elapsed_s: float = 0.0
    problem: str = ""

    def count(self, result: PhotoResult) -> int:
        """How many files ended so."""
        return sum(row.result == result for row in self.rows)


@dataclass(frozen=True, slots=True)
class EvaluationProgress:
    """An evaluation of the people enrolled goes on: what is being done, and how far that is."""

    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class EvaluationEnded:
    """It has ended: the report is written, unless `problem` says why not, or it was cancelled."""

    problem: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Something broke that nobody expected: one sentence, and the detail for a report.

    With `checkpoint_id` nothing broke: somebody tried too often there, or, where it is `odd`, what
    it sent needs somebody to look. With `tampering` somebody changed the data, and where it is
    `in_history` its events can be shown: that stays until an administrator or auditor deals with
    it.
    """

    sentence: str
    detail: str = ""
    checkpoint_id: str = ""
    odd: bool = False
    tampering: bool = False
    in_history: bool = False


GridEvent = (
    ServerStateChanged
    | EventStored
    | CheckpointChanged
    | PairingChanged
    | DevicesChanged
    | ShutOutWaits
    | GalleryChanged
    | LogLine
    | PhotoProgress
    | PhotoReport
    | EvaluationProgress
    | EvaluationEnded
    | UpgradeProgress
    | Fault
)
