-- The statements of analytics.

-- name: keep_fact
-- Keep one fact; the same event is the same row.
INSERT INTO facts (event_id, type, unit, key, subject, occurred_at, recorded_at, dimensions)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)
ON CONFLICT (event_id) DO NOTHING;

-- name: count_facts
-- How many facts of a type happened in some units within a period, narrowed to those that carry certain codes.
SELECT count(*) AS value, max(recorded_at) AS known_until
FROM facts
WHERE type = $1 AND unit = ANY($2::text[]) AND ($3::timestamptz IS NULL OR occurred_at >= $3) AND occurred_at < $4
    AND dimensions @> $5::jsonb;
