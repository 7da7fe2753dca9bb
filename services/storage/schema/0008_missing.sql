-- How a room sees that something of its own is gone: what was written is counted beside it, and what a comparison finds
-- missing is remembered until it is there again or a person settles it.

-- How many rows a reference was given in a table that only grows: a row that is taken away leaves its number behind.
CREATE TABLE written (
    hop text NOT NULL,
    reference text NOT NULL,
    number bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (hop, reference)
);
CREATE INDEX written_lately ON written (hop, last_at);
SELECT wall('written', 'false');

CREATE FUNCTION count_written(at_hop text, refs text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO written AS w (hop, reference, number, last_at)
    SELECT at_hop, ref, count(*), clock_timestamp() FROM unnest(refs) AS ref GROUP BY ref ORDER BY ref
    ON CONFLICT (hop, reference) DO UPDATE SET number = w.number + excluded.number, last_at = excluded.last_at
$$;

CREATE FUNCTION count_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_written('stream', array_agg(stream)) FROM fresh HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER count_events AFTER INSERT ON stream_events REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION count_events();
INSERT INTO written SELECT 'stream', stream, count(*), '-infinity' FROM stream_events GROUP BY stream;

-- What this room knows to be missing: at which hop, and of what. What is settled stays, with who settled it and why.
CREATE TABLE losses (
    hop text NOT NULL,
    reference text NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    settled_by text,
    reason text,
    PRIMARY KEY (hop, reference)
);
SELECT wall('losses', 'false');

-- Marked as published, and Kafka never gave it a place.
CREATE INDEX outbox_unsent ON outbox (id) WHERE published_at IS NOT NULL AND kafka_offset IS NULL;

-- When each key last drew a number, so that looking for what was drawn and is gone reads the newest keys and not all.
ALTER TABLE counters ADD COLUMN drawn_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX counters_lately ON counters (drawn_at);
CREATE FUNCTION drawn_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.drawn_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER drawn_now BEFORE UPDATE ON counters FOR EACH ROW EXECUTE FUNCTION drawn_now();
