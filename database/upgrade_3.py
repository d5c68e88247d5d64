"""From version 3 of the event log to version 4: names go into a table of their own, sealed."""

import re
import sqlite3
from collections.abc import Callable, Iterable

from database.cipher import Cipher, keyed, new_content_key, open_content_key, seal_name
from database.rows import searchable


def seal_names(connection: sqlite3.Connection, cipher: Cipher, statements: Iterable[str]) -> None:
    """Does the step inside the transaction that is open.

    Args:
        connection: With a database of version 3.
        cipher: Seals the names.
        statements: Those of upgrade_3.sql.
    """
    numbers: dict[tuple[str, str], int] = {}
    sealed_key = new_content_key(cipher)
    key = open_content_key(cipher, sealed_key)

    def name_number(subject_id: str | None, name: str | None) -> int | None:
        if name is None:
            return None
        return numbers.setdefault((subject_id or "", name), len(numbers) + 1)

    functions: dict[str, tuple[int, Callable[..., str | int | None]]] = {
        "name_number": (2, name_number),
        "keyed": (1, lambda content_hash: keyed(content_hash, key)),
        "without_names": (4, without_names),
        "searchable": (3, searchable),
    }
    for name, (count, function) in functions.items():
        connection.create_function(name, count, function)
    try:
        for statement in statements:
            connection.execute(statement)
    finally:
        for name, (count, _function) in functions.items():
            connection.create_function(name, count, None)
    connection.executemany(
        "INSERT INTO subject_names (name_id, subject_id, sealed) VALUES (?, ?, ?)",
        (
            (number, person, seal_name(cipher, name, person))
            for (person, name), number in numbers.items()
        ),
    )
    connection.execute(
        "INSERT INTO sealing (one, content_key, erasures) VALUES (1, ?, 0)", (sealed_key,)
    )


def without_names(reason: str, *names: str | None) -> str:
    """The sentence of an event without the people it named; version 3 named who was nearest."""
    for name in filter(None, names):
        before = f"{name} is nearest at"
        if before in reason:
            reason = reason.replace(before, "The nearest person is at")
        else:
            reason = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "this person", reason)
    return reason
