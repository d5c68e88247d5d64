"""Who is connected, and the caps: strangers make room for newcomers, checkpoints are counted.

Who knocks too fast (`server/knocks.py`) is closed before it costs a thread or a handshake.

A stranger is a peer that has not said hello yet. Silent strangers cost a thread and a descriptor
each, so only a few may be here at once, and the one that has been silent longest makes room: a
healthy checkpoint says hello within milliseconds and is a stranger no longer. It is the oldest of
the address that has most of them, so that a flood from one address ends its own.
"""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from server.knocks import Knocks

PER_CHECKPOINT = 16
"""Connections of one checkpoint; an honest one has one, and those that the network broke off until
their silence is noticed. The oldest makes room."""

# Together with what is left to do well below the 2 s in which a revocation counts.
_FORCE_S = 1.0


class Member(Protocol):
    """What the registry asks of a connection."""

    checkpoint_id: str

    def start(self) -> None:
        """Starts the connection's thread."""

    def abort(self) -> None:
        """Ends it now; any thread may call, and at any time."""

    def finish(self) -> None:
        """Asks it to say goodbye and to end; any thread may call."""

    def dismiss(self) -> None:
        """Asks it to tell its peer that it was shut out, and to end; any thread may call."""


class Connections:
    """The registry of connections; each is removed when it has ended, by its thread or the loop.

    Args:
        make: Makes the connection of a socket, a peer's address and a number.
        max_strangers: How many peers may be here without having said hello.
        max_checkpoints: How many may be here that have.
        knocks: Says who may shake hands now, and is told where checkpoints are.
    """

    def __init__(
        self,
        make: Callable[[socket.socket, str, int], Member],
        *,
        max_strangers: int,
        max_checkpoints: int,
        knocks: Knocks,
    ) -> None:
        self._make = make
        self._max_strangers = max_strangers
        self._max_checkpoints = max_checkpoints
        self._knocks = knocks
        self._changed = threading.Condition()
        self._addresses: dict[int, str] = {}
        # Dictionaries keep the order of arrival: the first stranger is the oldest.
        self._strangers: dict[int, Member] = {}
        self._trusted: dict[int, Member] = {}
        self._evicted: dict[int, Member] = {}
        # Of checkpoints that were shut out: their addresses are nobody's any more.
        self._dismissed: set[int] = set()
        self._number = 0
        self._stopping = False

    @property
    def count(self) -> int:
        """How many connections there are now, with those that are ending."""
        with self._changed:
            return self._count()

    @property
    def checkpoints(self) -> int:
        """How many of them have said hello."""
        with self._changed:
            return len(self._trusted)

    def admit(self, raw: socket.socket, address: str) -> None:
        """Gives a new socket a connection with its thread; called by the listener.

        Whose address knocks too fast is closed at once. When there are too many strangers the
        oldest is ended. When the ended ones do not go away as fast as new ones come, this waits a
        moment, and the kernel's backlog holds the rest.
        """
        if not self._knocks.enter(address):
            raw.close()
            return
        with self._changed:
            if self._stopping:
                raw.close()
                return
            while len(self._strangers) >= self._max_strangers:
                self._evict_oldest()
            self._changed.wait_for(self._few_evicted, timeout=1.0)
            self._number += 1
            number = self._number
            member = self._make(raw, address, number)
            self._strangers[number] = member
            self._addresses[number] = address
        try:
            member.start()
        except RuntimeError:
            # No more threads on this system: the peer may try again, the server lives on.
            self.remove(number)
            raw.close()

    def trust(self, number: int) -> bool:
        """The connection's peer said hello; False when there are too many checkpoints already."""
        with self._changed:
            member = self._strangers.get(number)
            if member is None:
                return False
            self._make_room_of(member.checkpoint_id)
            if len(self._trusted) >= self._max_checkpoints and not self._make_room_of_most():
                return False
            del self._strangers[number]
            self._trusted[number] = member
            self._welcome(number)
            self._changed.notify_all()
            return True

    def remove(self, number: int) -> None:
        """The connection has ended."""
        with self._changed:
            if number in self._trusted:
                self._welcome(number)
            for group in (self._strangers, self._trusted, self._evicted):
                group.pop(number, None)
            self._addresses.pop(number, None)
            self._dismissed.discard(number)
            self._changed.notify_all()

    def dismiss(self, checkpoint_id: str) -> None:
        """Ends the connections of a checkpoint that was shut out: a word first, then by force."""
        with self._changed:
            everybody = {**self._strangers, **self._trusted}
            numbers = [n for n, each in everybody.items() if each.checkpoint_id == checkpoint_id]
            members = [everybody[number] for number in numbers]
            self._dismissed.update(numbers)
            for number in numbers:
                self._knocks.forget(self._addresses[number])
        for member in members:
            member.dismiss()
        force = threading.Timer(_FORCE_S, _abort_all, [members])
        force.daemon = True
        force.start()

    def finish_all(self) -> None:
        """Asks every connection to say goodbye and admits no other."""
        with self._changed:
            self._stopping = True
            members = [*self._strangers.values(), *self._trusted.values()]
        for member in members:
            member.finish()

    def wait_empty(self, timeout_s: float) -> bool:
        """Waits until every connection has ended; those that have not are then cut off."""
        with self._changed:
            if self._changed.wait_for(lambda: not self._count(), timeout_s):
                return True
            members = [*self._strangers.values(), *self._trusted.values(), *self._evicted.values()]
        for member in members:
            member.abort()
        with self._changed:
            return self._changed.wait_for(lambda: not self._count(), timeout_s)

    def _welcome(self, number: int) -> None:
        if number not in self._dismissed:
            self._knocks.welcome(self._addresses[number])

    def _count(self) -> int:
        return len(self._strangers) + len(self._trusted) + len(self._evicted)

    def _few_evicted(self) -> bool:
        return len(self._evicted) < self._max_strangers

    def _evict_oldest(self) -> None:
        crowd = Counter(self._addresses[number] for number in self._strangers)
        (most, _), *_ = crowd.most_common(1)
        number = next(n for n in self._strangers if self._addresses[n] == most)
        self._end(number, self._strangers.pop(number))

    def _make_room_of(self, checkpoint_id: str) -> None:
        own = [n for n, each in self._trusted.items() if each.checkpoint_id == checkpoint_id]
        if len(own) >= PER_CHECKPOINT:
            self._end(own[0], self._trusted.pop(own[0]))

    def _make_room_of_most(self) -> bool:
        """Ends the oldest connection of whoever has most; False where each checkpoint has one.

        Else a few that open all they may would keep every other one out.
        """
        crowd = Counter(each.checkpoint_id for each in self._trusted.values())
        (most, count), *_ = crowd.most_common(1)
        if count < 2:
            return False
        number = next(n for n, each in self._trusted.items() if each.checkpoint_id == most)
        self._end(number, self._trusted.pop(number))
        return True

    def _end(self, number: int, member: Member) -> None:
        self._evicted[number] = member
        member.abort()


def _abort_all(members: Iterable[Member]) -> None:
    for member in members:
        member.abort()
