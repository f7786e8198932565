-- How far each effect has come. `at` is when it is to be delivered, if not at once; `ready_at` when it may
-- be claimed: its time, the end of a lease, or the next try. `work` is there where somebody has to report it done.
-- `planned_for` is who it was first meant for, `assignee` whose it is now. `claims` less `excused` are attempts.
-- What was set in motion before these columns were there has been handed out with its change.
ALTER TABLE effects ADD COLUMN at INTEGER;
ALTER TABLE effects ADD COLUMN due INTEGER;
ALTER TABLE effects ADD COLUMN assignee TEXT;
ALTER TABLE effects ADD COLUMN planned_for TEXT;
ALTER TABLE effects ADD COLUMN waits_for INTEGER;
ALTER TABLE effects ADD COLUMN bound INTEGER NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN state TEXT NOT NULL DEFAULT 'delivered';
ALTER TABLE effects ADD COLUMN work TEXT;
ALTER TABLE effects ADD COLUMN ready_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN leased INTEGER NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN claims INTEGER NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN excused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN note TEXT;
ALTER TABLE effects ADD COLUMN settled_at INTEGER;

-- Each holds only what somebody still has to see to.
CREATE INDEX effects_ready ON effects (tenant, kind, ready_at, record, seq, place)
    WHERE state = 'pending' AND waiting = 0 AND held = 0;
CREATE INDEX effects_dead ON effects (tenant, ready_at, record, seq, place) WHERE state = 'dead';
CREATE INDEX effects_leased ON effects (tenant, record, ready_at) WHERE leased = 1;
CREATE INDEX effects_tasks ON effects (tenant, ifnull(due, 9223372036854775807), record, seq, place)
    WHERE work = 'open' AND kind = 'create_task' AND held = 0;
CREATE INDEX effects_tasks_of ON effects (tenant, assignee, ifnull(due, 9223372036854775807), record, seq, place)
    WHERE work = 'open' AND kind = 'create_task' AND held = 0;

-- The queues that records are on, since when.
CREATE TABLE queues (
    tenant TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    queue TEXT NOT NULL,
    since INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (tenant, pipeline, queue, since, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX queues_by_record ON queues (tenant, record);
