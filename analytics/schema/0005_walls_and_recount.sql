-- Whom the database shows what of the cells, and a second set of the tables, filled by a recount while the first one serves.

SELECT wall('cells', $$ scope = ANY ((SELECT in_reach('unit', 'figure.see'))::text[]) $$);
SELECT wall(name, 'false') FROM unnest(ARRAY['contexts', 'same_children']) AS name;

CREATE SCHEMA again;
SET LOCAL search_path = again, public;
CREATE TABLE again.facts (LIKE public.facts INCLUDING ALL);
CREATE TABLE again.contexts (LIKE public.contexts INCLUDING ALL);
CREATE TABLE again.same_children (LIKE public.same_children INCLUDING ALL);
CREATE TABLE again.cells (LIKE public.cells INCLUDING ALL);
-- The same two questions over the second set: a view's text, told with the first set in sight, is read with the second.
DO $$
DECLARE
    told text;
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['contributions', 'counted_children'] LOOP
        SET LOCAL search_path = public;
        told := pg_get_viewdef(('public.' || name)::regclass);
        SET LOCAL search_path = again, public;
        EXECUTE format('CREATE VIEW again.%I WITH (security_invoker = true) AS %s', name, told);
    END LOOP;
END $$;
SELECT wall(name, 'false') FROM unnest(ARRAY['facts', 'contexts', 'same_children', 'cells']) AS name;

-- Puts the rows of the second set where those of the first differ from them; how many rows differed.
CREATE FUNCTION take_over(name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
    come bigint;
BEGIN
    EXECUTE format('WITH gone AS (SELECT * FROM public.%1$I EXCEPT SELECT * FROM again.%1$I)
        DELETE FROM public.%1$I AS here USING gone WHERE here = gone', name);
    GET DIAGNOSTICS gone = ROW_COUNT;
    EXECUTE format('INSERT INTO public.%1$I SELECT * FROM again.%1$I EXCEPT SELECT * FROM public.%1$I', name);
    GET DIAGNOSTICS come = ROW_COUNT;
    RETURN greatest(gone, come);
END $$;

-- Whoever may connect to this database is one of its two roles; the wall still shows callers nothing.
GRANT USAGE ON SCHEMA again TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA again TO PUBLIC;
SET LOCAL search_path = public;
