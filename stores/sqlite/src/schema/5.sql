-- What failed and is to be tried again: it holds back those of its kind that come after it in its record.
CREATE INDEX effects_failed ON effects (tenant, record, kind, seq, place)
    WHERE state = 'pending' AND waiting = 0 AND held = 0 AND leased = 0 AND claims > excused;
