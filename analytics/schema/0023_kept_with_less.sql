-- Keeps facts as before, with what most of them need: few say something of a case or a child that other facts are counted by,
-- and what nothing is asked of is not looked for. Plans are kept by the session, where they were made at every call.

CREATE OR REPLACE FUNCTION given_by(events text[], sign integer) RETURNS cell[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF cardinality(events) = 0 THEN
        RETURN '{}';
    END IF;
    RETURN (
        SELECT coalesce(array_agg((g.indicator, g.unit, g.breakdown, g.day, g.known_on, g.category, g.value, g.n)::cell), '{}')
        FROM (SELECT indicator, unit, breakdown, day, known_on, category, value, sign * count(*) AS n
            FROM contributions WHERE event_id = ANY (events) GROUP BY 1, 2, 3, 4, 5, 6, 7) AS g);
END $$;

CREATE OR REPLACE FUNCTION given_by_children(children text[], sign integer) RETURNS cell[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF cardinality(children) = 0 THEN
        RETURN '{}';
    END IF;
    RETURN (
        SELECT coalesce(array_agg((g.indicator, g.scope, g.breakdown, g.day, g.known_on, g.category, g.value, g.n)::cell), '{}')
        FROM (SELECT indicator, scope, breakdown, day, known_on, category, value, sign * count(*) AS n
            FROM counted_children WHERE child = ANY (children) GROUP BY 1, 2, 3, 4, 5, 6, 7) AS g);
END $$;

CREATE OR REPLACE FUNCTION keep_facts(items jsonb, counting boolean DEFAULT true) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    told jsonb;
    subjects text[];
    touched text[] := '{}';
    fresh text[];
    children text[] := '{}';
    merged record;
    units cell[] := '{}';
    scoped cell[] := '{}';
BEGIN
    PERFORM only_adding();
    SELECT jsonb_agg(i -> 'context') INTO told FROM jsonb_array_elements(items) AS i WHERE i ? 'context';
    IF told IS NOT NULL THEN
        subjects := ARRAY(SELECT c ->> 'subject' FROM jsonb_array_elements(told) AS c);
        touched := ARRAY(
            SELECT event_id FROM facts WHERE key = ANY (subjects) UNION SELECT event_id FROM facts WHERE subject = ANY (subjects));
    END IF;
    -- The names under which the children are counted of whom these items speak.
    IF jsonb_path_exists(items, '$[*].pseudonyms') THEN
        children := ARRAY(
            SELECT DISTINCT coalesce(s.child, p.name) FROM jsonb_array_elements(items) AS i
            CROSS JOIN LATERAL jsonb_array_elements_text(i -> 'pseudonyms') AS p (name)
            LEFT JOIN same_children s ON s.pseudonym = p.name);
    END IF;
    IF counting THEN
        units := given_by(touched, -1);
        scoped := given_by_children(children, -1);
    END IF;

    IF told IS NOT NULL THEN
        INSERT INTO contexts SELECT c.* FROM jsonb_populate_recordset(NULL::contexts, told) AS c ON CONFLICT DO NOTHING;
    END IF;
    IF jsonb_path_exists(items, '$[*].merges') THEN
        FOR merged IN SELECT m ->> 'pseudonym' AS name, m ->> 'into' AS target
            FROM jsonb_array_elements(items) AS i CROSS JOIN LATERAL jsonb_array_elements(i -> 'merges') AS m
        LOOP
            PERFORM one_child(merged.name, merged.target);
        END LOOP;
    END IF;
    WITH kept AS (
        INSERT INTO facts SELECT f.event_id, f.type, f.unit, f.key, f.subject, f.occurred_at, f.recorded_at, f.dimensions,
            f.day, f.known_on, f.sex, f.age_band, f.need, f.institution, f.risk, f.reason, f.step,
            coalesce(s.child, f.child)
        FROM jsonb_populate_recordset(NULL::facts, items) AS f LEFT JOIN same_children s ON s.pseudonym = f.child
        ON CONFLICT DO NOTHING RETURNING event_id)
    SELECT coalesce(array_agg(event_id), '{}') INTO fresh FROM kept;

    IF counting THEN
        IF cardinality(children) > 0 THEN
            children := ARRAY(SELECT DISTINCT coalesce(s.child, c.name) FROM unnest(children) AS c (name)
                LEFT JOIN same_children s ON s.pseudonym = c.name);
        END IF;
        PERFORM add_to_cells(units || given_by(touched || fresh, 1), scoped || given_by_children(children, 1));
    END IF;
    RETURN cardinality(fresh);
END $$;
