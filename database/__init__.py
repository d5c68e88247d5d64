"""The event log: one writer thread, read-only readers, schema and backups of match_history.db."""
