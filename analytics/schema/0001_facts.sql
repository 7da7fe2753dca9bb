-- What other rooms said happened, one row an event; a figure is always a count over these rows.
CREATE TABLE facts (
    event_id text PRIMARY KEY,
    type text NOT NULL,
    unit text NOT NULL,
    key text NOT NULL,
    subject text NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    dimensions jsonb NOT NULL
);
CREATE INDEX facts_counted ON facts (type, unit, occurred_at);
