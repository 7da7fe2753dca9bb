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

-- name: destroy_key
-- Destroy a person's key for good; gives nothing when it was destroyed before or there is none.
UPDATE person_keys SET wrapped = NULL, destroyed_at = $2, basis = $3 WHERE person = $1 AND wrapped IS NOT NULL
RETURNING person, agency_key, destroyed_at, basis;

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
