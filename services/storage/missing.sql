-- What is missing here: a worker asks every statement called missing_HOP for the references of what is. Each compares rows
-- that one transaction wrote together, in one snapshot, so nothing that is under way is found; each looks at the newest
-- rows, of which there is a limit, and again at whatever was found before.

-- name: missing_outbox
-- Announcements that were given a number and are nowhere, and such as are marked as published and were never sent.
WITH said AS (
    SELECT o.topic, o.key, o.incarnation, o.sequence, o.accepted_at FROM outbox o JOIN incarnation i ON i.value = o.incarnation
    ORDER BY o.id DESC LIMIT 10000
), neighbours AS (
    SELECT topic, key, incarnation, sequence, lag(sequence) OVER (PARTITION BY topic, key ORDER BY sequence) AS before
    FROM said WHERE accepted_at > clock_timestamp() - interval '1 hour'
), gone AS (
    SELECT topic, key, incarnation, generate_series(before + 1, sequence - 1) AS sequence FROM neighbours
    WHERE sequence > before + 1
    UNION
    -- The last number of a key, when nothing of the key is left that waits.
    SELECT c.topic, c.key, c.incarnation, generate_series(c.published + 1, c.drawn) FROM (
        SELECT topic, key, incarnation, drawn, coalesce((
            SELECT p.published FROM published_keys p
            WHERE p.topic = d.topic AND p.key = d.key AND p.incarnation = d.incarnation), 0) AS published
        FROM counters d ORDER BY drawn_at DESC LIMIT 10000) AS c
    WHERE c.drawn > c.published AND NOT EXISTS (
        SELECT FROM outbox o WHERE o.topic = c.topic AND o.key = c.key AND o.incarnation = c.incarnation
            AND o.published_at IS NULL)
    UNION
    SELECT o.topic, o.key, o.incarnation, o.sequence FROM outbox o JOIN incarnation i ON i.value = o.incarnation
    WHERE o.published_at IS NOT NULL AND o.kafka_offset IS NULL
)
SELECT format('%s %s %s/%s', topic, key, incarnation, sequence) AS reference FROM gone
UNION
SELECT l.reference FROM losses l WHERE l.hop = 'outbox' AND NOT EXISTS (
    SELECT FROM outbox o WHERE l.reference = format('%s %s %s/%s', o.topic, o.key, o.incarnation, o.sequence)
        AND (o.published_at IS NULL OR o.kafka_offset IS NOT NULL));

-- name: missing_topic
-- Keys whose next event does not come although a later one has, and partitions that hold less than their source said.
-- What waits behind a parked event waits for a person and not for an event.
SELECT format('%s %s before %s/%s', topic, key, incarnation, sequence) AS reference FROM (
    SELECT DISTINCT ON (source, topic, key) topic, key, incarnation, sequence, reason, since
    FROM set_aside WHERE source IS NOT NULL ORDER BY source, topic, key, incarnation, sequence) AS first
WHERE reason IS NULL AND since < clock_timestamp() - interval '30 seconds'
UNION ALL
SELECT format('%s/%s from %s', topic, partition, source) FROM checkpoints_heard WHERE missing > 0;

-- name: missing_stream
-- Streams that hold fewer events than were written to them.
WITH lately AS (
    SELECT reference, number FROM written WHERE hop = 'stream' ORDER BY last_at DESC LIMIT 10000
), asked AS (
    TABLE lately UNION
    SELECT w.reference, w.number FROM losses l JOIN written w USING (hop, reference) WHERE l.hop = 'stream'
)
SELECT reference FROM asked WHERE number > (SELECT count(*) FROM stream_events e WHERE e.stream = asked.reference);

-- name: missing_deadlines
-- Appointments that could not be kept three times or more.
SELECT format('%s %s', kind, subject) AS reference FROM deadlines WHERE failures >= 3;

-- name: keep_losses
-- Remember what was found missing at a hop, and forget what is there again; gives what was not known before.
WITH mended AS (
    DELETE FROM losses WHERE hop = $1 AND settled_at IS NULL AND reference <> ALL ($2::text[])
)
INSERT INTO losses (hop, reference) SELECT $1, reference FROM unnest($2::text[]) AS reference
ON CONFLICT DO NOTHING RETURNING reference;

-- name: losses
-- What is missing and nobody has settled, the oldest first.
SELECT hop, reference, found_at FROM losses WHERE settled_at IS NULL ORDER BY found_at, hop, reference;

-- name: settle_loss
-- Keep who looked into a loss and why the house may go on without it.
UPDATE losses SET settled_at = clock_timestamp(), reason = $2, settled_by = $3
WHERE hop || ' ' || reference = $1 AND settled_at IS NULL RETURNING hop;
