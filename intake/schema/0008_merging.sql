-- People who were written down twice: whoever stands here is somebody else from then on, for good. What their key sealed
-- stays sealed with it, so whoever forgets the one forgets the other.
CREATE TABLE merged_people (
    person text PRIMARY KEY,
    into_person text NOT NULL CHECK (into_person <> person),
    unit text NOT NULL,
    merged_by text NOT NULL,
    merged_at timestamptz NOT NULL
);
COMMENT ON TABLE merged_people IS 'append-only';
CREATE INDEX merged_people_by_survivor ON merged_people (into_person);

SELECT wall('merged_people', $$
    unit = ANY ((SELECT in_reach('unit', 'person.merge', 'person.forget', 'person.hold'))::text[]) $$, 'false');

-- Whoever merges must know whom a hold binds and who was forgotten, and under which words a child is counted.
SELECT wall(name, $$
    institution = ANY ((SELECT in_reach('own', 'person.merge', 'person.forget', 'person.hold'))::text[])
    OR institution IS NULL
        AND unit = ANY ((SELECT in_reach('unit', 'person.merge', 'person.forget', 'person.hold'))::text[]) $$, 'false')
FROM unnest(ARRAY['forgotten', 'legal_holds']) AS name;

SELECT wall('pseudonyms', $$ EXISTS (SELECT FROM concerned c JOIN reports r ON r.report = c.subject
    WHERE c.person = pseudonyms.person
        AND r.unit = ANY ((SELECT in_reach('unit', 'report.screen', 'person.merge'))::text[])) $$);
