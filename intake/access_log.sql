-- The statements of the access log: who opened what, its chain, and what other rooms are told of it.

-- name: under_right
-- Say for this transaction under which right, about which record and for which referral its openings happen.
SELECT set_config('spis.right', $1, true), set_config('spis.record', $2, true), set_config('spis.referral', $3, true);

-- name: note_access
-- Note that somebody is shown something that needs no seal opened.
INSERT INTO access_log (account, action, subject, unit, correlation_id, at)
VALUES ($1, $2, $3, coalesce((SELECT unit FROM directory_accounts WHERE account = $1), ''), $4, $5)
RETURNING id;

-- name: note_refusal
-- Note that somebody asked what is shared by a referral and was refused. A reference that nobody knows leaves an entry too,
-- without the text that was sent: both take the same time, and a text may hold a name.
INSERT INTO access_log (account, action, subject, unit, correlation_id, at, by_right, record, referral)
SELECT $2, 'refused', coalesce(f.case_ref, ''), coalesce((SELECT unit FROM directory_accounts WHERE account = $2), ''), $4, $5,
    $3, coalesce(f.case_ref, ''), coalesce(f.referral, '')
FROM (SELECT) AS always LEFT JOIN (SELECT case_ref, referral FROM case_facts WHERE referral = $1 LIMIT 1) f ON true;

-- name: accesses_of_case
-- A page of who was shown what of a case or of the report it came from, newest first.
SELECT a.id, a.at, a.account, a.unit, a.action, a.by_right AS "right", a.record, nullif(a.referral, '') AS referral
FROM access_log a
WHERE a.record = ANY ($1::text[]) AND ($2::bigint IS NULL OR a.id < $2)
ORDER BY a.id DESC
LIMIT $3;

-- name: facts_of_referral
-- What was heard about one referral, with the case it belongs to.
SELECT f.what, f.at, f.referral, f.need, f.receiver, f.attempt, f.step, f.code, c.case_ref, c.unit, c.report, c.age_band, c.sex,
    c.state
FROM case_facts f JOIN cases c USING (case_ref)
WHERE f.referral = $1;

-- name: seal_waits
-- How many entries have no number yet, how long the oldest has waited by the wall, how long the chain is, and whether
-- its head should be told: it moved, and nobody was told for a while.
SELECT w.waiting, w.seconds, c.length, c.length > coalesce(s.length, 0)
    AND (s.said_at IS NULL OR s.said_at < clock_timestamp() - $1::interval) AS untold
FROM (SELECT count(*) AS waiting, coalesce(extract(epoch FROM clock_timestamp() - min(since)), 0)::float8 AS seconds
      FROM access_unsealed) w,
    (SELECT coalesce(max(number), 0) AS length FROM access_chain) c
    LEFT JOIN (SELECT length, said_at FROM access_heads_said ORDER BY length DESC LIMIT 1) s ON true;

-- name: seal_turn
-- Take the turn to seal for this transaction: one sealer at a time.
SELECT pg_try_advisory_xact_lock(hashtextextended('seal the access log', 0)) AS mine;

-- name: chain_head
-- The last link of the chain.
SELECT number, hash FROM access_chain ORDER BY number DESC LIMIT 1;

-- name: take_unsealed
-- The next entries without a number, in the order they were made; one that is gone already keeps its place as gone.
WITH taken AS (
    DELETE FROM access_unsealed
    WHERE entry IN (SELECT entry FROM access_unsealed ORDER BY entry LIMIT $1) RETURNING entry
)
SELECT t.entry, a.account, a.action, a.subject, a.unit, a.correlation_id, a.at, a.by_right, a.record, a.referral, a.recorded_at
FROM taken t LEFT JOIN access_log a ON a.id = t.entry
ORDER BY t.entry;

-- name: keep_links
-- Add links to the chain.
INSERT INTO access_chain (number, entry, hash) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]);

-- name: note_head_said
-- Remember that others were told of the chain at this length.
INSERT INTO access_heads_said (length) VALUES ($1);

-- name: every_link
-- The whole chain in its order with the entries it stands for, for whoever verifies it.
SELECT c.number, c.hash, c.entry, a.id, a.account, a.action, a.subject, a.unit, a.correlation_id, a.at, a.by_right, a.record,
    a.referral, a.recorded_at
FROM access_chain c LEFT JOIN access_log a ON a.id = c.entry
ORDER BY c.number;

-- name: entries_without_link
-- Entries that have no number, and whether they wait for one as entries do: since a moment ago, and not from the past.
SELECT a.id, coalesce(u.since > clock_timestamp() - $1::interval AND a.recorded_at > clock_timestamp() - $1::interval, false)
    AS waits
FROM access_log a LEFT JOIN access_chain c ON c.entry = a.id LEFT JOIN access_unsealed u ON u.entry = a.id
WHERE c.entry IS NULL;
