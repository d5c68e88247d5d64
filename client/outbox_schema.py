"""The tables of the outbox file, and what is said to them in more than a line."""

SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE waiting (
    place      INTEGER PRIMARY KEY,         -- the order they happened in
    event_id   TEXT NOT NULL UNIQUE,
    kept_at_ms INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,  -- that failed
    last_error TEXT NOT NULL DEFAULT '',
    sealed     BLOB NOT NULL                -- bound to event_id
);
CREATE TABLE dead (
    place INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, kept_at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL, last_error TEXT NOT NULL, sealed BLOB NOT NULL,
    died_at_ms INTEGER NOT NULL, code TEXT NOT NULL
);
"""
BURY = """
INSERT INTO dead (event_id, kept_at_ms, attempts, last_error, sealed, died_at_ms, code)
SELECT event_id, kept_at_ms, attempts, last_error, sealed, ?, ? FROM waiting WHERE event_id = ?
"""
REMOVE = "DELETE FROM waiting WHERE event_id = ?"
COUNT = """
SELECT COUNT(died_at_ms IS NULL OR NULL), COUNT(died_at_ms), COALESCE(SUM(LENGTH(sealed)), 0)
FROM (SELECT sealed, NULL AS died_at_ms FROM waiting UNION ALL SELECT sealed, died_at_ms FROM dead)
"""
