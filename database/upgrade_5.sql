-- From version 5 of the event log to version 6: one index for all filters, in the order of storage.
DROP INDEX events_by_checkpoint;
DROP INDEX events_by_subject;
DROP INDEX events_by_outcome;
CREATE INDEX events_by_filter ON events (
    sequence, recorded_at_ms, outcome, checkpoint_id, subject_id
);
