"""A grid of made-up people and events, in memory: for the pictures of every state, and tests.

It does at once what it is asked, in the caller's thread, and posts the same events.
"""

import random
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from msgspec.structs import replace

from database.reader import EVERYTHING, MOST_ROWS, Counters, EventFilter, Page
from database.records import EventRecord, Outcome
from database.verifying import RowsLooked, Seen
from server.events import (
    CheckpointStatus,
    EventStored,
    GridEvent,
    GridState,
    ServerStateChanged,
)
from server.retention import EvenClock
from server.settings import ServerSettings
from server.ui.made_up_books import MadeUpBooks
from server.ui.made_up_consents import MadeUpConsents
from server.ui.made_up_data import MadeUpData
from server.ui.made_up_erasing import MadeUpErasing
from server.ui.made_up_evaluation import MadeUpEvaluation
from server.ui.made_up_pairing import (
    MadeUpCheckpoints,
    MadeUpDevices,
    MadeUpPairing,
    MadeUpSuspicion,
    made_up_devices,
)
from server.ui.made_up_people import MadeUpPeople, MadeUpPerson
from server.ui.made_up_strangers import MadeUpStrangers
from server.ui.wording import matches

if TYPE_CHECKING:
    from server.deleted_people import DeletedPerson
    from server.photo_job import PhotosWanted

NAMES = (
    "Ada Lovelace",
    "Alan Turing",
    "Annie Easley",
    "Barbara Liskov",
    "Chien-Shiung Wu",
    "Edsger Dijkstra",
    "Grace Hopper",
    "Katherine Johnson",
    "Margaret Hamilton",
    "Mary Jackson",
    "Rosalind Franklin",
    "Rózsa Péter",
)
ENCODER = "dlib-resnet-v1:3f1d4a"
_GATES = (("lobby-gate", "Lobby gate"), ("car-park", "Car park"), ("lab-door", "Lab door"))


