"""What a history is made of, held against what this program makes: nothing less, nothing more.

Whoever may write the file can put a trigger into it that throws new rows away, or brings back who
was erased: every row would have its proof, and SQLite finds nothing wrong with the file.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from database import migrations
from database.cipher import Cipher
from database.errors import DatabaseDamaged, problem_of
from database.log_state import TellUpgrade, tell_nobody

_NAMED = 5
"""Of more things than these only the number is told."""
_LETTERS = 40
"""Of a name, which may be anything."""
_ORDER = ("put in", "changed", "gone")

Thing = tuple[str, str, str, tuple[str, ...]]
"""Kind, name, table, and the words of its statement."""

# As bytes: a name that is no UTF-8 is none that Python reads.
_THINGS = """
    SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB)
    FROM sqlite_schema
"""
# As SQLite reads them (https://www.sqlite.org/src/file/src/tokenize.c): no text in quotation marks
# hides a comment, and no comment hides anything else.
_WORD = re.compile(
    r"""--[^\n]* | /\*.*?(?:\*/|\Z) | [ \t\n\f\r]+ | ('(?:[^']|'')*' | "(?:[^"]|"")*" | \w+ | .)""",
    re.DOTALL | re.VERBOSE,
)


def strange_in(
    connection: sqlite3.Connection, *, version: int = migrations.LATEST
) -> tuple[str, ...]:
    """What was put in, changed or taken away, each in a few words; nothing where all is ours.

    Args:
        connection: May read.
        version: Of the history. In an older one only what is no table or index is strange: an
            upgrade makes it ours, and is followed by a look of its own.
    """
    found = things_of(connection)
    if version < migrations.LATEST:
        return _told({_called(one): "put in" for one in found if not _passive(one)})
    wrong = {_called(one): "gone" for one in (_ours() - found)}
    for one in found - _ours():
        called = _called(one)
        wrong[called] = "changed" if called in wrong else "put in"
    return _told(wrong)


def look_at_shape(path: Path) -> tuple[str, ...]:
    """What is strange in a history of any version of ours; a server may be writing.

    Raises:
        DatabaseProblem: It cannot be read.
    """
    with reading(path) as connection:
        return strange_in(connection, version=migrations.version_of(connection))


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads, to look at a history through; a server may be writing.

    Raises:
        DatabaseProblem: It cannot be read.
    """
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2.0, isolation_level=None
        )
        with closing(connection):
            yield connection
    except sqlite3.Error as error:
        raise problem_of(error, path) from error


def check(connection: sqlite3.Connection, name: str, *, version: int = migrations.LATEST) -> None:
    """Refuses a history in which something is strange.

    Args:
        connection: May read.
        name: What the sentence calls it.
        version: As in `strange_in`.

    Raises:
        DatabaseDamaged: Something is strange.
    """
    strange = strange_in(connection, version=version)
    if strange:
        raise DatabaseDamaged(
            f"{name} is not made as this program makes it ({'; '.join(strange)}): somebody or "
            "another program changed it. Set it aside and restore the latest backup."
        )


def upgrade_checked(
    connection: sqlite3.Connection, cipher: Cipher, name: str, *, tell: TellUpgrade = tell_nobody
) -> None:
    """Upgrades a history in which nothing is strange, neither before nor afterwards.

    Raises:
        DatabaseProblem: Something is strange, or as `migrations.upgrade`.
    """
    check(connection, name, version=migrations.version_of(connection))
    if migrations.upgrade(connection, cipher, tell=tell):
        check(connection, name)


def things_of(connection: sqlite3.Connection) -> Counter[Thing]:
    """Everything that is in a database but for its rows; comments and blanks do not count."""
    return Counter(
        (_text(kind), _text(name), _text(table), _words(_text(sql), _text(name)))
        for kind, name, table, sql in connection.execute(_THINGS)
    )


@cache
def _ours() -> Counter[Thing]:
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrations.lay_out(fresh)
        return things_of(fresh)
    finally:
        fresh.close()


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "backslashreplace")


def _words(sql: str, name: str) -> tuple[str, ...]:
    """The words of a statement. A table that was renamed has its own name in quotation marks."""
    found = (match[1] for match in _WORD.finditer(sql))
    return tuple(name if word == f'"{name}"' else word for word in found if word)


def _passive(thing: Thing) -> bool:
    """Whether it is a table or an index, which do nothing by themselves."""
    kind, _name, _table, words = thing
    return kind in ("table", "index") and words[:2] in (("CREATE", kind.upper()), ())


def _called(thing: Thing) -> str:
    return f"{thing[0][:_LETTERS]!a} {thing[1][:_LETTERS]!a}".replace("'", "")


def _told(wrong: dict[str, str]) -> tuple[str, ...]:
    # What was put in says most: a view in the place of a table changes indexes too.
    order = sorted(wrong, key=lambda called: (_ORDER.index(wrong[called]), called))
    told = [f"{called} {wrong[called]}" for called in order]
    more = len(told) - _NAMED
    return (*told[:_NAMED], f"{more} more") if more > 0 else tuple(told)
