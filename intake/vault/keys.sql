-- Every statement on the database of keys.

-- name: keep_keys
-- Keep the wrapped keys of people who have none; none at all when an agency key among them is retired.
INSERT INTO person_keys (person, wrapped, agency_key)
SELECT person, wrapped, agency_key FROM unnest($1::text[], $2::bytea[], $3::text[]) AS drawn (person, wrapped, agency_key)
WHERE NOT EXISTS (SELECT FROM retired_agency_keys r WHERE r.agency_key = ANY ($3::text[]))
RETURNING person;

-- name: keys_of
-- The wrapped keys of some people; of who was forgotten, a row without a key.
SELECT person, wrapped, agency_key FROM person_keys WHERE person = ANY ($1::text[]);

-- name: destroy_keys
-- Destroy people's keys for good, and remember it of people who have none here, for an older copy may bring theirs back;
-- gives nothing of whose key was destroyed before.
INSERT INTO person_keys AS k (person, wrapped, agency_key, destroyed_at, basis)
SELECT d.person, NULL, '', d.destroyed_at, d.basis
FROM unnest($1::text[], $2::timestamptz[], $3::text[]) AS d (person, destroyed_at, basis)
ON CONFLICT (person) DO UPDATE SET wrapped = NULL, destroyed_at = excluded.destroyed_at, basis = excluded.basis
WHERE k.wrapped IS NOT NULL
RETURNING person, agency_key, destroyed_at, basis;

-- name: destroyed_keys_of
-- What remains of the destroyed keys of some people.
SELECT person, agency_key, destroyed_at, basis FROM person_keys WHERE person = ANY ($1::text[]) AND wrapped IS NULL;

-- name: destroyed_keys
-- What remains of the next destroyed keys, in the order of people.
SELECT person, agency_key, destroyed_at, basis FROM person_keys
WHERE wrapped IS NULL AND person > $1 ORDER BY person LIMIT $2;

-- name: retire_agency_keys
-- Let no agency key but the current one wrap anything new.
SELECT retire_agency_keys($1, $2);

-- name: keys_to_rewrap
-- The next keys, by person, that another agency key than the current one wraps.
SELECT person, wrapped, agency_key FROM person_keys
WHERE wrapped IS NOT NULL AND agency_key <> $1 AND person > $2 ORDER BY person LIMIT $3;

-- name: rewrap_keys
-- Put keys under the current agency key, unless they were destroyed or rewrapped meanwhile.
UPDATE person_keys k SET wrapped = r.wrapped, agency_key = r.agency_key
FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[]) AS r (person, wrapped, agency_key, was)
WHERE k.person = r.person AND k.agency_key = r.was AND k.wrapped IS NOT NULL
RETURNING k.person;

-- name: keys_by_agency_key
-- How many keys each agency key wraps.
SELECT agency_key, count(*) AS keys FROM person_keys WHERE wrapped IS NOT NULL GROUP BY agency_key ORDER BY agency_key;
