-- Sharing ends with the case too: a referral that was sent while its case was being closed shares nothing, until referral
-- has taken it back.
CREATE OR REPLACE FUNCTION live_with(receivers text[]) RETURNS TABLE (case_ref text, referral text, accepted boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    for_whom text := coalesce(current_setting('spis.scope', true), '');
BEGIN
    IF cardinality(receivers) = 0 THEN
        RETURN;
    END IF;
    PERFORM set_config('spis.scope', 'house', true);
    RETURN QUERY SELECT s.case_ref, s.referral, EXISTS (SELECT FROM case_facts a WHERE a.referral = s.referral
            AND a.case_ref = s.case_ref AND a.what IN ('accepted', 'under_way'))
        FROM case_facts s JOIN cases c ON c.case_ref = s.case_ref AND c.state = 'open'
        WHERE s.what = 'sent' AND s.receiver = ANY (receivers) AND NOT EXISTS (SELECT FROM case_facts e
            WHERE e.referral = s.referral AND e.case_ref = s.case_ref AND e.what IN ('declined', 'withdrawn', 'completed'));
    PERFORM set_config('spis.scope', for_whom, true);
END $$;
