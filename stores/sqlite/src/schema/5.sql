-- What failed and is to be tried again: it holds back those of its kind that come after it in its record.
CREATE INDEX effects_failed ON effects (tenant, record, kind, seq, place, ready_at)
    WHERE state = 'pending' AND waiting = 0 AND held = 0 AND leased = 0 AND claims > excused;

-- Bookings are work to be done as tasks are.
DROP INDEX effects_tasks;
DROP INDEX effects_tasks_of;
CREATE INDEX effects_tasks ON effects (tenant, ifnull(due, 9223372036854775807), record, seq, place)
    WHERE work = 'open' AND (kind = 'create_task' OR kind = 'book_call' OR kind = 'schedule_meeting') AND held = 0;
CREATE INDEX effects_tasks_of ON effects (tenant, assignee, ifnull(due, 9223372036854775807), record, seq, place)
    WHERE work = 'open' AND (kind = 'create_task' OR kind = 'book_call' OR kind = 'schedule_meeting') AND held = 0;

-- The row of the task that `waits_for` means, where it is an earlier one.
ALTER TABLE effects ADD COLUMN waits_row INTEGER;
