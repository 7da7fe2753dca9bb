-- Takes a partition until the transaction ends, for a batch of it or for a replay of what was set aside of it, and tells
-- what either must know of it. What one of them reads of its keys, the other cannot change, so that no key has a lock of
-- its own. Each part is read when the lock is held, and by its key: one plan serves, also one made while a table is empty.
CREATE FUNCTION open_partition(of_topic text, of_partition integer, sources text[], keys text[],
    OUT epoch bigint, OUT next_offset bigint, OUT marks text, OUT counts text, OUT aside boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    SELECT p.epoch, p.next_offset INTO epoch, next_offset FROM positions p
    WHERE p.topic = of_topic AND p.partition = of_partition FOR UPDATE;
    SELECT json_agg(json_build_array(k.source, k.key, m.incarnation, m.last, m.last_id)) INTO marks
    FROM unnest(sources, keys) AS k (source, key) CROSS JOIN LATERAL (
        SELECT h.incarnation, h.last, h.last_id FROM heard h
        WHERE h.source = k.source AND h.topic = of_topic AND h.key = k.key LIMIT 1) AS m;
    SELECT json_agg(json_build_array(c.source, c.incarnation, c.count)) INTO counts FROM heard_counts c
    WHERE c.topic = of_topic AND c.partition = of_partition;
    aside := EXISTS (SELECT FROM set_aside s WHERE s.topic = of_topic AND s.partition = of_partition);
END $$;
