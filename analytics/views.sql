-- The statements of analytics.

-- name: keep_facts
-- Keep facts, each once, and move the cells with them.
SELECT keep_facts($1::jsonb);

-- name: sum_cells
-- Cells of some indicators in some places, each while it lay within the one that is asked about, added up by group.
SELECT c.indicator, CASE WHEN $8 THEN c.scope ELSE '' END AS unit,
    CASE WHEN $9 THEN to_char(c.day, 'YYYY-MM') ELSE '' END AS month, c.category, c.value, sum(c.number)::bigint AS number
FROM cells c
JOIN scopes s ON s.unit = c.scope AND s.scope = $2 AND c.day >= s.from_day AND c.day < s.until_day
WHERE c.indicator = ANY ($1::text[]) AND c.scope = ANY ($3::text[]) AND c.breakdown = $4
    AND ($5::date IS NULL OR c.day >= $5) AND c.day <= $6 AND ($7::date IS NULL OR c.known_on <= $7)
GROUP BY 1, 2, 3, 4, 5;

-- name: known_until
-- When the newest thing a caller may count was recorded.
SELECT recorded_at FROM facts ORDER BY recorded_at DESC LIMIT 1;

-- name: counted_indicators
-- By what the cells were counted.
SELECT code, kind, counts, narrowed::text AS narrowed, has, breakdowns FROM indicators ORDER BY code;

-- name: counted_scopes
-- Within what the cells were counted.
SELECT unit, scope, from_day, until_day FROM scopes ORDER BY unit, scope, from_day;

-- name: forget_definitions
-- Before other definitions take their place.
WITH gone AS (DELETE FROM scopes) DELETE FROM indicators;

-- name: count_by
-- An indicator to count cells by.
INSERT INTO indicators (code, kind, counts, narrowed, has, breakdowns) VALUES ($1, $2, $3, $4::jsonb, $5, $6);

-- name: count_within
-- What a unit lay in, for how long.
INSERT INTO scopes (unit, scope, from_day, until_day) VALUES ($1, $2, $3, $4);

-- name: positions_heard
-- How far each partition was heard, so that a recount hears as far; locked, nobody hears further meanwhile.
SELECT topic, partition, next_offset FROM positions ORDER BY topic, partition;

-- name: positions_held
-- The same, while nobody may move them.
SELECT topic, partition, next_offset FROM positions ORDER BY topic, partition FOR UPDATE;

-- name: events_aside
-- What was heard and is not counted: what waits for somebody, and what somebody gave up.
SELECT event_id FROM set_aside WHERE event_id IS NOT NULL UNION SELECT event_id FROM given_up WHERE event_id IS NOT NULL;

-- name: keep_facts_again
-- Keep facts in the second set of tables, which is counted at the end.
SELECT keep_facts($1::jsonb, false);

-- name: count_anew
-- Every cell again from the facts.
SELECT count_anew();

-- name: take_over
-- Put what a recount found of a table where it differs; how many rows did.
SELECT take_over($1) AS differed;

-- name: recount_alone
-- Whether nobody else recounts: kept until the session lets go of it.
SELECT pg_try_advisory_lock(hashtextextended('recount', 0)) AS alone;

-- name: recount_ended
-- Let others recount.
SELECT pg_advisory_unlock(hashtextextended('recount', 0));

-- name: put_counts_right
-- After a recount what was counted as it was kept is what there is: everything was read anew.
UPDATE written w SET number = coalesce(f.number, 0)
FROM written o LEFT JOIN (SELECT subject, count(*) AS number FROM facts GROUP BY subject) f ON f.subject = o.reference
WHERE o.hop = 'fact' AND w.hop = o.hop AND w.reference = o.reference AND o.number <> coalesce(f.number, 0);

-- name: missing_fact
-- What fewer facts are kept of than were counted when they were kept; asked with every statement of this name.
WITH lately AS (
    SELECT reference, number FROM written WHERE hop = 'fact' ORDER BY last_at DESC LIMIT 10000
), asked AS (
    TABLE lately UNION
    SELECT w.reference, w.number FROM losses l JOIN written w USING (hop, reference) WHERE l.hop = 'fact'
)
SELECT reference FROM asked WHERE number > (SELECT count(*) FROM facts f WHERE f.subject = asked.reference);
