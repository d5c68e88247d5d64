-- The event log of FaceNetGrid (match_history.db), version 3.
--
-- This is the schema of a fresh database. Whoever changes it adds a step to migrations.py that
-- turns the version before into exactly this, and raises LATEST there; a test compares the two.
-- Times are milliseconds since the epoch, UTC. Distances are between unit templates.

-- One row an event. Rows are added and never changed: a person renamed or deleted later keeps the
-- name of the moment here.
CREATE TABLE events (
    -- Order of storage. Clocks jump, this does not: every list is ordered by it. AUTOINCREMENT
    -- keeps a number from being given twice even after the newest rows were deleted.
    sequence             INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Chosen by the checkpoint: the same event sent again finds its first row.
    event_id             TEXT    NOT NULL UNIQUE CHECK (length(event_id) = 32),
    -- SHA-256 of what was sent: other content under the same id is an alarm, not a repetition.
    content_hash         TEXT    NOT NULL,
    captured_at_ms       INTEGER NOT NULL,  -- the checkpoint's clock
    recorded_at_ms       INTEGER NOT NULL,  -- the server's clock
    checkpoint_id        TEXT    NOT NULL,
    checkpoint_name      TEXT    NOT NULL,
    outcome              TEXT    NOT NULL CHECK (outcome IN (
        'identified', 'not_enrolled', 'ambiguous', 'poor_quality', 'no_face', 'server_unreachable',
        'spoof_suspected'
    )),
    subject_id           TEXT,              -- who was named; NULL when nobody was
    display_name         TEXT,
    nearest_distance     REAL,              -- NULL when nothing was compared
    nearest_subject_id   TEXT,
    nearest_name         TEXT,
    runner_up_distance   REAL,              -- of the nearest other person
    runner_up_subject_id TEXT,
    runner_up_name       TEXT,
    threshold            REAL,
    margin               REAL,
    encoder              TEXT    NOT NULL,  -- fingerprint of the model that made the probe
    quality              TEXT    NOT NULL,  -- JSON object of numbers
    flaws                TEXT    NOT NULL,  -- JSON list of names
    frames               INTEGER NOT NULL,
    automatic            INTEGER NOT NULL CHECK (automatic IN (0, 1)),
    late                 INTEGER NOT NULL CHECK (late IN (0, 1)),
    latency_ms           INTEGER,
    reason               TEXT    NOT NULL,
    -- Names, checkpoint and reason without case and accents, one a line: what the search field
    -- looks through with instr(), for which % and _ are letters like any other.
    search_text          TEXT    NOT NULL,
    -- JSON object of numbers: what the threshold came from (target, people, cohort term).
    grounds              TEXT    NOT NULL DEFAULT '{}'
) STRICT;

-- What the tiles count, all in the index: no row is looked up for the counters of a day.
CREATE INDEX events_by_time ON events (recorded_at_ms, outcome, late, latency_ms);

-- The filters of the history, each followed by the order of the list.
CREATE INDEX events_by_checkpoint ON events (checkpoint_id, sequence);
CREATE INDEX events_by_subject ON events (subject_id, sequence);
CREATE INDEX events_by_outcome ON events (outcome, sequence);

-- One row a checkpoint that was ever connected.
CREATE TABLE checkpoints (
    checkpoint_id TEXT    PRIMARY KEY,
    name          TEXT    NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms  INTEGER NOT NULL,
    software      TEXT    NOT NULL,
    encoder       TEXT    NOT NULL
) STRICT;
