-- Cases that intake announced as closed: nobody is asked for their needs any more, whatever is heard after that. Kept beside
-- the rows that are drawn from streams, for it is another room's fact.
CREATE TABLE closed_cases (
    case_ref text PRIMARY KEY,
    outcome text NOT NULL,
    closed_at timestamptz NOT NULL
);
COMMENT ON TABLE closed_cases IS 'append-only';

-- Seen with the needs of the case; only the house writes.
SELECT wall('closed_cases', $$ EXISTS (SELECT FROM needs n WHERE n.case_ref = closed_cases.case_ref) $$, 'false');
