-- From version 2 to 3: what a verdict's limit came from, beside the limit itself.

ALTER TABLE events ADD COLUMN grounds TEXT NOT NULL DEFAULT '{}';
