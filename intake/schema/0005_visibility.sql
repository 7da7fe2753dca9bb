-- Whom the database shows what. A report is its place's, a case its centre's; who coordinates sees a case in codes only,
-- and whoever is asked for help sees as much of it as sharing needs, while it is asked.

CREATE INDEX case_facts_by_receiver ON case_facts (receiver) WHERE what = 'sent';

-- The live referrals of some receivers. Looked up as the house, for what it reads is behind the wall it helps to decide.
CREATE FUNCTION live_with(receivers text[]) RETURNS TABLE (case_ref text, referral text, accepted boolean)
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
        FROM case_facts s
        WHERE s.what = 'sent' AND s.receiver = ANY (receivers) AND NOT EXISTS (SELECT FROM case_facts e
            WHERE e.referral = s.referral AND e.case_ref = s.case_ref AND e.what IN ('declined', 'withdrawn', 'completed'));
    PERFORM set_config('spis.scope', for_whom, true);
END $$;

SELECT wall('reports', $$
    unit = ANY ((SELECT in_reach('unit', 'report.see', 'report.list', 'report.screen'))::text[]) $$);

SELECT wall('cases', $$
    institution = ANY ((SELECT in_reach('own', 'case.see', 'case.list'))::text[])
    OR unit = ANY ((SELECT in_reach('unit', 'case.see', 'case.list'))::text[])
    OR case_ref IN (SELECT l.case_ref FROM live_with(in_reach('receiver', 'disclosure.read')) l) $$);

-- A receiver sees what was heard about its own referral, not about the others of the case.
SELECT wall('case_facts', $$
    EXISTS (SELECT FROM cases c WHERE c.case_ref = case_facts.case_ref
        AND (c.institution = ANY ((SELECT in_reach('own', 'case.see'))::text[])
            OR c.unit = ANY ((SELECT in_reach('unit', 'case.see'))::text[])))
    OR referral IN (SELECT l.referral FROM live_with(in_reach('receiver', 'disclosure.read')) l) $$);

-- Who stands behind a reference: for the place that decides its report, for the centre that took its case on, and for
-- whoever has accepted to help.
SELECT wall('concerned', $$
    EXISTS (SELECT FROM reports r WHERE r.report = concerned.subject
        AND r.unit = ANY ((SELECT in_reach('unit', 'report.see', 'report.screen'))::text[]))
    OR EXISTS (SELECT FROM cases c WHERE c.case_ref = concerned.subject
        AND c.institution = ANY ((SELECT in_reach('own', 'case.see_child'))::text[]))
    OR subject IN (SELECT l.case_ref FROM live_with(in_reach('receiver', 'disclosure.read')) l WHERE l.accepted) $$);

SELECT wall('pseudonyms', $$ EXISTS (SELECT FROM concerned c JOIN reports r ON r.report = c.subject
    WHERE c.person = pseudonyms.person AND r.unit = ANY ((SELECT in_reach('unit', 'report.screen'))::text[])) $$);

-- What lies under the reference of a report is its place's; of it, who has accepted to help may be shown the narrative.
SELECT wall('vault', $$
    EXISTS (SELECT FROM concerned c WHERE c.subject = vault.subject)
    OR EXISTS (SELECT FROM concerned c WHERE c.person = vault.subject)
    OR section = 'narrative' AND subject IN (SELECT c.report FROM cases c
        JOIN live_with(in_reach('receiver', 'disclosure.read')) l USING (case_ref) WHERE l.accepted) $$);

-- The facts of a report or a case are shown with its row.
SELECT wall('stream_events', $$
    stream LIKE 'report/%' AND EXISTS (SELECT FROM reports r WHERE r.report = split_part(stream, '/', 2))
    OR stream LIKE 'case/%' AND EXISTS (SELECT FROM cases c WHERE c.case_ref = split_part(stream, '/', 2)
        AND c.institution = ANY ((SELECT in_reach('own', 'case.see'))::text[])) $$);
