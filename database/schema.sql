-- The event log of FaceNetGrid (match_history.db), version 6.
--
-- This is the schema of a fresh database. Whoever changes it adds a step to migrations.py that
-- turns the version before into exactly this, and raises LATEST there; a test compares the two.
-- Times are milliseconds since the epoch, UTC. Distances are between unit templates.

-- Names of people, sealed: whoever has this file without the key reads none. One row for each name
-- that a person had when an event was stored; a person renamed has several. The same name of the
-- same person is stored once (the one writer sees to it: sealed twice it looks different).
CREATE TABLE subject_names (
    -- AUTOINCREMENT: the number of an erased name is never given to another one.
    name_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_id TEXT    NOT NULL,
    sealed     BLOB    NOT NULL
) STRICT;
CREATE INDEX subject_names_by_subject ON subject_names (subject_id);

-- One row.
CREATE TABLE sealing (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    content_key BLOB    NOT NULL,  -- sealed: the key that makes content_hash of a plain hash
    erasures    INTEGER NOT NULL   -- grows when names are deleted: readers then forget theirs
) STRICT;

-- One row: how many events were deleted because their time was over, which explains the numbers
-- that are missing. Any other that is missing was deleted by somebody else.
CREATE TABLE forgotten (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    events INTEGER NOT NULL,
    proof  BLOB    NOT NULL
) STRICT;

-- One row an event. A person renamed later keeps the name of the moment here. Rows are added and
-- not changed, but for two cases: when a person is erased, who it was goes from them; and what a
-- checkpoint decided alone may be told after the event. Both make the proof again.
CREATE TABLE events (
    -- Order of storage. Clocks jump, this does not: every list is ordered by it. AUTOINCREMENT
    -- keeps a number from being given twice even after the newest rows were deleted.
    sequence             INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Chosen by the checkpoint: the same event sent again finds its first row.
    event_id             TEXT    NOT NULL UNIQUE CHECK (length(event_id) = 32),
    -- Of what was sent, keyed: other content under the same id is an alarm, not a repetition.
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
    name_id              INTEGER,           -- the name then, of subject_names
    nearest_distance     REAL,              -- NULL when nothing was compared
    nearest_subject_id   TEXT,
    nearest_name_id      INTEGER,
    runner_up_distance   REAL,              -- of the nearest other person
    runner_up_subject_id TEXT,
    runner_up_name_id    INTEGER,
    threshold            REAL,
    margin               REAL,
    encoder              TEXT    NOT NULL,  -- fingerprint of the model that made the probe
    quality              TEXT    NOT NULL,  -- JSON object of numbers
    flaws                TEXT    NOT NULL,  -- JSON list of names
    frames               INTEGER NOT NULL,
    automatic            INTEGER NOT NULL CHECK (automatic IN (0, 1)),
    late                 INTEGER NOT NULL CHECK (late IN (0, 1)),
    latency_ms           INTEGER,
    reason               TEXT    NOT NULL,  -- a sentence without names
    -- Checkpoint and reason without case and accents, one a line: what the search field looks
    -- through with instr(), for which % and _ are letters like any other. Names are looked through
    -- in memory.
    search_text          TEXT    NOT NULL,
    -- JSON object of numbers: what the threshold came from (target, people, cohort term).
    grounds              TEXT    NOT NULL,
    -- Who decided what the person was told, and what a checkpoint that was alone decided.
    decided_by           TEXT    NOT NULL CHECK (decided_by IN ('server', 'checkpoint')),
    offline_outcome      TEXT,
    offline_subject_id   TEXT,
    offline_name_id      INTEGER,
    clock_skew           INTEGER NOT NULL CHECK (clock_skew IN (0, 1)),
    -- A keyed digest of all the columns before (proofs.py): who has no key cannot make it.
    proof                BLOB    NOT NULL DEFAULT x''
) STRICT;

-- What the tiles count, all in the index: no row is looked up for the counters of a day.
CREATE INDEX events_by_time ON events (recorded_at_ms, outcome, late, latency_ms);

-- What the filters of the history look through, newest first, without looking up a row that does not
-- match: 0.1 s for a million. One index in the order of storage and not one for each filter: those
-- grow at as many places as there are checkpoints and people, and each place is a page to write.
CREATE INDEX events_by_filter ON events (
    sequence, recorded_at_ms, outcome, checkpoint_id, subject_id
);

-- One row a checkpoint that was ever connected.
CREATE TABLE checkpoints (
    checkpoint_id TEXT    PRIMARY KEY,
    name          TEXT    NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms  INTEGER NOT NULL,
    software      TEXT    NOT NULL,
    encoder       TEXT    NOT NULL
) STRICT;
