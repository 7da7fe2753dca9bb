-- The second wall: a transaction says whom it serves, and the database shows it no other row, whatever a statement asks for.
-- `spis.scope` is 'house' for workers and operators, who serve everybody, and 'caller' for whoever asks an API; then
-- `spis.reach` says, by action and relation, to what that caller stands so. Where nothing was said, no row is shown.

CREATE FUNCTION in_house() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('spis.scope', true) = 'house', false)
$$;

CREATE FUNCTION caller() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('spis.account', true), '')
$$;

-- The owners, senders, receivers, desks or units that some actions reach for the caller.
CREATE FUNCTION in_reach(relation text, VARIADIC actions text[]) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT held), '{}')
    FROM unnest(actions) AS a (action), jsonb_array_elements_text(
        coalesce(nullif(current_setting('spis.reach', true), ''), '{}')::jsonb -> action -> relation) AS held
$$;

-- Puts a table behind the wall, its owner too. `visible` and `writable` are conditions on a row, for callers.
CREATE FUNCTION wall(protected text, visible text, writable text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', protected);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', protected);
    EXECUTE format('DROP POLICY IF EXISTS wall ON %I', protected);
    EXECUTE format('CREATE POLICY wall ON %I USING ((SELECT in_house()) OR (%s)) WITH CHECK ((SELECT in_house()) OR (%s))',
        protected, visible, coalesce(writable, visible));
END $$;

-- What only the house moves; a room that lets callers read its streams says so itself.
SELECT wall(name, 'false') FROM unnest(ARRAY['stream_events', 'outbox', 'counters', 'published_keys', 'heard', 'set_aside',
    'given_up', 'deadlines']) AS name;

-- The first answers a caller was given are that caller's, and so are the entries of what the caller opened.
SELECT wall('idempotency', 'caller = (SELECT caller())');
SELECT wall('access_log', 'account = (SELECT caller())');
