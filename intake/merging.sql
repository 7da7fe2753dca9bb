-- The statements by which two people become one. No name passes here, only references of people.

-- name: person_now
-- Who a merged person is now; nothing for whoever is still themselves.
WITH RECURSIVE way AS (
    SELECT into_person, 1 AS step FROM merged_people WHERE person = $1
    UNION ALL SELECT m.into_person, w.step + 1 FROM merged_people m JOIN way w ON m.person = w.into_person
)
SELECT into_person AS person FROM way ORDER BY step DESC LIMIT 1;

-- name: everybody_merged
-- A person, and everybody who was merged into them on whatever way.
WITH RECURSIVE them AS (
    SELECT $1::text AS person
    UNION SELECT m.person FROM merged_people m JOIN them t ON m.into_person = t.person
)
SELECT person FROM them ORDER BY person;

-- name: merge_of
-- Into whom a person was merged, and when.
SELECT into_person, merged_at FROM merged_people WHERE person = $1;

-- name: is_child
-- Whether a person is one whom reports are about.
SELECT person FROM concerned WHERE person = $1 LIMIT 1;

-- name: pseudonyms_of
-- The words under which a person was counted, year by year.
SELECT year, pseudonym FROM pseudonyms WHERE person = $1 ORDER BY year;

-- name: keep_merged
-- Say for good that a person is another.
INSERT INTO merged_people (person, into_person, unit, merged_by, merged_at) VALUES ($1, $2, $3, $4, $5);

-- name: hand_over
-- Let every report and case of one person be about the other.
UPDATE concerned SET person = $2 WHERE person = $1;
