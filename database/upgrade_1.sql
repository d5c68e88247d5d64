-- From version 1 of the event log to version 2: spoof_suspected is an outcome.
--
-- SQLite cannot change a CHECK: the table is made anew and filled. The numbers given so far stay
-- given: sequences of deleted rows are not used again.
CREATE TABLE new_events (
    sequence             INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id             TEXT    NOT NULL UNIQUE CHECK (length(event_id) = 32),
    content_hash         TEXT    NOT NULL,
    captured_at_ms       INTEGER NOT NULL,
    recorded_at_ms       INTEGER NOT NULL,
    checkpoint_id        TEXT    NOT NULL,
    checkpoint_name      TEXT    NOT NULL,
    outcome              TEXT    NOT NULL CHECK (outcome IN (
        'identified', 'not_enrolled', 'ambiguous', 'poor_quality', 'no_face', 'server_unreachable',
        'spoof_suspected'
    )),
    subject_id           TEXT,
    display_name         TEXT,
    nearest_distance     REAL,
    nearest_subject_id   TEXT,
    nearest_name         TEXT,
    runner_up_distance   REAL,
    runner_up_subject_id TEXT,
    runner_up_name       TEXT,
    threshold            REAL,
    margin               REAL,
    encoder              TEXT    NOT NULL,
    quality              TEXT    NOT NULL,
    flaws                TEXT    NOT NULL,
    frames               INTEGER NOT NULL,
    automatic            INTEGER NOT NULL CHECK (automatic IN (0, 1)),
    late                 INTEGER NOT NULL CHECK (late IN (0, 1)),
    latency_ms           INTEGER,
    reason               TEXT    NOT NULL,
    search_text          TEXT    NOT NULL
) STRICT;

INSERT INTO new_events (
    sequence, event_id, content_hash, captured_at_ms, recorded_at_ms, checkpoint_id,
    checkpoint_name, outcome, subject_id, display_name, nearest_distance,
    nearest_subject_id, nearest_name, runner_up_distance, runner_up_subject_id,
    runner_up_name, threshold, margin, encoder, quality, flaws, frames, automatic, late,
    latency_ms, reason, search_text
) SELECT
    sequence, event_id, content_hash, captured_at_ms, recorded_at_ms, checkpoint_id,
    checkpoint_name, outcome, subject_id, display_name, nearest_distance,
    nearest_subject_id, nearest_name, runner_up_distance, runner_up_subject_id,
    runner_up_name, threshold, margin, encoder, quality, flaws, frames, automatic, late,
    latency_ms, reason, search_text
FROM events;

DELETE FROM sqlite_sequence WHERE name = 'new_events';
UPDATE sqlite_sequence SET name = 'new_events' WHERE name = 'events';
DROP TABLE events;
ALTER TABLE new_events RENAME TO events;

CREATE INDEX events_by_time ON events (recorded_at_ms, outcome, late, latency_ms);
CREATE INDEX events_by_checkpoint ON events (checkpoint_id, sequence);
CREATE INDEX events_by_subject ON events (subject_id, sequence);
CREATE INDEX events_by_outcome ON events (outcome, sequence);
