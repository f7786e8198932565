-- Where a migrated record came from, in rows of the kind migration.
ALTER TABLE journal ADD COLUMN origin_pipeline TEXT;
ALTER TABLE journal ADD COLUMN origin_definition INTEGER;

-- The edits that made a version, as JSON; nothing when it was published as a whole.
ALTER TABLE definitions ADD COLUMN revision TEXT;

-- What was ordered to be moved by a map, so that it can be gone on with. Open until it is finished.
CREATE TABLE migrations (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    into_pipeline TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    migration TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

-- How many records are in each stage, as of one row of the journal; the empty stage is none. What came
-- after is added when somebody asks.
CREATE TABLE stage_counts (
    tenant TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    stage TEXT NOT NULL,
    records INTEGER NOT NULL,
    PRIMARY KEY (tenant, pipeline, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage_counts_upto (
    tenant TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
