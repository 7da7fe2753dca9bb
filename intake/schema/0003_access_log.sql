-- The log of who opened what: under which right, about which case or report, for which referral, and when by the wall.
-- An entry takes these from its transaction, where they are told once, so that no opening can forget them.
ALTER TABLE access_log
    ADD COLUMN by_right text NOT NULL DEFAULT coalesce(current_setting('spis.right', true), ''),
    ADD COLUMN record text NOT NULL DEFAULT coalesce(current_setting('spis.record', true), ''),
    ADD COLUMN referral text NOT NULL DEFAULT coalesce(current_setting('spis.referral', true), ''),
    ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX access_log_by_record ON access_log (record, id);
CREATE INDEX case_facts_by_referral ON case_facts (referral);

-- Whoever opens something writes and sees the entry; who answers for a case sees all about it and the report it came from.
SELECT wall('access_log', $$
    account = (SELECT caller())
    OR EXISTS (SELECT FROM cases c WHERE access_log.record IN (c.case_ref, c.report)
        AND c.institution = ANY ((SELECT in_reach('own', 'case.see_accesses'))::text[])) $$,
    $$ account = (SELECT caller()) $$);

-- Entries that have no number yet. A table of its own, because ids are drawn before the commit: "larger than the last one
-- seen" would pass over whoever commits late.
CREATE TABLE access_unsealed (
    entry bigint PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO access_unsealed (entry) SELECT id FROM access_log;
CREATE FUNCTION await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO access_unsealed (entry) SELECT id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER access_log_awaits_seal AFTER INSERT ON access_log
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION await_seal();

-- The chain: number after number without a gap, each hash over its entry and the hash before it.
CREATE TABLE access_chain (
    number bigint PRIMARY KEY CHECK (number > 0),
    entry bigint NOT NULL UNIQUE,
    hash bytea NOT NULL
);
COMMENT ON TABLE access_chain IS 'append-only';

-- How long the chain was when other rooms were last told of its head.
CREATE TABLE access_heads_said (
    length bigint PRIMARY KEY,
    said_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE access_heads_said IS 'append-only';
