-- The statements of releases.

-- name: ask_release
-- Somebody asks for a release.
INSERT INTO releases (release, unit, first, last, indicators, restated, state, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, 'asked', $7);

-- name: release_waiting
-- The release that has waited longest, or was begun by a process that ended since.
SELECT release, first, last, indicators, restated, tries FROM releases
WHERE state IN ('asked', 'under_way') ORDER BY asked_at, release LIMIT 1;

-- name: press_alone
-- Whether nobody else judges releases: kept until the session lets go of it.
SELECT pg_try_advisory_lock(hashtextextended('releases', 0)) AS alone;

-- name: press_ended
-- Let others judge.
SELECT pg_advisory_unlock(hashtextextended('releases', 0));

-- name: release_begun
-- A release is being judged.
UPDATE releases SET state = 'under_way', tries = tries + 1 WHERE release = $1 AND state IN ('asked', 'under_way');

-- name: release_refused
-- A release cannot be, and why.
UPDATE releases SET state = 'refused', settled_at = $2, reason = $3, detail = $4
WHERE release = $1 AND state IN ('asked', 'under_way');

-- name: release_published
-- A release is for everybody.
UPDATE releases SET state = 'published', settled_at = $2, smallest = $3,
    known_until = (SELECT max(recorded_at) FROM facts)
WHERE release = $1 AND state IN ('asked', 'under_way');

-- name: keep_edition
-- Put an indicator's release into the register.
INSERT INTO editions (release, indicator, first, last, edition) VALUES ($1, $2, $3, $4, $5::jsonb);

-- name: print_cells
-- What is printed of an indicator.
INSERT INTO released_cells (release, indicator, unit, breakdown, category, value)
SELECT $1, $2, c.unit, c.breakdown, c.category, c.value
FROM jsonb_to_recordset($3::jsonb) AS c (unit text, breakdown text, category text, value bigint);

-- name: editions_beside
-- Every earlier release of an indicator that has days in common with these, in their order.
SELECT edition::text AS edition FROM editions WHERE indicator = $1 AND first <= $3 AND last >= $2 ORDER BY number;

-- name: counts_to_release
-- What an indicator counts in some places on some days, by every breakdown, all at one moment.
SELECT c.scope AS unit, c.breakdown, c.category, sum(c.number)::bigint AS count
FROM cells c
WHERE c.indicator = $1 AND c.scope = ANY ($2::text[]) AND c.breakdown = ANY ($3::text[])
    AND EXISTS (SELECT FROM unnest($4::date[], $5::date[]) AS d (first, last) WHERE c.day BETWEEN d.first AND d.last)
GROUP BY c.scope, c.breakdown, c.category;

-- name: list_releases
-- Releases, the newest first.
SELECT release, unit, first, last, indicators, restated, state, asked_at, settled_at, known_until, smallest, reason, detail
FROM releases WHERE $1::timestamptz IS NULL OR (asked_at, release) < ($1, $2)
ORDER BY asked_at DESC, release DESC LIMIT $3;

-- name: one_release
-- One release.
SELECT release, unit, first, last, indicators, restated, state, asked_at, settled_at, known_until, smallest, reason, detail
FROM releases WHERE release = $1;

-- name: printed_cells
-- What a release prints of its indicators, or of one of them.
SELECT indicator, unit, breakdown, category, value FROM released_cells
WHERE release = $1 AND ($2::text IS NULL OR indicator = $2) ORDER BY indicator, breakdown, unit, category;
