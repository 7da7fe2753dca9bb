-- Most commands announce one thing and set no date: what there is nothing of is not looked through.

CREATE OR REPLACE FUNCTION commit_work(work jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_incarnation integer;
BEGIN
    IF jsonb_array_length(work -> 'events') > 0 THEN
        INSERT INTO stream_events (stream, version, type, data, recorded_at, actor, correlation_id)
        SELECT e.stream, e.version, e.type, e.data, e.recorded_at, e.actor, e.correlation_id
        FROM ROWS FROM (
            jsonb_to_recordset(work -> 'events') AS (stream text, version integer, type text, data jsonb,
                recorded_at timestamptz, actor text, correlation_id text)
        ) WITH ORDINALITY AS e (stream, version, type, data, recorded_at, actor, correlation_id, place)
        ORDER BY e.place;
    END IF;

    IF jsonb_array_length(work -> 'deadlines') > 0 THEN
        DELETE FROM deadlines d USING jsonb_to_recordset(work -> 'deadlines') AS w (kind text, subject text, due_at timestamptz)
        WHERE d.kind = w.kind AND d.subject = w.subject AND w.due_at IS NULL;
        INSERT INTO deadlines (kind, subject, due_at, correlation_id)
        SELECT w.kind, w.subject, w.due_at, w.correlation_id
        FROM jsonb_to_recordset(work -> 'deadlines') AS w (kind text, subject text, due_at timestamptz, correlation_id text)
        WHERE w.due_at IS NOT NULL
        ORDER BY w.kind, w.subject
        ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at, correlation_id = excluded.correlation_id,
            failures = 0, not_before = '-infinity';
    END IF;

    IF jsonb_array_length(work -> 'announcements') > 0 THEN
        -- Shared with every other command; raising the incarnation, and the list of what was said before, take it alone.
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('incarnation', 0));
        SELECT value INTO now_incarnation FROM incarnation;
        IF EXISTS (SELECT FROM said_before) THEN
            SELECT jsonb_set(work, '{announcements}', coalesce(jsonb_agg(a ORDER BY place), '[]')) INTO work
            FROM jsonb_array_elements(work -> 'announcements') WITH ORDINALITY AS said (a, place)
            WHERE NOT said_again(a ->> 'key', a ->> 'type', a ->> 'body');
        END IF;
        -- The numbers are drawn last and in sorted order, because each draw holds its counter until the commit.
        WITH said AS (
            SELECT a.*, row_number() OVER (PARTITION BY a.topic, a.key ORDER BY a.place) AS nth
            FROM ROWS FROM (
                jsonb_to_recordset(work -> 'announcements') AS (event_id text, topic text, key text, type text, subject text,
                    unit text, occurred_at timestamptz, recorded_at timestamptz, correlation_id text, traceparent text, body text)
            ) WITH ORDINALITY AS a (event_id, topic, key, type, subject, unit, occurred_at, recorded_at, correlation_id,
                traceparent, body, place)
        ), wanted AS (
            SELECT topic, key, count(*) AS number FROM said GROUP BY topic, key ORDER BY topic, key
        ), drawn AS (
            INSERT INTO counters AS c (topic, key, incarnation, drawn)
            SELECT topic, key, now_incarnation, number FROM wanted ORDER BY topic, key
            ON CONFLICT (topic, key) DO UPDATE SET
                drawn = CASE WHEN c.incarnation = excluded.incarnation THEN c.drawn + excluded.drawn ELSE excluded.drawn END,
                incarnation = excluded.incarnation
            RETURNING c.topic, c.key, c.drawn
        )
        INSERT INTO outbox (event_id, topic, key, incarnation, sequence, type, subject, unit, occurred_at, recorded_at,
            correlation_id, traceparent, body)
        SELECT id_in_incarnation(s.event_id, now_incarnation), s.topic, s.key, now_incarnation, d.drawn - w.number + s.nth, s.type, s.subject, s.unit,
            s.occurred_at, s.recorded_at, s.correlation_id, s.traceparent, s.body
        FROM said s JOIN drawn d USING (topic, key) JOIN wanted w USING (topic, key)
        ORDER BY s.place;
    END IF;
END $$;
DROP FUNCTION write_work(jsonb);

-- As before, without a function between: the events of a statement, counted by their streams.
CREATE OR REPLACE FUNCTION count_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO written AS w (hop, reference, number, last_at)
    SELECT 'stream', stream, count(*), clock_timestamp() FROM fresh GROUP BY stream ORDER BY stream
    ON CONFLICT (hop, reference) DO UPDATE SET number = w.number + excluded.number, last_at = excluded.last_at;
    RETURN NULL;
END $$;

-- Puts all writing to a table behind the wall: a caller may see rows of it, and the house alone writes them, at the end of
-- a work. Asking only that, each row costs less than asking also what the caller would see.
CREATE FUNCTION written_by_house(protected text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER POLICY wall ON %I WITH CHECK ((SELECT in_house()))', protected);
END $$;
SELECT written_by_house(name) FROM unnest(ARRAY['stream_events', 'idempotency', 'outbox', 'counters', 'deadlines', 'written']) AS name;

-- Marks rows as published if the caller still holds the lease; only rows not marked before count. A row is locked once,
-- by its change: whoever else marks it meanwhile is waited for and finds it marked.
CREATE OR REPLACE FUNCTION mark_published(by_holder text, in_term bigint, ids bigint[], partitions integer[], offsets bigint[])
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    marked_count integer;
BEGIN
    PERFORM FROM relay_lease WHERE holder = by_holder AND term = in_term FOR SHARE;
    IF NOT FOUND THEN
        RETURN -1;
    END IF;
    WITH sent AS (
        SELECT * FROM unnest(ids, partitions, offsets) AS s (id, kafka_partition, kafka_offset)
    ), marked AS (
        -- What is published once more was counted when it was published first.
        UPDATE outbox o SET published_at = clock_timestamp(), kafka_partition = s.kafka_partition, kafka_offset = s.kafka_offset
        FROM sent s JOIN outbox before USING (id) WHERE o.id = s.id AND o.published_at IS NULL
        RETURNING o.topic, o.key, o.incarnation, o.sequence, o.kafka_partition, o.kafka_offset, before.kafka_offset IS NULL AS first_time
    ), by_key AS (
        INSERT INTO published_keys AS k (topic, key, incarnation, published)
        SELECT DISTINCT ON (topic, key) topic, key, incarnation, sequence FROM marked
        ORDER BY topic, key, incarnation DESC, sequence DESC
        ON CONFLICT (topic, key) DO UPDATE SET incarnation = excluded.incarnation, published = excluded.published
        WHERE (excluded.incarnation, excluded.published) > (k.incarnation, k.published)
    ), by_partition AS (
        INSERT INTO published_counts AS c (topic, partition, incarnation, count, last_offset)
        SELECT topic, kafka_partition, incarnation, count(*) FILTER (WHERE first_time), max(kafka_offset)
        FROM marked GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (topic, partition, incarnation) DO UPDATE SET
            count = c.count + excluded.count, last_offset = greatest(c.last_offset, excluded.last_offset)
    )
    SELECT count(*) INTO marked_count FROM marked;
    RETURN marked_count;
END $$;
