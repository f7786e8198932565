-- Whether a record is there to be worked with (`live`), in the trash (`trashed`) or one with another
-- (`merged`); what it points at, as JSON; and the e-mail address that it alone holds.
ALTER TABLE records ADD COLUMN links TEXT;
ALTER TABLE records ADD COLUMN reserved TEXT;
ALTER TABLE records ADD COLUMN trashed_at INTEGER;
ALTER TABLE records ADD COLUMN presence TEXT NOT NULL DEFAULT 'live';

-- Views over live records read nothing else; the others are apart, where they are few.
DROP INDEX records_by_stage;
CREATE INDEX records_by_stage ON records (tenant, pipeline, stage, entered_at DESC, id DESC)
    WHERE presence = 'live';
CREATE INDEX records_set_aside ON records (tenant, pipeline, presence, stage, entered_at DESC, id DESC)
    WHERE presence <> 'live';
CREATE UNIQUE INDEX records_by_reserved ON records (tenant, reserved) WHERE reserved IS NOT NULL;

-- Who points at a record, in which way.
CREATE TABLE links (
    tenant TEXT NOT NULL,
    link TEXT NOT NULL,
    target TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (tenant, link, target, record)
) STRICT, WITHOUT ROWID;

DROP VIEW IF EXISTS overview;