class MadeUpHistory:
    """The history in memory; `rows` is newest last, `missing` of them were deleted."""

    def __init__(self) -> None:
        self.rows: list[EventRecord] = []
        self.missing = 0
        self.slowly: Callable[[], object] = lambda: None

    def query(
        self,
        where: EventFilter = EVERYTHING,
        *,
        limit: int = 100,
        before_sequence: int | None = None,
    ) -> Page:
        """As the real one."""
        found = [
            record
            for record in reversed(self.rows)
            if matches(record, where)
            and (before_sequence is None or (record.sequence or 0) < before_sequence)
        ]
        limit = min(limit, MOST_ROWS)
        return Page(tuple(found[:limit]), more=len(found) > limit)

    def changed(self, progress: Callable[[int, int], None], stop: Callable[[], bool]) -> RowsLooked:
        """Those that say so; `slowly` waits before each, so that it can be cancelled."""
        looked = RowsLooked(newest=len(self.rows), missing=self.missing)
        for record in self.rows:
            if stop():
                break
            self.slowly()
            looked.looked += 1
            progress(looked.looked, len(self.rows))
            if record.changed:
                looked.changed_count += 1
                number = record.sequence or 0
                looked.numbers.append(number)
                looked.changed.append(Seen(number, record.event_id, record.recorded_at_ms))
        return looked

    def numbered(self, numbers: Sequence[int]) -> list[EventRecord]:
        """As the real one."""
        wanted = set(numbers)
        return [record for record in reversed(self.rows) if record.sequence in wanted]

    def count(self, where: EventFilter = EVERYTHING) -> int:
        """As the real one."""
        return sum(matches(record, where) for record in self.rows)

    def today(self, since_ms: int) -> Counters:
        """As the real one."""
        counts: dict[str, int] = {}
        for record in self.rows:
            if record.recorded_at_ms >= since_ms:
                counts[record.outcome] = counts.get(record.outcome, 0) + 1
        return Counters(**counts)

    def per_minute(self, *, now_ms: int, minutes: int = 60) -> list[tuple[int, int, int]]:
        """As the real one."""
        last = now_ms // 60_000
        counts = {minute: [0, 0] for minute in range(last - minutes + 1, last + 1)}
        for record in self.rows:
            found = counts.get(record.recorded_at_ms // 60_000)
            if found is not None:
                found[record.outcome != "identified"] += 1
        return [(minute * 60_000, *both) for minute, both in counts.items()]  # type: ignore[misc]

    def latency_percentile(self, share: float = 0.95, *, since_ms: int) -> int | None:
        """As the real one, roughly."""
        found = sorted(
            record.latency_ms
            for record in self.rows
            if record.latency_ms is not None and record.recorded_at_ms >= since_ms
        )
        return found[int(share * (len(found) - 1))] if found else None


class MadeUpGrid(MadeUpStrangers, MadeUpErasing, MadeUpBooks, MadeUpData):
    """What the window asks of a grid.

    Args:
        settings: The settings to start with.
        post: Where events go.
        full: With people, checkpoints and an hour of events; otherwise empty.

    Attributes:
        asked: The names of what was asked for, in order.
    """

    def __init__(
        self, settings: ServerSettings, post: Callable[[GridEvent], None], *, full: bool = True
    ) -> None:
        self.settings = settings
        self.post = post
        self.asked: list[str] = []
        self.ready = False
        self.alive = True
        self.photos_running = False
        self.photos: list[PhotosWanted] = []
        self.deleted: list[DeletedPerson] = []
        self.opens_to: ServerStateChanged | None = None
        self.status = ServerStateChanged(GridState.STARTING, "Opening the data.")
        self._random = random.Random(7)  # noqa: S311 - made-up numbers, the same every time
        self.people = MadeUpPeople(_people() if full else (), post)
        self.history = MadeUpHistory()
        self.checkpoints = MadeUpCheckpoints(_checkpoints() if full else ())
        self.devices = MadeUpDevices(made_up_devices() if full else (), post)
        self.suspicion = MadeUpSuspicion()
        self.clock = EvenClock(lambda: time.time_ns() // 1_000_000)
        self.consents = MadeUpConsents()
        self.pairing = MadeUpPairing(self.devices, post)
        self.evaluation = MadeUpEvaluation(post)
        if full:
            self._fill()

    def open(self) -> None:
        """Opens at once."""
        self.asked.append("open")
        self._open()

    def start(self, *, port: int | None = None) -> None:
        """Runs at once, unless `opens_to` says what is in the way."""
        self.asked.append("start" if port is None else f"start {port}")
        if self.opens_to is not None and port is None:
            self.show(self.opens_to)
            return
        self._open()
        number = self.settings.port if port is None else port
        self.show(
            ServerStateChanged(
                GridState.RUNNING, "Listening.", host=self.settings.host, port=number
            )
        )

    def stop(self) -> None:
        """Stops at once."""
        self.asked.append("stop")
        self.checkpoints.hang_up()
        self.show(ServerStateChanged(GridState.STOPPED, "The server is stopped."))

    def close(self) -> None:
        """Ends at once."""
        self.asked.append("close")
        self.ready = False
        self.alive = False

    def restore_database(self) -> None:
        """Mends what is in the way."""
        self.asked.append("restore")
        self.opens_to = None

    def change_settings(self, settings: ServerSettings) -> "Future[None]":
        """Keeps them."""
        self.asked.append("settings")
        self.settings = settings
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def add_photos(self, wanted: "PhotosWanted") -> None:
        """Notes what was asked for in `photos`."""
        self.photos.append(wanted)

    def cancel_photos(self) -> None:
        """Noted in `asked`."""
        self.asked.append("cancel photos")

    def show(self, status: ServerStateChanged) -> None:
        """Goes into a state."""
        self.status = status
        self.post(status)

    def happen(self, outcome: Outcome | None = None, *, name: str | None = None) -> EventRecord:
        """An event now: stored and posted."""
        record = self.event(time.time_ns() // 1_000_000, outcome, name=name)
        self.history.rows.append(record)
        self.post(EventStored(record))
        return record

    def event(
        self, time_ms: int, outcome: Outcome | None = None, *, name: str | None = None
    ) -> EventRecord:
        """A made-up event."""
        draw = self._random
        kinds: tuple[Outcome, ...] = ("not_enrolled", "ambiguous", "poor_quality", "no_face")
        chosen = (
            outcome
            or draw.choices(("identified", *kinds, "server_unreachable"), (80, 9, 3, 5, 2, 1))[0]
        )
        gate, gate_name = draw.choice(_GATES)
        record = EventRecord(
            event_id=uuid.UUID(int=draw.getrandbits(128)).hex,
            captured_at_ms=time_ms - 90,
            recorded_at_ms=time_ms,
            checkpoint_id=gate,
            checkpoint_name=gate_name,
            outcome=chosen,
            content_hash="0" * 64,
            encoder=ENCODER,
            frames=draw.randint(3, 6),
            automatic=draw.random() < 0.9,
            sequence=len(self.history.rows) + 1,
            quality={
                "size_px": draw.randint(82, 190),
                "brightness": 121.0,
                "sharpness": 0.41,
                "yaw": 6,
            },
            reason="The face was too small: 54 px, 80 needed." if chosen == "poor_quality" else "",
            flaws=("too_small",) if chosen == "poor_quality" else (),
        )
        if chosen in ("poor_quality", "no_face"):
            return replace(record, frames=0, quality={})
        return self._searched(record, name or draw.choice(NAMES))

    def _searched(self, record: EventRecord, name: str) -> EventRecord:
        draw = self._random
        ranges = {
            "identified": (0.21, 0.30),
            "ambiguous": (0.27, 0.31),
            "spoof_suspected": (0.21, 0.30),
        }
        nearest = draw.uniform(*ranges.get(record.outcome, (0.46, 0.68)))
        margin = (
            draw.uniform(0.004, 0.02) if record.outcome == "ambiguous" else draw.uniform(0.2, 0.4)
        )
        other = draw.choice([other for other in NAMES if other != name])
        known = record.outcome in ("identified", "server_unreachable")
        sentences = {
            "identified": f"The nearest person is at {nearest:.3f}, within the limit of 0.321, and "
            f"{margin:.3f} nearer than anybody else.",
            "not_enrolled": f"The nearest person is at {nearest:.3f}, beyond the limit of 0.321.",
            "ambiguous": f"The nearest person is at {nearest:.3f}, but another one is only "
            f"{margin:.3f} further away: too little to tell them apart.",
            "spoof_suspected": "What was asked for was not done: the face turned as a flat picture "
            f"does. Nobody is named. The face alone: the nearest person is at {nearest:.3f}, "
            "within the limit of 0.321.",
        }
        return replace(
            record,
            display_name=name if known else None,
            subject_id=_subject_id(name) if known else None,
            nearest_distance=nearest,
            nearest_name=name,
            runner_up_distance=nearest + margin,
            runner_up_name=other,
            threshold=0.321,
            margin=margin,
            latency_ms=draw.randint(41, 152),
            reason=sentences.get(record.outcome, ""),
            grounds={
                "target_per_1000": 3,
                "people": len(NAMES),
                "largest_limit": 0.333,
                "crowding": 0.008,
                "lowered": 0.012,
            },
        )

    def _open(self) -> None:
        if not self.ready:
            self.ready = True
            self.people.tell()

    def _fill(self) -> None:
        now_ms = time.time_ns() // 1_000_000
        for minute in range(60, 0, -1):
            busy = 9 + round(5 * abs((minute % 20) - 10) / 10)
            for number in range(busy):
                at_ms = now_ms - minute * 60_000 + number * 60_000 // busy
                self.history.rows.append(self.event(at_ms))


def _subject_id(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, name).hex


def _people() -> list[MadeUpPerson]:
    now_ms = time.time_ns() // 1_000_000
    return [
        MadeUpPerson(_subject_id(name), name, tuple(range(2 + n % 4)), now_ms - n * 7_300_000)
        for n, name in enumerate(NAMES)
    ]


def _checkpoints() -> list[CheckpointStatus]:
    now_ms = time.time_ns() // 1_000_000
    found = [
        CheckpointStatus(gate, name, True, now_ms, "0.1.0", ENCODER, f"127.0.0.1:{50312 + n}")  # noqa: FBT003
        for n, (gate, name) in enumerate(_GATES)
    ]
    found.append(
        CheckpointStatus("dock", "Dock", False, now_ms - 14 * 60_000, "0.1.0", ENCODER)  # noqa: FBT003
    )
    return found
