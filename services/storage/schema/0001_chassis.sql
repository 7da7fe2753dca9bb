-- What every room's database holds, whatever the room is about. Applied before the room's own files, as the owner role.

-- The facts a room decided, for ever: the run role may add to them and read them, never change them.
CREATE TABLE stream_events (
    position bigint GENERATED ALWAYS AS IDENTITY,
    stream text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    type text NOT NULL,
    data jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    correlation_id text NOT NULL,
    PRIMARY KEY (stream, version)
);
CREATE UNIQUE INDEX stream_events_by_position ON stream_events (position);

-- Raised by one when the database was restored to an earlier point, so that readers accept what follows as its successor.
CREATE TABLE incarnation (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    value integer NOT NULL
);
INSERT INTO incarnation (value) VALUES (1);

-- The last number drawn for each key; above what was published with no outbox row in between is loss, and seen.
CREATE TABLE counters (
    topic text NOT NULL,
    key text NOT NULL,
    incarnation integer NOT NULL,
    drawn bigint NOT NULL,
    PRIMARY KEY (topic, key)
);

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    incarnation integer NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    unit text NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    correlation_id text NOT NULL,
    traceparent text,
    body text NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at timestamptz,
    kafka_partition integer,
    kafka_offset bigint
);
CREATE UNIQUE INDEX outbox_event ON outbox (event_id);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

-- Who may publish. The term rises with every new holder, so that what a passed-over holder writes can be told apart.
CREATE TABLE relay_lease (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    holder text NOT NULL,
    term bigint NOT NULL,
    beat bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL
);
INSERT INTO relay_lease (holder, term, expires_at) VALUES ('nobody', 0, '-infinity');

-- What the relay knows it published: per key for the loss check, per partition for the checkpoints.
CREATE TABLE published_keys (
    topic text NOT NULL,
    key text NOT NULL,
    incarnation integer NOT NULL,
    published bigint NOT NULL,
    PRIMARY KEY (topic, key)
);
CREATE TABLE published_counts (
    topic text NOT NULL,
    partition integer NOT NULL,
    incarnation integer NOT NULL,
    count bigint NOT NULL,
    last_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition, incarnation)
);

-- How far this room has heard each partition. The epoch fences a reader that was passed over.
CREATE TABLE positions (
    topic text NOT NULL,
    partition integer NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    next_offset bigint NOT NULL DEFAULT 0,
    claims integer NOT NULL DEFAULT 0,
    suspect_offset bigint,
    suspect_attempts integer NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);

-- The last number of each key that was dealt with, wanted or not.
CREATE TABLE heard (
    source text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    incarnation integer NOT NULL,
    last bigint NOT NULL,
    last_id text NOT NULL,
    PRIMARY KEY (source, topic, key)
);

-- Events that wait: held because an earlier one of their key is missing or parked, or parked with a reason.
CREATE TABLE set_aside (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    source text,
    key text,
    incarnation integer,
    sequence bigint,
    event_id text,
    type text,
    record_key bytea,
    headers jsonb NOT NULL,
    body bytea,
    reason text,
    attempts integer NOT NULL DEFAULT 0,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (topic, partition, "offset"),
    UNIQUE (source, topic, key, incarnation, sequence)
);

-- Events that a person gave up, and why: their keys went on without them.
CREATE TABLE given_up (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    source text,
    key text,
    incarnation integer,
    sequence bigint,
    event_id text,
    type text,
    reason text NOT NULL,
    given_up_by text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition, "offset")
);

-- Distinct events heard from each source, and what its checkpoints said it had sent: fewer is loss.
CREATE TABLE heard_counts (
    source text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    incarnation integer NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (source, topic, partition, incarnation)
);
CREATE TABLE checkpoints_heard (
    source text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    incarnation integer NOT NULL,
    term bigint NOT NULL,
    count bigint NOT NULL,
    missing bigint NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, topic, partition)
);

-- What must be looked at again, and when in domain time.
CREATE TABLE deadlines (
    kind text NOT NULL,
    subject text NOT NULL,
    due_at timestamptz NOT NULL,
    correlation_id text NOT NULL DEFAULT '',
    failures integer NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (kind, subject)
);
CREATE INDEX deadlines_by_date ON deadlines (due_at);

