-- Who was forgotten: the erasure list as intake knows it. The keys are destroyed in their own database, and everybody is
-- named once more on a topic that never expires, so that no older copy of either brings anybody back.
CREATE TABLE forgotten (
    person text PRIMARY KEY,
    unit text NOT NULL,
    institution text,
    ground text NOT NULL,
    forgotten_at timestamptz NOT NULL,
    forgotten_by text NOT NULL
);
COMMENT ON TABLE forgotten IS 'append-only';

-- Why nothing about a person may go; the last row of a person counts, and without a reason it is a release.
CREATE TABLE legal_holds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person text NOT NULL,
    unit text NOT NULL,
    institution text,
    reason text,
    by_account text NOT NULL,
    at timestamptz NOT NULL
);
COMMENT ON TABLE legal_holds IS 'append-only';
CREATE INDEX legal_holds_by_person ON legal_holds (person, id);

-- A case is its centre's matter, a report that became none its place's. Only the house writes.
SELECT wall(name, $$
    institution = ANY ((SELECT in_reach('own', 'person.forget', 'person.hold'))::text[])
    OR institution IS NULL AND unit = ANY ((SELECT in_reach('unit', 'person.forget', 'person.hold'))::text[]) $$, 'false')
FROM unnest(ARRAY['forgotten', 'legal_holds']) AS name;
