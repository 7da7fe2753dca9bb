-- What a room said and then lost with its database is not said again when it is decided again.

-- What stands on the topics and nowhere here, but for when; `times` are left until it is said as something new.
CREATE TABLE said_before (
    key text NOT NULL,
    type text NOT NULL,
    words text NOT NULL,
    times integer NOT NULL,
    PRIMARY KEY (key, type, words)
);
SELECT wall('said_before', 'false');

-- What an announcement says, but for its moments and dates: decided once more, the same thing happens at another time.
CREATE FUNCTION but_for_when(body text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(name, value), '{}')::text FROM jsonb_each(body::jsonb) AS each (name, value)
    WHERE (value #>> '{}' ~ '^\d{4}-\d\d-\d\d') IS NOT TRUE
$$;

-- Whether this was said before; each of the times counts once.
CREATE FUNCTION said_again(of_key text, of_type text, body text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE said_before SET times = times - 1
    WHERE key = of_key AND type = of_type AND words = but_for_when(body) AND times > 0;
    RETURN FOUND;
END $$;

-- A command writes as it always did, without what was said before.
ALTER FUNCTION commit_work RENAME TO write_work;
CREATE FUNCTION commit_work(work jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Shared with every other command; a restore, which fills this list, takes it alone.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('incarnation', 0));
    IF EXISTS (SELECT FROM said_before) THEN
        SELECT jsonb_set(work, '{announcements}', coalesce(jsonb_agg(a ORDER BY place), '[]')) INTO work
        FROM jsonb_array_elements(work -> 'announcements') WITH ORDINALITY AS said (a, place)
        WHERE NOT said_again(a ->> 'key', a ->> 'type', a ->> 'body');
    END IF;
    PERFORM write_work(work);
END $$;

-- As before, and told what was said by the database that is gone: by key, type and body.
CREATE FUNCTION raise_incarnation(ids text[], bodies text[], lost_keys text[], lost_types text[], lost_bodies text[])
RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('incarnation', 0));
    INSERT INTO said_before AS s SELECT key, type, but_for_when(body), count(*)
    FROM unnest(lost_keys, lost_types, lost_bodies) AS lost (key, type, body) GROUP BY 1, 2, 3
    ON CONFLICT (key, type, words) DO UPDATE SET times = s.times + excluded.times;
    -- Decided again before anybody noticed: it waits here, and is on the topics already.
    UPDATE outbox SET published_at = clock_timestamp() WHERE id IN (
        SELECT id FROM (SELECT * FROM outbox WHERE published_at IS NULL ORDER BY id) AS waiting
        WHERE CASE WHEN (event_id, body) IN (SELECT * FROM unnest(ids, bodies)) THEN false
            ELSE said_again(key, type, body) END);
    RETURN raise_incarnation(ids, bodies);
END $$;
