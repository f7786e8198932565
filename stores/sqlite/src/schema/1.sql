-- What this file is; `schema` is the version of these tables.
CREATE TABLE lifestage_meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Each record as its last journal row left it. Times are microseconds since 1970, in UTC.
CREATE TABLE records (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    stage TEXT,
    version INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    visit INTEGER NOT NULL,
    entered_at INTEGER,
    created_at INTEGER,
    last_at INTEGER,
    owner TEXT,
    closed_at INTEGER,
    lost_reason TEXT,
    definition INTEGER NOT NULL,
    head BLOB NOT NULL,
    memory TEXT,
    fields TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX records_by_stage ON records (tenant, pipeline, stage, entered_at DESC, id DESC);
CREATE INDEX records_by_email ON records (tenant, json_extract(fields, '$.email'), id);

-- Every change ever made, in order of commit. Rows are only ever added.
CREATE TABLE journal (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    record TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    definition INTEGER NOT NULL,
    move TEXT,
    from_stage TEXT,
    from_label TEXT,
    from_outcome TEXT,
    to_stage TEXT,
    to_label TEXT,
    to_outcome TEXT,
    direction TEXT,
    actor TEXT NOT NULL,
    automation INTEGER NOT NULL,
    forced INTEGER NOT NULL,
    start_unknown INTEGER NOT NULL,
    reason TEXT,
    input TEXT,
    facts TEXT,
    was_closed_at INTEGER,
    was_lost_reason TEXT,
    refers_to INTEGER,
    effective_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    key TEXT,
    request BLOB,
    batch TEXT,
    version_after INTEGER NOT NULL,
    salt BLOB,
    personal BLOB,
    effects BLOB,
    previous BLOB,
    hash BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX journal_by_record ON journal (tenant, record, seq);
CREATE UNIQUE INDEX journal_by_key ON journal (tenant, key) WHERE key IS NOT NULL;
CREATE INDEX journal_by_position ON journal (tenant, position);

-- What each row set in motion, in order.
CREATE TABLE effects (
    tenant TEXT NOT NULL,
    record TEXT NOT NULL,
    seq INTEGER NOT NULL,
    place INTEGER NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    trigger TEXT NOT NULL,
    visit INTEGER NOT NULL,
    args TEXT,
    missing TEXT,
    PRIMARY KEY (tenant, record, seq, place)
) STRICT, WITHOUT ROWID;

-- Every version of every pipeline.
CREATE TABLE definitions (
    tenant TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    version INTEGER NOT NULL,
    replaces INTEGER,
    meaning BLOB NOT NULL,
    published_by TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (tenant, pipeline, version)
) STRICT;

-- The version of each pipeline that judges the next move.
CREATE TABLE published (
    tenant TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    version INTEGER NOT NULL,
    meaning BLOB NOT NULL,
    PRIMARY KEY (tenant, pipeline)
) STRICT, WITHOUT ROWID;
