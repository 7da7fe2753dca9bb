-- name: directory_account
-- Who an account is, what it may be and which desks it covers, and for how long nothing is looked up for it.
SELECT a.account, a.institution, a.unit, a.roles, a.desks, a.active AND i.active AS active,
    ceil(greatest(0, coalesce(extract(epoch FROM s.free_at - now()), 0)))::integer AS stopped
FROM directory_accounts a JOIN directory_institutions i ON i.code = a.institution
    LEFT JOIN paces s ON s.kind = 'stop' AND s.caller = a.account
WHERE a.account = $1;

-- name: list_institution
-- Keep an institution as last announced.
INSERT INTO directory_institutions (code, unit, kind, active) VALUES ($1, $2, $3, $4)
ON CONFLICT (code) DO UPDATE SET unit = excluded.unit, kind = excluded.kind, active = excluded.active;

-- name: forget_desks
-- Drop the desks an institution no longer has.
DELETE FROM directory_desks WHERE institution = $1 AND code <> ALL ($2::text[]);

-- name: list_desk
-- Keep a desk as last announced.
INSERT INTO directory_desks (code, institution, purpose) VALUES ($1, $2, $3)
ON CONFLICT (code) DO UPDATE SET institution = excluded.institution, purpose = excluded.purpose;

-- name: list_account
-- Keep an account as last announced; an account that moved is told under two keys, and the later listing stands.
INSERT INTO directory_accounts AS a (account, institution, unit, roles, desks, active, listed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (account) DO UPDATE SET institution = excluded.institution, unit = excluded.unit, roles = excluded.roles,
    desks = excluded.desks, active = excluded.active, listed_at = excluded.listed_at
WHERE excluded.listed_at >= a.listed_at;

-- name: open_partition
-- Take a partition until the transaction ends: where it stands, the marks of some keys, and whether anything is set aside.
SELECT * FROM open_partition($1, $2, $3, $4);

-- name: aside_of_keys
-- What is set aside for some keys of a topic, in order.
SELECT id, topic, partition, "offset", source, key, incarnation, sequence, record_key, headers, body, reason
FROM set_aside WHERE topic = $1 AND key = ANY ($2::text[]) ORDER BY incarnation, sequence;

-- name: move_marks
-- Advance the marks of some keys of a topic.
INSERT INTO heard (source, topic, key, incarnation, last, last_id)
SELECT m.source, $1, m.key, m.incarnation, m.last, m.last_id
FROM unnest($2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[]) AS m (source, key, incarnation, last, last_id)
ON CONFLICT (source, topic, key) DO UPDATE SET incarnation = excluded.incarnation, last = excluded.last, last_id = excluded.last_id;

-- name: set_aside
-- Hold (no reason) or park (a reason) an event.
INSERT INTO set_aside (topic, partition, "offset", source, key, incarnation, sequence, event_id, type, record_key, headers, body, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING;

-- name: take_back
-- An event that was set aside was dealt with.
DELETE FROM set_aside WHERE topic = $1 AND partition = $2 AND "offset" = $3;

-- name: park_held
-- A held event turned out to be one to park.
UPDATE set_aside SET reason = $4 WHERE topic = $1 AND partition = $2 AND "offset" = $3;

-- name: keep_count
-- Keep how many distinct events were heard.
INSERT INTO heard_counts (source, topic, partition, incarnation, count) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source, topic, partition, incarnation) DO UPDATE SET count = excluded.count;

-- name: keep_checkpoint
-- What a source said it had sent, and how much of it is missing here; an older term is a passed-over relay's.
INSERT INTO checkpoints_heard AS c (source, topic, partition, incarnation, term, count, missing)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (source, topic, partition) DO UPDATE SET incarnation = excluded.incarnation, term = excluded.term,
    count = excluded.count, missing = excluded.missing, heard_at = clock_timestamp()
WHERE (excluded.incarnation, excluded.term) >= (c.incarnation, c.term) RETURNING true AS kept;

-- name: claim_partition
-- Take a partition over: whoever read it before is fenced by the higher epoch. It may have been killed by what comes next,
-- so nothing is taken together until something was dealt with; of a partition nobody had claimed, nothing is suspected.
INSERT INTO positions AS p (topic, partition, epoch, claims) VALUES ($1, $2, 1, 1)
ON CONFLICT (topic, partition) DO UPDATE SET epoch = p.epoch + 1, claims = p.claims + 1
RETURNING epoch, next_offset, claims > 1 OR suspect_offset IS NOT NULL AS doubtful;

-- name: move_position
-- Move on in a partition that this transaction has taken; one claim stays, and the next is doubtful.
UPDATE positions SET next_offset = $3, claims = 1, suspect_offset = NULL, suspect_attempts = 0
WHERE topic = $1 AND partition = $2;

-- name: position
-- Where a partition stands and whose it is.
SELECT epoch, next_offset FROM positions WHERE topic = $1 AND partition = $2;

-- name: suspect
-- Note, before trying, that this event is tried: it may kill or hang the process.
UPDATE positions SET suspect_attempts = CASE WHEN suspect_offset = $4 THEN suspect_attempts + 1 ELSE 1 END, suspect_offset = $4
WHERE topic = $1 AND partition = $2 AND epoch = $3 RETURNING suspect_attempts;

-- name: survived
-- The process outlived this try, so it does not count against the event.
UPDATE positions SET suspect_attempts = suspect_attempts - 1,
    suspect_offset = CASE WHEN suspect_attempts > 1 THEN suspect_offset END
WHERE topic = $1 AND partition = $2 AND suspect_offset = $3 AND suspect_attempts > 0;

-- name: parked_keys
-- For how many keys something is parked.
SELECT count(DISTINCT coalesce(key, id::text)) AS number FROM set_aside WHERE reason IS NOT NULL;

-- name: parking_lot
-- Everything set aside, the oldest first.
SELECT id, topic, partition, "offset", key, type, sequence, reason, since
FROM set_aside ORDER BY since, id LIMIT $1;

-- name: parked_one
-- One thing set aside, whole.
SELECT * FROM set_aside WHERE id = $1;

-- name: give_up
-- Keep who gave an event up and why; it is taken back from what is set aside in the same transaction.
INSERT INTO given_up (topic, partition, "offset", source, key, incarnation, sequence, event_id, type, reason, given_up_by)
SELECT topic, partition, "offset", source, key, incarnation, sequence, event_id, type, $2, $3 FROM set_aside WHERE id = $1;

-- name: take_lease
-- Take or keep the right to publish, for five seconds by the database's clock. The beat counts every taking, so that a
-- holder sees when it is asking an earlier copy of its database.
UPDATE relay_lease SET term = CASE WHEN holder = $1 THEN term ELSE term + 1 END, holder = $1, beat = beat + 1,
    expires_at = clock_timestamp() + interval '5 seconds'
WHERE holder = $1 OR expires_at < clock_timestamp() RETURNING term, beat;

-- name: leave_lease
-- Let the next relay begin at once.
UPDATE relay_lease SET expires_at = '-infinity' WHERE holder = $1 AND term = $2;

-- name: unpublished
-- The next rows to publish, in the order their numbers were drawn.
SELECT id, event_id, topic, key, incarnation, sequence, type, subject, unit, occurred_at, recorded_at, correlation_id,
    traceparent, body, accepted_at
FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1;

-- name: mark_published
-- Mark rows as published under a term; -1 says that the lease is somebody else's.
SELECT mark_published($1, $2, $3, $4, $5) AS marked;

-- name: published_counts
-- What was published on each partition under the present incarnation.
SELECT c.topic, c.partition, c.incarnation, c.count, c.last_offset
FROM published_counts c JOIN incarnation i ON i.value = c.incarnation ORDER BY c.topic, c.partition;

-- name: last_offsets
-- The last offset this database knows of on each partition, under any incarnation.
SELECT topic, partition, max(last_offset) AS last_offset FROM published_counts GROUP BY topic, partition;

-- name: figures_of_rows
-- What the rows say of themselves: the oldest unpublished and how many wait, what is held and parked, how large all of it is.
SELECT o.oldest AS outbox_oldest_seconds, o.rows AS outbox_rows, w.parked, w.parked_seconds AS oldest_parked_seconds, w.held,
    pg_database_size(current_database()) AS database_bytes, extract(epoch FROM clock_timestamp())::float8 AS measured
FROM (
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(accepted_at)), 0)::float8 AS oldest, count(*) AS rows
    FROM outbox WHERE published_at IS NULL
) AS o, (
    SELECT count(*) FILTER (WHERE reason IS NULL) AS held, count(*) FILTER (WHERE reason IS NOT NULL) AS parked,
        coalesce(extract(epoch FROM clock_timestamp() - min(since) FILTER (WHERE reason IS NOT NULL)), 0)::float8 AS parked_seconds
    FROM set_aside
) AS w;

