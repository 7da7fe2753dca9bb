-- Every statement intake runs. Rows hold references, codes, bands and dates; names are opened through the vault only.

-- name: show_report_received
-- A report appears in its unit's list.
INSERT INTO reports (report, unit, channel, reporter_kind, reporter_institution, anonymous, concerns, immediate_danger,
    occurred_at, received_at, received_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: show_report_screened
-- A report shows what screening made of it.
UPDATE reports SET state = $2, case_ref = $3, reason = $4, instrument = $5, score = $6, scored = $7, risk = $8,
    screened_at = $9, screened_by = $10
WHERE report = $1;

-- name: show_case_opened
-- A case appears in its institution's list.
INSERT INTO cases (case_ref, unit, institution, report, risk, needs, age_band, sex, opened_at, opened_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: show_case_fact
-- A case file shows one more fact about its referrals.
INSERT INTO case_facts (case_ref, what, at, referral, need, receiver, attempt, step, code)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: show_case_closed
-- A case shows why and when its care ended.
UPDATE cases SET outcome = $2, closed_at = $3, closed_by = $4 WHERE case_ref = $1;

-- name: report
-- One report in codes.
SELECT *, case_ref AS "case" FROM reports WHERE report = $1;

-- name: reports_of_units
-- A page of the reports of some units, newest first, after the row the last page ended with.
SELECT *, case_ref AS "case" FROM reports
WHERE unit = ANY ($1::text[]) AND ($2::text IS NULL OR state = $2)
    AND ($3::timestamptz IS NULL OR (received_at, report) < ($3, $4::text))
ORDER BY received_at DESC, report DESC
LIMIT $5;

-- name: case_file
-- One case in codes.
SELECT *, case_ref AS "case" FROM cases WHERE case_ref = $1;

-- name: cases_page
-- A page of the cases of a centre or of some units, newest first, after the row the last page ended with.
SELECT *, case_ref AS "case" FROM cases
WHERE (institution = $1 OR unit = ANY ($2::text[])) AND ($3::text IS NULL OR state = $3)
    AND ($4::timestamptz IS NULL OR (opened_at, case_ref) < ($4, $5::text))
ORDER BY opened_at DESC, case_ref DESC
LIMIT $6;

-- name: case_facts
-- What was heard about the referrals of a case.
SELECT what, at, referral, need, receiver, attempt, step, code FROM case_facts WHERE case_ref = $1;

-- name: reports_waiting
-- The reports of some units that nobody has decided: danger first, then the oldest.
SELECT *, case_ref AS "case" FROM reports
WHERE unit = ANY ($1::text[]) AND state = 'waiting'
ORDER BY immediate_danger DESC, received_at, report
LIMIT $2;

-- name: open_cases
-- The open cases of a centre, as many as one day shows, the newest first.
SELECT *, case_ref AS "case" FROM cases WHERE institution = $1 AND state = 'open' ORDER BY opened_at DESC, case_ref DESC LIMIT $2;

-- name: facts_of_cases
-- What was heard about the referrals of several cases.
SELECT case_ref AS "case", what, at, referral, need, receiver, attempt, step, code FROM case_facts
WHERE case_ref = ANY ($1::text[]);

-- name: keep_person
-- Remember, beside the vault, whom a report or a case is about.
INSERT INTO concerned (subject, person) VALUES ($1, $2);

-- name: person_of
-- Whom a report or a case is about.
SELECT person FROM concerned WHERE subject = $1;

-- name: hold_person
-- Whom a case is about, held until the commit.
SELECT person FROM concerned WHERE subject = $1 FOR UPDATE;

-- name: pseudonym_of_year
-- The name a person is counted under in a year: the one drawn before, or else the one offered now.
INSERT INTO pseudonyms (person, year, pseudonym) VALUES ($1, $2, $3)
ON CONFLICT (person, year) DO UPDATE SET pseudonym = pseudonyms.pseudonym
RETURNING pseudonym;

-- name: unscreened
-- How many reports nobody has decided at a moment, by age, and the age of the oldest without and with danger now.
SELECT unit, count(*) FILTER (WHERE age <= interval '1 hour') AS to_an_hour,
    count(*) FILTER (WHERE age > interval '1 hour' AND age <= interval '1 day') AS to_a_day,
    count(*) FILTER (WHERE age > interval '1 day') AS longer,
    coalesce(greatest(0, extract(epoch FROM max(age) FILTER (WHERE NOT immediate_danger))), 0)::float8 AS calm_seconds,
    coalesce(greatest(0, extract(epoch FROM max(age) FILTER (WHERE immediate_danger))), 0)::float8 AS danger_seconds
FROM (SELECT unit, immediate_danger, $1::timestamptz - received_at AS age FROM reports WHERE state = 'waiting') AS waiting
GROUP BY unit;
