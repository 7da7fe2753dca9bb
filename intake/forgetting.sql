-- The statements by which intake holds, forgets and forgets again. No name passes here, only references of people.

-- name: take_person
-- Take a person for this transaction: who holds and who forgets wait for each other.
SELECT pg_advisory_xact_lock(hashtextextended('person ' || $1, 0));

-- name: matters_of_person
-- Every report that a person stands in, as the child or as who reported, with the case it became and when anything last
-- happened to either.
SELECT r.report, r.unit, r.state <> 'waiting' AS decided, greatest(r.received_at, r.screened_at, c.closed_at,
        (SELECT max(f.at) FROM case_facts f WHERE f.case_ref = c.case_ref)) AS last_at,
    r.case_ref AS "case", c.institution, coalesce(c.state = 'closed', false) AS closed
FROM reports r LEFT JOIN cases c ON c.case_ref = r.case_ref
WHERE r.report IN (
    SELECT subject FROM concerned WHERE person = $1 UNION SELECT subject FROM vault WHERE key_id = $1)
ORDER BY r.report;

-- name: hold_of_person
-- The last thing that was said about holding a person; without a reason it is a release.
SELECT reason FROM legal_holds WHERE person = $1 ORDER BY id DESC LIMIT 1;

-- name: keep_hold
-- Say that a person is held for a reason, or, without one, released.
INSERT INTO legal_holds (person, unit, institution, reason, by_account, at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: forgotten_person
-- That a person was forgotten, and on which ground.
SELECT person FROM forgotten WHERE person = $1;

-- name: forgotten_people
-- The next people of the erasure list, by their references.
SELECT person, unit, institution, ground, forgotten_at FROM forgotten WHERE person > $1 ORDER BY person LIMIT $2;

-- name: keep_forgotten
-- Write people on the erasure list; who stands there stays as they are.
INSERT INTO forgotten (person, unit, institution, ground, forgotten_at, forgotten_by)
SELECT f.person, f.unit, f.institution, f.ground, f.forgotten_at, $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
    AS f (person, unit, institution, ground, forgotten_at)
ON CONFLICT (person) DO NOTHING
RETURNING person;

-- name: places_of_people
-- Whose matter these people are: the place of their report, and the centre that took their case on.
SELECT DISTINCT ON (k.person) k.person, r.unit, c.institution
FROM (SELECT subject, person FROM concerned WHERE person = ANY ($1::text[])
      UNION SELECT subject, key_id FROM vault WHERE key_id = ANY ($1::text[])) k
    JOIN reports r ON r.report = k.subject LEFT JOIN cases c ON c.case_ref = r.case_ref
ORDER BY k.person, r.report;

-- name: empty_sections
-- Leave of every section that was sealed with these people's keys that there was one.
UPDATE vault SET sealed = '' WHERE key_id = ANY ($1::text[]) AND sealed <> '' RETURNING subject;

-- name: drop_pseudonyms
-- Lose which people were counted under which names; the counts stay.
DELETE FROM pseudonyms WHERE person = ANY ($1::text[]) RETURNING person;

-- name: people_with_sections
-- The next people whose keys sealed something that is still there, by their references.
SELECT DISTINCT key_id AS person FROM vault WHERE sealed <> '' AND key_id > $1 ORDER BY key_id LIMIT $2;
