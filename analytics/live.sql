-- The statements of the live counts.

-- name: live_facts
-- What the facts count by windows from a moment on, and up to where in the log they hold it: one statement, so that
-- both are of the same moment. Types ($1) count under names ($2); $3 is the length of a window, $5 the topics.
WITH said AS (
    SELECT date_bin($3, f.recorded_at, 'epoch') AS starts, f.unit, w.what, n.need
    FROM facts f JOIN unnest($1::text[], $2::text[]) AS w (type, what) ON w.type = f.type
    CROSS JOIN LATERAL unnest(array[''] || CASE
        WHEN f.dimensions ? 'needs' THEN ARRAY(SELECT jsonb_array_elements_text(f.dimensions -> 'needs'))
        WHEN f.dimensions ? 'need' THEN ARRAY[f.dimensions ->> 'need']
        ELSE '{}'
    END) AS n (need)
    WHERE f.recorded_at >= $4
), counted AS (SELECT starts, unit, what, need, count(*) AS count FROM said GROUP BY starts, unit, what, need)
SELECT (SELECT coalesce(jsonb_agg(counted), '[]') FROM counted)::text AS counts,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(topic, partition, next_offset)), '[]')
        FROM positions WHERE topic = ANY ($5::text[]))::text AS positions;

-- name: keep_live_counts
-- Put counts in the place of what was counted before.
INSERT INTO live_counts (starts, unit, what, need, count)
SELECT starts, unit, what, need, count
FROM jsonb_to_recordset($1::jsonb) AS c (starts timestamptz, unit text, what text, need text, count integer)
ON CONFLICT (starts, unit, what, need) DO UPDATE SET count = excluded.count;

-- name: forget_live_counts
-- Drop what was counted in windows that began before a moment.
DELETE FROM live_counts WHERE starts < $1;

-- name: keep_live_pulse
-- Say that the counts are complete now.
INSERT INTO live_pulse (counted_at) VALUES (clock_timestamp())
ON CONFLICT (single) DO UPDATE SET counted_at = excluded.counted_at;

-- name: live_counts
-- What was counted in some units since a moment, by window.
SELECT what, need, starts, sum(count)::integer AS count
FROM live_counts WHERE unit = ANY ($1::text[]) AND starts >= $2 AND count > 0
GROUP BY what, need, starts ORDER BY what, need, starts;

-- name: live_pulse
-- How many seconds ago the counts were last known to be complete.
SELECT extract(epoch FROM clock_timestamp() - counted_at)::float8 AS seconds FROM live_pulse;

-- name: said_around
-- How many facts of a type ($1) were said in a unit, for one need or any, before a stretch and in it (from $4 to $5 to
-- $6), and since when there are any.
SELECT count(*) FILTER (WHERE f.recorded_at < $5)::integer AS before,
    count(*) FILTER (WHERE f.recorded_at >= $5)::integer AS within,
    (SELECT min(recorded_at) FROM facts WHERE type = $1) AS since
FROM facts f WHERE f.type = $1 AND f.unit = $2 AND f.recorded_at >= $4 AND f.recorded_at < $6
    AND ($3 = '' OR f.dimensions -> 'needs' ? $3 OR f.dimensions ->> 'need' = $3);

-- name: hold_surges
-- Let one transaction at a time tell of surges, until it ends.
SELECT pg_advisory_xact_lock(hashtextextended('surges', 0));

-- name: note_surge
-- Keep a surge, unless the same was told within the time ($10) in which it is not told again.
INSERT INTO surges (surge, unit, indicator, need, window_starts, window_ends, count, usual, detected_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE NOT EXISTS (
    SELECT FROM surges s WHERE s.unit = $2 AND s.indicator = $3 AND s.need = $4
        AND s.window_ends > $6::timestamptz - $10::interval AND s.window_ends < $6::timestamptz + $10::interval)
ON CONFLICT DO NOTHING RETURNING surge;

-- name: surges
-- What was told of some units since a moment, the newest first.
SELECT surge, unit, indicator, need, window_starts, window_ends, count, usual, detected_at
FROM surges WHERE unit = ANY ($1::text[]) AND window_ends >= $2 ORDER BY window_ends DESC, surge LIMIT $3;
