-- Keeps facts and, in the same transaction, the cells: what the facts they touch gave before is taken out, what all of them
-- give now is put in. Which schema's tables are meant is the caller's search path, so that a recount can fill others.

-- A recount keeps facts without counting them, and counts once at its end.

-- Cells are changed by many at once; they are counted anew by one alone.
CREATE FUNCTION only_adding() RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock_shared(hashtextextended('cells', 0))
$$;
CREATE FUNCTION counting_anew() RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('cells', 0))
$$;

CREATE FUNCTION given_by(events text[], sign integer) RETURNS cell[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg((g.indicator, g.unit, g.breakdown, g.day, g.known_on, g.category, g.value, g.n)::cell), '{}')
    FROM (SELECT indicator, unit, breakdown, day, known_on, category, value, sign * count(*) AS n
        FROM contributions WHERE event_id = ANY (events) GROUP BY 1, 2, 3, 4, 5, 6, 7) AS g
$$;

CREATE FUNCTION given_by_children(children text[], sign integer) RETURNS cell[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg((g.indicator, g.scope, g.breakdown, g.day, g.known_on, g.category, g.value, g.n)::cell), '{}')
    FROM (SELECT indicator, scope, breakdown, day, known_on, category, value, sign * count(*) AS n
        FROM counted_children WHERE child = ANY (children) GROUP BY 1, 2, 3, 4, 5, 6, 7) AS g
$$;

CREATE FUNCTION keep_facts(items jsonb, counting boolean DEFAULT true) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    told jsonb;
    touched text[];
    fresh text[];
    children text[];
    merged record;
    units cell[];
    scoped cell[];
BEGIN
    PERFORM only_adding();
    SELECT jsonb_agg(i -> 'context') INTO told FROM jsonb_array_elements(items) AS i WHERE i ? 'context';
    touched := ARRAY(
        SELECT f.event_id FROM jsonb_array_elements(told) AS c JOIN facts f ON f.key = c ->> 'subject'
        UNION SELECT f.event_id FROM jsonb_array_elements(told) AS c JOIN facts f ON f.subject = c ->> 'subject');
    -- The names under which the children are counted of whom these items speak.
    children := ARRAY(
        SELECT DISTINCT coalesce(s.child, p.name) FROM jsonb_array_elements(items) AS i
        CROSS JOIN LATERAL jsonb_array_elements_text(i -> 'pseudonyms') AS p (name)
        LEFT JOIN same_children s ON s.pseudonym = p.name);
    IF counting THEN
        units := given_by(touched, -1);
        scoped := given_by_children(children, -1);
    END IF;

    INSERT INTO contexts SELECT c.* FROM jsonb_populate_recordset(NULL::contexts, told) AS c ON CONFLICT DO NOTHING;
    FOR merged IN SELECT m ->> 'pseudonym' AS name, m ->> 'into' AS target
        FROM jsonb_array_elements(items) AS i CROSS JOIN LATERAL jsonb_array_elements(i -> 'merges') AS m
    LOOP
        PERFORM one_child(merged.name, merged.target);
    END LOOP;
    WITH kept AS (
        INSERT INTO facts SELECT f.event_id, f.type, f.unit, f.key, f.subject, f.occurred_at, f.recorded_at, f.dimensions,
            f.day, f.known_on, f.sex, f.age_band, f.need, f.institution, f.risk, f.reason, f.step,
            coalesce(s.child, f.child)
        FROM jsonb_populate_recordset(NULL::facts, items) AS f LEFT JOIN same_children s ON s.pseudonym = f.child
        ON CONFLICT DO NOTHING RETURNING event_id)
    SELECT coalesce(array_agg(event_id), '{}') INTO fresh FROM kept;

    IF counting THEN
        children := ARRAY(SELECT DISTINCT coalesce(s.child, c.name) FROM unnest(children) AS c (name)
            LEFT JOIN same_children s ON s.pseudonym = c.name);
        PERFORM add_to_cells(units || given_by(touched || fresh, 1), scoped || given_by_children(children, 1));
    END IF;
    RETURN cardinality(fresh);
END $$;

-- Two pseudonyms of a year are one child from now on, with all that each of them was one with before.
CREATE FUNCTION one_child(name text, target text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one text := coalesce((SELECT child FROM same_children WHERE pseudonym = name), name);
    other text := coalesce((SELECT child FROM same_children WHERE pseudonym = target), target);
    chosen text := least(one, other);
BEGIN
    INSERT INTO same_children VALUES (one, chosen), (other, chosen) ON CONFLICT (pseudonym) DO NOTHING;
    INSERT INTO same_children VALUES (name, chosen), (target, chosen) ON CONFLICT (pseudonym) DO NOTHING;
    UPDATE same_children SET child = chosen WHERE child IN (one, other) AND child <> chosen;
    UPDATE facts SET child = chosen WHERE child IN (one, other) AND child <> chosen;
END $$;

CREATE FUNCTION add_to_cells(units cell[], scoped cell[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cells
    SELECT indicator, place, breakdown, day, known_on, category, value, sum(number) FROM (
        SELECT u.indicator, s.scope AS place, u.breakdown, u.day, u.known_on, u.category, u.value, u.number
        FROM unnest(units) AS u JOIN scopes s ON s.unit = u.place AND u.day >= s.from_day AND u.day < s.until_day
        UNION ALL SELECT * FROM unnest(scoped)) AS d
    GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(number) <> 0
    ORDER BY 1, 2, 3, 4, 5, 6, 7 -- in one order everywhere, so that no two writers wait for each other
    ON CONFLICT (indicator, scope, breakdown, day, known_on, category, value)
        DO UPDATE SET number = cells.number + EXCLUDED.number;
    DELETE FROM cells WHERE number = 0;
END $$;

-- Every cell again from the facts that are here, for other indicators or another tree than they were counted by.
CREATE FUNCTION count_anew() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM counting_anew();
    DELETE FROM cells;
    INSERT INTO cells
    SELECT u.indicator, s.scope, u.breakdown, u.day, u.known_on, u.category, u.value, sum(u.n) FROM (
        SELECT indicator, unit, breakdown, day, known_on, category, value, count(*) AS n
        FROM contributions GROUP BY 1, 2, 3, 4, 5, 6, 7) AS u
    JOIN scopes s ON s.unit = u.unit AND u.day >= s.from_day AND u.day < s.until_day
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    UNION ALL
    SELECT indicator, scope, breakdown, day, known_on, category, value, count(*) FROM counted_children
    GROUP BY 1, 2, 3, 4, 5, 6, 7;
END $$;
