"""The list of people's files: an append-only journal that notices swaps, removals and roll-back.

Each line is chained to the one before by a MAC, so that nobody without the key can take one out or
put one in. How far the journal had come is noted a second time, in the keys' folder (the anchor):
an older copy of the whole folder is noticed by that.

A line is written after the person's file and before a removal, and is on the disk when the call
returns. The anchor is not flushed: after a power loss it may be older, never newer.
"""

import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from desktop.files import write_atomically
from server.anchor import Anchor

NAME = "people.journal"
_HEAD = {"format": "facenetgrid-people", "version": 1}
_MAC_CHARS = 32
_LARGEST = 512 * 1024 * 1024
_SPARE_LINES = 1_000
"""Lines that are out of date before the journal is written anew, beside as many as count."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person's file has to be: its revision, and the first half of its seal in hex."""

    revision: int
    mark: str


@dataclass(slots=True)
class _State:
    number: int = 0
    chain: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)


class Manifest:
    """The journal and its anchor; one thread at a time.

    Args:
        path: The journal.
        anchor: The anchor, elsewhere.
        key: 32 bytes of the vault.
        writable: False for who does not hold the folder's lock: nothing is mended or noted.
    """

    def __init__(self, path: Path, anchor: Path, key: bytes, *, writable: bool = True) -> None:
        self._path = path
        self._key = key
        self._anchor = Anchor(anchor, key)
        self._writable = writable
        self._state = _State()
        self._lines = 0
        self._stand = (0, "")

    @property
    def stand(self) -> tuple[int, str]:
        """The number of the newest change and the chain's MAC; any thread may ask."""
        return self._stand

    @property
    def number(self) -> int:
        """Counts every change; never goes back."""
        return self._state.number

    @property
    def alarms(self) -> tuple[str, ...]:
        """What was noticed and not accepted by anybody yet, as sentences."""
        return tuple(self._state.alarms)

    @property
    def entries(self) -> dict[str, Entry]:
        """Whose files have to be there, by id."""
        return dict(self._state.entries)

    @property
    def gone(self) -> dict[str, int]:
        """When who was deleted, ms since the epoch, UTC, by id."""
        return dict(self._state.gone)

    def get(self, subject_id: str) -> Entry | None:
        """What the person's file has to be; None when nobody of this id is on the list."""
        return self._state.entries.get(subject_id)

    def is_gone(self, subject_id: str) -> bool:
        """Whether the person was deleted."""
        return subject_id in self._state.gone

    def open(self) -> None:
        """Reads the journal; what is wrong with it becomes an alarm that stays until accepted.

        Raises:
            OSError: It cannot be read, or not written where it has to be.
        """
        self._state, self._lines = _State(), 0
        anchor = self._anchor.read()
        data = self._read()
        if data is None:
            if anchor is not None and anchor.number > 0:
                self._alarm(
                    "The list of people is missing: whether somebody was added or removed cannot "
                    "be told.",
                    anchor.number,
                )
            return
        whole, chains = self._replay(data)
        problem, least = None, self._state.number
        if whole < len(data) and not self._torn(data, whole):
            problem = "The list of people was changed by somebody else than FaceNetGrid."
        if anchor is None:
            problem = problem or "The note of how far the list of people had come is missing."
        elif anchor.number > self._state.number:
            least = anchor.number
            problem = (
                f"The folder of people is an older copy: its list ends at change "
                f"{self._state.number}, there had been {anchor.number}."
            )
        elif chains.get(anchor.number, anchor.chain) != anchor.chain:
            problem = problem or "The list of people was replaced by another one."
        if problem is not None:
            self._keep_copy(data)
            self._alarm(problem, least)
        elif self._writable and whole < len(data):
            os.truncate(self._path, whole)
        elif self._writable and self._lines > 2 * self._counting() + _SPARE_LINES:
            self._rewrite()
        self._stand = (self._state.number, self._state.chain)

    def begin(self, number: int, entries: Mapping[str, Entry], gone: Mapping[str, int]) -> None:
        """Writes a list that goes on from another one, where there is none yet.

        Args:
            number: How many changes the other one has.
            entries: Whose files have to be there.
            gone: As the other's.

        Raises:
            OSError: The disk refused.
        """
        self._state = _State(number, "", dict(entries), dict(gone))
        self._rewrite()

    def put(self, subject_id: str, entry: Entry) -> None:
        """Notes what a person's file is from now on; it is on the disk already.

        Raises:
            OSError: The disk refused.
        """
        self._append({"id": subject_id, "rev": entry.revision, "mark": entry.mark})

    def drop(self, subject_id: str) -> None:
        """Notes that a person is deleted for good, before the file is removed.

        Raises:
            OSError: The disk refused; the person is still on the list.
        """
        self._append({"id": subject_id, "gone": _now_ms()})

    def accept(self) -> None:
        """Notes that somebody has seen the alarms and takes the list as it is.

        Raises:
            OSError: The disk refused.
        """
        if self._state.alarms:
            self._append({"accepted": _now_ms()})

    # From here on what is done with lines.

    def _alarm(self, sentence: str, least: int) -> None:
        self._state.number = max(self._state.number, least)
        if sentence not in self._state.alarms:
            self._state.alarms.append(sentence)
        if self._writable:
            self._rewrite()

    def _counting(self) -> int:
        return len(self._state.entries) + len(self._state.gone)

    def _read(self) -> bytes | None:
        if not self._path.exists():
            return None
        if self._path.stat().st_size > _LARGEST:
            raise OSError(27, f"{self._path.name} is too large")
        return self._path.read_bytes()

    def _replay(self, data: bytes) -> tuple[int, dict[int, str]]:
        """Takes in the lines that are in order; how many bytes they are, and their chain."""
        state, at, chains = self._state, 0, dict[int, str]()
        while (end := data.find(b"\n", at)) >= 0:
            body, _, mac = data[at:end].rpartition(b"\t")
            if not hmac.compare_digest(mac, self._mac(state.chain, body).encode("ascii")):
                break
            if not _take(state, json.loads(body), first=not self._lines):
                break
            state.chain = mac.decode("ascii")
            chains[state.number] = state.chain
            self._lines += 1
            at = end + 1
        return at, chains

    def _torn(self, data: bytes, whole: int) -> bool:
        """Whether a crash cut the last line short: there is no end of a line after it."""
        return b"\n" not in data[whole:] and whole > 0

    def _append(self, change: dict[str, object]) -> None:
        if not self._lines:
            self._rewrite()
        line = {"n": self._state.number + 1, **change}
        body = _compact(line)
        chain = self._mac(self._state.chain, body)
        with self._path.open("ab") as file:
            at = file.tell()
            try:
                file.write(body + b"\t" + chain.encode("ascii") + b"\n")
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                # Half a line must not stand before the next one.
                os.truncate(self._path, at)
                raise
        _take(self._state, line, first=False)
        self._state.chain = chain
        self._lines += 1
        self._stand = (self._state.number, chain)
        self._anchor.write(self._state.number, chain)

    def _rewrite(self) -> None:
        """Writes the journal anew with what counts; one number more, for the chain is another."""
        state = self._state
        if not self._anchor.exists:
            self._anchor.write(0, "")
        number = state.number + 1
        chain, lines = "", list[bytes]()
        changes: list[dict[str, object]] = [
            {"id": name, "rev": entry.revision, "mark": entry.mark}
            for name, entry in state.entries.items()
        ]
        changes += [{"id": name, "gone": at_ms} for name, at_ms in state.gone.items()]
        changes += [{"alarm": sentence} for sentence in state.alarms]
        for change in [{**_HEAD, "n": number}, *({"n": number, **one} for one in changes)]:
            body = _compact(change)
            chain = self._mac(chain, body)
            lines.append(body + b"\t" + chain.encode("ascii") + b"\n")
        write_atomically(self._path, b"".join(lines))
        state.number, state.chain, self._lines = number, chain, len(lines)
        self._stand = (number, chain)
        self._anchor.write(number, chain)

    def _keep_copy(self, data: bytes) -> None:
        if self._writable:
            write_atomically(self._path.with_suffix(f".damaged-{_now_ms()}"), data)

    def _mac(self, chain: str, body: bytes) -> str:
        whole = chain.encode("ascii") + b"\0" + body
        return hmac.new(self._key, whole, hashlib.sha256).hexdigest()[:_MAC_CHARS]


def _take(state: _State, line: dict[str, object], *, first: bool) -> bool:
    """Does what a line says; False when it is none of ours."""
    if first and any(line.get(name) != value for name, value in _HEAD.items()):
        return False
    if "alarm" in line:
        state.alarms.append(str(line["alarm"]))
    elif "accepted" in line:
        state.alarms.clear()
    elif "gone" in line:
        name = str(line["id"])
        state.entries.pop(name, None)
        state.gone[name] = cast("int", line["gone"])
    elif "rev" in line:
        entry = Entry(cast("int", line["rev"]), str(line["mark"]))
        state.gone.pop(str(line["id"]), None)
        state.entries[str(line["id"])] = entry
    state.number = cast("int", line["n"])
    return True


def _compact(line: dict[str, object]) -> bytes:
    return json.dumps(line, separators=(",", ":")).encode("utf-8")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
