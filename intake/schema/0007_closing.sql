-- A case ends: why, when and by whom. A row that has no end yet is open.
ALTER TABLE cases
    ADD COLUMN outcome text,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN closed_by text,
    ADD COLUMN state text NOT NULL GENERATED ALWAYS AS (CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed' END) STORED;
