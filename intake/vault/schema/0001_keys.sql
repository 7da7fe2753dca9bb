-- The keys of people, each wrapped by an agency key. They lie in a database of their own, apart from what they seal.

-- A person who was forgotten keeps a row without a key, so that what was sealed with it says so.
CREATE TABLE person_keys (
    person text PRIMARY KEY,
    wrapped bytea,
    agency_key text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    basis text,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
    CHECK ((destroyed_at IS NULL) = (basis IS NULL))
);

CREATE FUNCTION keep_tombstones() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a key may be destroyed, its row is never removed';
    ELSIF OLD.wrapped IS NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a person who was forgotten gets no key again';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_tombstones BEFORE UPDATE OR DELETE ON person_keys
    FOR EACH ROW EXECUTE FUNCTION keep_tombstones();

-- Agency keys that wrap nothing new. A process that has not seen the new one yet is refused, instead of wrapping a key
-- that nobody can unwrap once the old one is taken away.
CREATE TABLE retired_agency_keys (
    agency_key text PRIMARY KEY,
    retired_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION retire_agency_keys(current_key text, others text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Waits for keys that are being kept at this moment; those that come later see what is written here.
    LOCK TABLE person_keys IN SHARE MODE;
    DELETE FROM retired_agency_keys WHERE agency_key = current_key;
    INSERT INTO retired_agency_keys (agency_key)
    SELECT agency_key FROM person_keys WHERE agency_key <> current_key UNION SELECT unnest(others)
    ON CONFLICT DO NOTHING;
END $$;
