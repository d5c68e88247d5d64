-- From version 3 of the event log to version 4: no name of a person stands here in clear.
--
-- The functions keyed, name_number, without_names and searchable are those of upgrade_3.py, which
-- fills subject_names and sealing afterwards. The numbers of events given so far stay given.
CREATE TABLE subject_names (
    name_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_id TEXT    NOT NULL,
    sealed     BLOB    NOT NULL
) STRICT;
CREATE INDEX subject_names_by_subject ON subject_names (subject_id);
CREATE TABLE sealing (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    content_key BLOB    NOT NULL,
    erasures    INTEGER NOT NULL
) STRICT;
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
    name_id              INTEGER,
    nearest_distance     REAL,
    nearest_subject_id   TEXT,
    nearest_name_id      INTEGER,
    runner_up_distance   REAL,
    runner_up_subject_id TEXT,
    runner_up_name_id    INTEGER,
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
    search_text          TEXT    NOT NULL,
    grounds              TEXT    NOT NULL,
    decided_by           TEXT    NOT NULL CHECK (decided_by IN ('server', 'checkpoint')),
    offline_outcome      TEXT,
    offline_subject_id   TEXT,
    offline_name_id      INTEGER,
    clock_skew           INTEGER NOT NULL CHECK (clock_skew IN (0, 1))
) STRICT;

INSERT INTO new_events (
    sequence, event_id, content_hash, captured_at_ms, recorded_at_ms, checkpoint_id,
    checkpoint_name, outcome, subject_id, name_id, nearest_distance, nearest_subject_id,
    nearest_name_id, runner_up_distance, runner_up_subject_id, runner_up_name_id, threshold,
    margin, encoder, quality, flaws, frames, automatic, late, latency_ms, reason, search_text,
    grounds, decided_by, offline_outcome, offline_subject_id, offline_name_id, clock_skew
) SELECT
    sequence, event_id, keyed(content_hash), captured_at_ms, recorded_at_ms, checkpoint_id,
    checkpoint_name, outcome, subject_id, name_number(subject_id, display_name), nearest_distance,
    nearest_subject_id, name_number(nearest_subject_id, nearest_name), runner_up_distance,
    runner_up_subject_id, name_number(runner_up_subject_id, runner_up_name), threshold, margin,
    encoder, quality, flaws, frames, automatic, late, latency_ms,
    without_names(reason, display_name, nearest_name, runner_up_name),
    searchable(
        checkpoint_name, checkpoint_id,
        without_names(reason, display_name, nearest_name, runner_up_name)
    ),
    grounds, 'server', NULL, NULL, NULL,
    CASE
        WHEN latency_ms IS NULL THEN captured_at_ms - recorded_at_ms > 60000
        ELSE abs(recorded_at_ms - captured_at_ms - latency_ms) > 60000
    END
FROM events ORDER BY sequence;

DELETE FROM sqlite_sequence WHERE name = 'new_events';
UPDATE sqlite_sequence SET name = 'new_events' WHERE name = 'events';
DROP TABLE events;
ALTER TABLE new_events RENAME TO events;

CREATE INDEX events_by_time ON events (recorded_at_ms, outcome, late, latency_ms);
CREATE INDEX events_by_checkpoint ON events (checkpoint_id, sequence);
CREATE INDEX events_by_subject ON events (subject_id, sequence);
CREATE INDEX events_by_outcome ON events (outcome, sequence);
