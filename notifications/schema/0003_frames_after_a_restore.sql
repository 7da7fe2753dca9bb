-- A database restored to an earlier point would give numbers again that open screens have already heard. Each incarnation
-- has a thousand thousand million numbers of its own, all above the last one's, and all exact in a browser.
CREATE FUNCTION frames_begin_above() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE frame_counter SET last = greatest(last, NEW.value * 1000000000000);
    RETURN NULL;
END $$;
CREATE TRIGGER frames_begin_above AFTER UPDATE ON incarnation FOR EACH ROW EXECUTE FUNCTION frames_begin_above();
