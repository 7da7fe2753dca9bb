-- Every fact is counted under its subject when it is kept, so that one that is gone is missed.
CREATE FUNCTION count_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_written('fact', array_agg(subject)) FROM fresh HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER count_facts AFTER INSERT ON facts REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION count_facts();
INSERT INTO written SELECT 'fact', subject, count(*), '-infinity' FROM facts GROUP BY subject;
