"""Names of people between the sealed table and memory: the writer's numbers, the readers' names."""

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable
from typing import cast

from database.cipher import Cipher, seal_name, unseal_name
from database.errors import DatabaseDamaged, SealWrong
from database.records import folded

_LOGGER = logging.getLogger(__name__)


class NameBook:
    """The number of each (person, name) for the writer; its thread's own.

    People are looked up in the table as they come, so that opening a long history costs nothing.
    """

    def __init__(self, connection: sqlite3.Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher
        self._numbers: dict[str, dict[str, int]] = {}
        self._unsettled: set[str] = set()

    def number_of(self, subject_id: str | None, name: str) -> int:
        """The number of that name of that person, which is stored when it is new."""
        person = subject_id or ""
        known = self._numbers.get(person)
        if known is None:
            known = self._numbers[person] = self._load(person)
        number = known.get(name)
        if number is None:
            self._unsettled.add(person)
            number = self._connection.execute(
                "INSERT INTO subject_names (subject_id, sealed) VALUES (?, ?)",
                (person, seal_name(self._cipher, name, person)),
            ).lastrowid
            assert number is not None
            known[name] = number
        return number

    def name_of(self, number: int | None) -> str | None:
        """The name with that number; None when it was erased, or cannot be unsealed."""
        found = self._connection.execute(
            "SELECT name_id, subject_id, sealed FROM subject_names WHERE name_id = ?", (number,)
        )
        return dict(_opened(found, self._cipher)).get(number or 0)

    def settle(self) -> None:
        """The transaction is committed: new numbers are kept."""
        self._unsettled.clear()

    def undo(self) -> None:
        """The transaction is undone: its new numbers are not there."""
        for person in self._unsettled:
            self.forget(person)
        self._unsettled.clear()

    def forget(self, subject_id: str) -> None:
        """Looks that person up in the table next time."""
        self._numbers.pop(subject_id, None)

    def forget_all(self) -> None:
        """Looks everybody up in the table next time."""
        self._numbers.clear()

    def _load(self, person: str) -> dict[str, int]:
        found = self._connection.execute(
            "SELECT name_id, subject_id, sealed FROM subject_names WHERE subject_id = ?", (person,)
        )
        return {name: number for number, name in _opened(found, self._cipher)}


class Names:
    """All names by number for readers; any thread may call.

    Args:
        cipher: Unseals them; without one nobody's name is known.
    """

    def __init__(self, cipher: Cipher | None) -> None:
        self._cipher = cipher
        self._lock = threading.Lock()
        self._names: dict[int, str] = {}
        self._people: dict[int, str] = {}
        self._folded: dict[int, str] = {}  # folding takes longer than looking
        self._newest = 0
        self._erasures = -1

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Learns names stored since the last time; forgets all and begins anew after an erasure."""
        if self._cipher is None:
            return
        with self._lock:
            found = connection.execute(
                "SELECT erasures, coalesce((SELECT seq FROM sqlite_sequence "
                "WHERE name = 'subject_names'), 0) FROM sealing"
            ).fetchone()
            if found is None:
                raise DatabaseDamaged("The history lacks the key of its content: somebody took it.")
            erasures, newest = found
            if erasures != self._erasures:
                self._names, self._people, self._folded = {}, {}, {}
                self._newest, self._erasures = 0, erasures
            if newest > self._newest:
                there = connection.execute(
                    "SELECT name_id, subject_id, sealed FROM subject_names WHERE name_id > ?",
                    (self._newest,),
                ).fetchall()
                self._people.update((number, person) for number, person, _sealed in there)
                opened = _opened(there, self._cipher)
                self._names.update(opened)
                self._folded.update((number, folded(name)) for number, name in opened)
                self._newest = newest

    def name_of(self, number: int | None) -> str | None:
        """The name with that number; None when it was erased, or cannot be unsealed."""
        return None if number is None else self._names.get(number)

    def by_person(self) -> dict[str, str]:
        """The newest name of everybody who has one, by their id."""
        with self._lock:
            found = sorted(self._names.items())
            return {self._people[number]: name for number, name in found if self._people[number]}

    def knows(self, number: int) -> bool:
        """Whether there is a name with that number, be it one that cannot be unsealed."""
        return number in self._people

    def fits(self, number: object, person: object) -> bool:
        """Whether the name with that number is one of that person's, or was erased."""
        known = self._people.get(cast("int", number))
        return known is None or (number in self._names and known == (person or ""))

    def people(self, is_named: Callable[[str], bool]) -> tuple[str, ...]:
        """Ids of people who have a name that the question says yes to, in order."""
        with self._lock:
            found = {self._people[number] for number, name in self._names.items() if is_named(name)}
        return tuple(sorted(found - {""}))

    def matching(self, wanted: str) -> str:
        """The numbers of names that hold a text (folded) as a JSON list."""
        with self._lock:
            return json.dumps([n for n, name in self._folded.items() if wanted in name])


def _opened(rows: Iterable[tuple[int, str, bytes]], cipher: Cipher) -> list[tuple[int, str]]:
    """The names that can be unsealed; one that was tampered with is left out and said."""
    names = []
    for number, person, sealed in rows:
        try:
            names.append((number, unseal_name(cipher, sealed, person)))
        except (SealWrong, UnicodeDecodeError) as error:
            # Without the traceback: it may happen for many names at once.
            _LOGGER.warning("a name in the history cannot be read (number %d): %s", number, error)
    return names