-- The first answer to each request that creates or changes something.
CREATE TABLE idempotency (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer NOT NULL,
    reply bytea NOT NULL,
    headers jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (caller, key)
);

-- Names, contacts, addresses and narratives, sealed. Only intake fills it.
CREATE TABLE vault (
    subject text NOT NULL,
    section text NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (subject, section)
);
CREATE TABLE access_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    unit text NOT NULL,
    correlation_id text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX access_log_by_subject ON access_log (subject, id);

-- The directory as last announced: who works where, may be what, and covers which desks.
CREATE TABLE directory_institutions (
    code text PRIMARY KEY,
    unit text NOT NULL,
    kind text NOT NULL,
    active boolean NOT NULL
);
CREATE INDEX directory_institutions_by_unit ON directory_institutions (unit);
CREATE TABLE directory_desks (
    code text PRIMARY KEY,
    institution text NOT NULL,
    purpose text NOT NULL
);
CREATE INDEX directory_desks_by_institution ON directory_desks (institution);
CREATE TABLE directory_accounts (
    account text PRIMARY KEY,
    institution text NOT NULL,
    unit text NOT NULL,
    roles text[] NOT NULL,
    desks text[] NOT NULL,
    active boolean NOT NULL,
    listed_at timestamptz NOT NULL
);

-- An announcement's id follows from its fact; after a restore another fact may stand at the same place of a stream as one
-- that was announced and then lost, so from the second incarnation on the id depends on the incarnation too.
CREATE FUNCTION id_in_incarnation(id text, incarnation integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN incarnation = 1 THEN id ELSE md5(id || '/' || incarnation)::uuid::text END
$$;

-- Everything a command leaves behind, in one round trip. The numbers are drawn last and in sorted order, because each
-- draw holds its counter until the commit, and two transactions that draw in different orders would wait for each other.
CREATE FUNCTION commit_work(work jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_incarnation integer;
BEGIN
    INSERT INTO stream_events (stream, version, type, data, recorded_at, actor, correlation_id)
    SELECT e.stream, e.version, e.type, e.data, e.recorded_at, e.actor, e.correlation_id
    FROM ROWS FROM (
        jsonb_to_recordset(work -> 'events') AS (stream text, version integer, type text, data jsonb,
            recorded_at timestamptz, actor text, correlation_id text)
    ) WITH ORDINALITY AS e (stream, version, type, data, recorded_at, actor, correlation_id, place)
    ORDER BY e.place;

    DELETE FROM deadlines d USING jsonb_to_recordset(work -> 'deadlines') AS w (kind text, subject text, due_at timestamptz)
    WHERE d.kind = w.kind AND d.subject = w.subject AND w.due_at IS NULL;
    INSERT INTO deadlines (kind, subject, due_at, correlation_id)
    SELECT w.kind, w.subject, w.due_at, w.correlation_id
    FROM jsonb_to_recordset(work -> 'deadlines') AS w (kind text, subject text, due_at timestamptz, correlation_id text)
    WHERE w.due_at IS NOT NULL
    ORDER BY w.kind, w.subject
    ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at, correlation_id = excluded.correlation_id,
        failures = 0, not_before = '-infinity';

    IF jsonb_array_length(work -> 'announcements') > 0 THEN
        -- Shared with every other command; raising the incarnation takes it alone.
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('incarnation', 0));
        SELECT value INTO now_incarnation FROM incarnation;
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

-- Marks rows as published if the caller still holds the lease; only rows not marked before count.
CREATE FUNCTION mark_published(by_holder text, in_term bigint, ids bigint[], partitions integer[], offsets bigint[])
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
    ), before AS (
        -- What is published once more was counted when it was published first.
        SELECT o.id, o.kafka_offset IS NULL AS first_time FROM outbox o JOIN sent s USING (id)
        WHERE o.published_at IS NULL FOR UPDATE OF o
    ), marked AS (
        UPDATE outbox o SET published_at = clock_timestamp(), kafka_partition = s.kafka_partition, kafka_offset = s.kafka_offset
        FROM sent s JOIN before b USING (id) WHERE o.id = s.id AND o.published_at IS NULL
        RETURNING o.topic, o.key, o.incarnation, o.sequence, o.kafka_partition, o.kafka_offset, b.first_time
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
