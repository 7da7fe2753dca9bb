-- What a caller reaches is asked several times in each statement of a caller. As a function of SQL its plan was made anew at
-- each of these calls, which took longer than the call; here the session keeps it.

CREATE OR REPLACE FUNCTION in_reach(relation text, VARIADIC actions text[]) RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    reach jsonb := coalesce(nullif(current_setting('spis.reach', true), ''), '{}');
    action text;
    held text[] := '{}';
BEGIN
    FOREACH action IN ARRAY actions LOOP
        IF reach -> action ? relation THEN
            held := held || ARRAY(SELECT jsonb_array_elements_text(reach -> action -> relation));
        END IF;
    END LOOP;
    RETURN held;
END $$;
