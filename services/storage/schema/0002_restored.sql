-- After a restore to an earlier point the numbers that follow may already be on the topics with other contents, so every
-- key begins again under the next incarnation, which readers accept as the successor of all earlier ones.
CREATE FUNCTION raise_incarnation(ids text[], bodies text[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    next_incarnation integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('incarnation', 0));
    UPDATE incarnation SET value = value + 1 RETURNING value INTO next_incarnation;
    -- Sent before the restore and forgotten by it: sending it again under a new number would tell it twice.
    UPDATE outbox SET published_at = clock_timestamp()
    WHERE published_at IS NULL AND (event_id, body) IN (SELECT * FROM unnest(ids, bodies));
    WITH numbered AS (
        SELECT id, row_number() OVER (PARTITION BY topic, key ORDER BY id) AS nth FROM outbox WHERE published_at IS NULL
    )
    UPDATE outbox o SET incarnation = next_incarnation, sequence = n.nth,
        event_id = id_in_incarnation(o.event_id, next_incarnation)
    FROM numbered n WHERE o.id = n.id;
    UPDATE counters c SET incarnation = next_incarnation, drawn = coalesce(
        (SELECT max(o.sequence) FROM outbox o WHERE o.topic = c.topic AND o.key = c.key AND o.published_at IS NULL), 0);
    RETURN next_incarnation;
END $$;
