-- Counts as they are being said, by quarters of an hour: disposable, drawn again from the facts at any time.
CREATE TABLE live_counts (
    starts timestamptz NOT NULL,
    unit text NOT NULL,
    what text NOT NULL,
    need text NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (starts, unit, what, need)
);
SELECT wall('live_counts', $$ unit = ANY ((SELECT in_reach('unit', 'figure.see'))::text[]) $$);

-- When the counts were last known to be complete: one row, and nothing about a place.
CREATE TABLE live_pulse (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    counted_at timestamptz NOT NULL
);

-- The facts of the last day, by when they were said.
CREATE INDEX facts_said ON facts (type, recorded_at);