-- name: prune
-- Drop rows published long ago, which until then could be published again, and the counts of what is given back whole.
WITH given_back AS (DELETE FROM paces WHERE free_at < clock_timestamp())
DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox WHERE published_at < clock_timestamp() - $1::interval ORDER BY published_at LIMIT 5000);

-- name: take_due
-- One thing that is due, kept from other watchdogs until the commit.
SELECT kind, subject, due_at, correlation_id FROM deadlines WHERE due_at <= $1 AND not_before <= clock_timestamp() AND kind = ANY ($2::text[])
ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: drop_due
-- This appointment was kept.
DELETE FROM deadlines WHERE kind = $1 AND subject = $2 AND due_at = $3;

-- name: postpone_due
-- An appointment that could not be kept: again after a growing wait, and counted.
UPDATE deadlines SET failures = failures + 1, not_before = clock_timestamp() + least(60, 2 ^ least(failures, 6)) * interval '1 second'
WHERE kind = $1 AND subject = $2;

-- name: overdue
-- For how long, at a moment of the domain, the oldest appointment has not been kept.
SELECT coalesce(extract(epoch FROM $1::timestamptz - min(due_at)), 0)::float8 AS seconds FROM deadlines WHERE due_at < $1;

-- name: not_in_outbox
-- Which of these events, of the present incarnation, this database never made: it has no such row, and drew no such
-- number or gave it to another. Numbers without any row are of rows published and pruned long ago.
SELECT e.id FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $5::text[])
    AS e (id, key, incarnation, sequence, body) JOIN incarnation i ON e.incarnation >= i.value
WHERE NOT EXISTS (SELECT FROM outbox o WHERE o.event_id = e.id AND o.body = e.body) AND NOT EXISTS (
    SELECT FROM counters c WHERE c.key = e.key AND c.incarnation = e.incarnation AND c.drawn >= e.sequence AND NOT EXISTS (
        SELECT FROM outbox o WHERE o.topic = c.topic AND o.key = c.key AND o.incarnation = c.incarnation
            AND o.sequence = e.sequence));

-- name: republish
-- Let what was said about a subject or under a key be published once more; its numbers stay, so readers keep only what
-- they lack.
UPDATE outbox SET published_at = NULL WHERE (subject = $1 OR key = $1) AND published_at IS NOT NULL RETURNING id;

-- name: raise_incarnation
-- Begin every key again after a restore; what of the outbox is on the topics already (by ids $1 and bodies $2) is not
-- sent a second time, nor is what stands there and is unknown here (by keys $3, types $4 and bodies $5) said again.
SELECT raise_incarnation($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS value;

-- name: commit_work
-- Keep what a work decided: its facts, what they make known, and when each must be looked at again.
SELECT commit_work($1::jsonb);
