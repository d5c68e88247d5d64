"""The outbox's tables."""

import sqlite3

from client.outbox_schema import BURY, COUNT, REMOVE, SCHEMA


def test_an_event_moves_from_waiting_to_dead_and_is_counted() -> None:
    """As it is, with what it died of."""
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    assert db.execute(COUNT).fetchone() == (0, 0, 0)
    db.execute("INSERT INTO waiting (event_id, kept_at_ms, sealed) VALUES ('a', 1, x'0102')")
    db.execute("INSERT INTO waiting (event_id, kept_at_ms, sealed) VALUES ('b', 2, x'03')")
    assert db.execute(COUNT).fetchone() == (2, 0, 3)
    db.execute(BURY, (9, "why", "a"))
    db.execute(REMOVE, ("a",))
    assert db.execute(COUNT).fetchone() == (1, 1, 3)
    row = db.execute("SELECT event_id, kept_at_ms, sealed, died_at_ms, code FROM dead").fetchone()
    assert row == ("a", 1, b"\x01\x02", 9, "why")
    db.close()
