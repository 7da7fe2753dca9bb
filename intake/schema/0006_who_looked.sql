-- Whom the database shows who looked: everybody their own entries, and a centre those about its cases and their reports.

CREATE INDEX cases_by_report ON cases (report);

SELECT wall('access_log', $$
    account = (SELECT caller())
    OR EXISTS (SELECT FROM cases c WHERE c.case_ref = access_log.record
        AND c.institution = ANY ((SELECT in_reach('own', 'case.see_accesses'))::text[]))
    OR EXISTS (SELECT FROM cases c WHERE c.report = access_log.record
        AND c.institution = ANY ((SELECT in_reach('own', 'case.see_accesses'))::text[])) $$,
    'account = (SELECT caller())');
