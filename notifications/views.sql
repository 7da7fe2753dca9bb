-- The statements of notifications.

-- name: hold_matter
-- Hold a matter until the commit and say whether alerts of a code about it are over.
INSERT INTO matters (matter, code) VALUES ($1, $2)
ON CONFLICT (matter, code) DO UPDATE SET code = excluded.code
RETURNING ended_at, before_incarnation, before_sequence;

-- name: end_matter
-- Alerts of some codes about a matter are over; for ever stays for ever, and a later ending never becomes an earlier one.
INSERT INTO matters AS m (matter, code, ended_at, before_incarnation, before_sequence)
SELECT $1, code, $3, $4, $5 FROM unnest($2::text[]) AS code ORDER BY code
ON CONFLICT (matter, code) DO UPDATE SET ended_at = excluded.ended_at,
    before_incarnation = excluded.before_incarnation, before_sequence = excluded.before_sequence
WHERE m.ended_at IS NULL OR (m.before_sequence IS NOT NULL AND (excluded.before_sequence IS NULL
    OR (excluded.before_incarnation, excluded.before_sequence) > (m.before_incarnation, m.before_sequence)));

-- name: open_alerts
-- The alerts about a matter that are not over, held until the commit.
SELECT * FROM alerts WHERE matter = $1 AND code = ANY ($2::text[]) AND state <> 'resolved' ORDER BY ref FOR UPDATE;

-- name: add_alert
-- Put an alert on a desk, once for each cause and step.
INSERT INTO alerts (ref, code, severity, desk, unit, cause, matter, subject, case_ref, step, state, late, context,
    happened_at, recorded_at, said_incarnation, said_sequence, raised_at, acknowledge_by, resolved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb, $14, $15, $16, $17, $18, $19, $20)
ON CONFLICT DO NOTHING RETURNING ref;

-- name: keep_alert
-- Keep what changed about an alert.
UPDATE alerts SET state = $2, repeats = $3, rang_at = $4, acknowledged_by = $5, acknowledged_at = $6, resolved_at = $7
WHERE ref = $1 RETURNING ref;

-- name: alert_as_seen
-- One alert as it stands, held by nobody.
SELECT * FROM alerts WHERE ref = $1;

-- name: hold_alert
-- One alert, held until the commit.
SELECT * FROM alerts WHERE ref = $1 FOR UPDATE;

-- name: ladder_of_cause
-- Every alert that one cause put on a desk, lowest step first.
SELECT * FROM alerts WHERE cause = $1 ORDER BY step, desk;

-- name: desk_is_covered
-- Whether anybody can hear what is put on a desk.
SELECT EXISTS (
    SELECT FROM directory_accounts a JOIN directory_institutions i ON i.code = a.institution
    WHERE a.active AND i.active AND a.desks @> ARRAY[$1::text]) AS covered;

-- name: desks_of_unit
-- The desks of the active institutions of a unit.
SELECT d.code, i.unit, i.kind, d.purpose
FROM directory_desks d JOIN directory_institutions i ON i.code = d.institution
WHERE i.active AND i.unit = $1 ORDER BY d.code;

-- name: alerts_of_desks
-- A page of the alerts of some desks: what still needs somebody first, the oldest of it first.
SELECT * FROM alerts
WHERE desk = ANY ($1::text[]) AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR severity = $3)
    AND ($4::smallint IS NULL OR (place, raised_at, ref) > ($4, $5::timestamptz, $6::text))
ORDER BY place, raised_at, ref LIMIT $7;

-- name: open_alerts_number
-- How many alerts of some desks nobody has acknowledged; what came to two desks of one person is one.
SELECT count(DISTINCT (cause, code, step)) AS number FROM alerts
WHERE desk = ANY ($1::text[]) AND place = 0;

-- name: latest_alerts
-- The newest alerts of some desks that wait for nobody: each desk's and place's newest are found by the index alone.
SELECT a.* FROM unnest($1::text[]) AS d (desk), (VALUES (1::smallint), (2::smallint)) AS p (place), LATERAL (
    SELECT * FROM alerts WHERE alerts.desk = d.desk AND alerts.place = p.place ORDER BY raised_at DESC, ref DESC LIMIT $2) a
ORDER BY a.raised_at DESC, a.ref DESC LIMIT $2;

-- name: waiting_alerts
-- The alerts of some desks that wait for somebody, the oldest first.
SELECT * FROM alerts WHERE desk = ANY ($1::text[]) AND place = 0 ORDER BY raised_at, ref LIMIT $2;

-- name: insert_frames
-- Number the frames of a transaction and put them into the letterbox; must be the last thing the transaction does.
WITH numbered AS (
    UPDATE frame_counter SET last = last + jsonb_array_length($1::jsonb)
    RETURNING last - jsonb_array_length($1::jsonb) AS before
)
INSERT INTO frames (number, desk, alert, kind, payload, at)
SELECT n.before + f.place, f.item ->> 'desk', f.item ->> 'alert', f.item ->> 'kind', f.item -> 'payload', (f.item ->> 'at')::timestamptz
FROM numbered n, jsonb_array_elements($1::jsonb) WITH ORDINALITY AS f (item, place);

-- name: last_frame
-- The number of the newest frame, whatever desk it is for.
SELECT last FROM frame_counter;

-- name: frames_after
-- What happened at some desks after a frame, in order.
SELECT number, kind, payload FROM frames WHERE number > $1 AND desk = ANY ($2::text[]) ORDER BY number LIMIT $3;

-- name: unacknowledged
-- How many alerts wait for somebody at a moment, by how long they should have been acknowledged, and the oldest.
SELECT unit, severity, count(*) FILTER (WHERE late <= interval '0') AS no,
    count(*) FILTER (WHERE late > interval '0' AND late <= interval '1 hour') AS to_an_hour,
    count(*) FILTER (WHERE late > interval '1 hour' AND late <= interval '1 day') AS to_a_day,
    count(*) FILTER (WHERE late > interval '1 day') AS longer,
    greatest(0, extract(epoch FROM max(late)))::float8 AS seconds
FROM (
    SELECT unit, severity, $1::timestamptz - acknowledge_by AS late FROM alerts
    WHERE state = 'raised' AND acknowledge_by IS NOT NULL
) AS waiting
GROUP BY unit, severity;

-- name: missing_alert
-- Alerts that a desk was told of and that are not here; asked with every statement of this name.
SELECT told.alert AS reference FROM (
    SELECT alert FROM (SELECT alert FROM frames ORDER BY number DESC LIMIT 10000) AS lately
    UNION SELECT reference FROM losses WHERE hop = 'alert') AS told
WHERE NOT EXISTS (SELECT FROM alerts a WHERE a.ref = told.alert);

-- name: missing_frame
-- Numbers between those of the frames that are here; each incarnation begins at a number of its own.
WITH lately AS (
    SELECT number, lag(number) OVER (ORDER BY number) AS before
    FROM (SELECT number FROM frames ORDER BY number DESC LIMIT 10000) AS newest
)
SELECT generate_series(before + 1, number - 1)::text AS reference FROM lately
WHERE number > before + 1 AND number % 1000000000000 <> 1
UNION
SELECT reference FROM losses WHERE hop = 'frame' AND NOT EXISTS (SELECT FROM frames f WHERE f.number = reference::bigint);
