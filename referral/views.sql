-- How events change the rows people read, and the queries over them.

-- name: need_asked
-- A need has one attempt more, and the referral that is live for it, if anybody was asked.
INSERT INTO needs AS n (case_ref, need, unit, sender, risk, attempts, live) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (case_ref, need) DO UPDATE SET attempts = greatest(n.attempts, excluded.attempts), live = excluded.live;

-- name: need_set_free
-- The live referral of a need has ended, so the need may be asked for again.
UPDATE needs SET live = NULL WHERE live = $1;

-- name: referral_sent
-- A referral waits for its answer.
INSERT INTO referrals (ref, case_ref, need, unit, sender, risk, attempt, receiver, answer_by, next_check, sent_at, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, 'waiting');

-- name: need_unserved
-- Nobody could be asked; the coordinating unit was told.
INSERT INTO referrals (ref, case_ref, need, unit, sender, risk, attempt, escalated_to, sent_at, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'no_receiver');

-- name: referral_accepted
-- The receiver took it on, so its clock stops.
UPDATE referrals SET state = 'accepted', accepted_at = $2, next_check = NULL WHERE ref = $1;

-- name: referral_started
-- The service began.
UPDATE referrals SET state = 'under_way', started_at = $2 WHERE ref = $1;

-- name: referral_closed
-- The referral ended as declined, completed or withdrawn, with the code that says why or with what outcome.
UPDATE referrals SET state = $2, reason = $3, closed_at = $4, next_check = NULL WHERE ref = $1;

-- name: referral_fell_silent
-- The answer-by date passed.
UPDATE referrals SET silent_since = $2, next_check = $3 WHERE ref = $1;

-- name: referral_escalated
-- A unit above was called.
UPDATE referrals SET step = $2, escalated_to = $3, next_check = $4 WHERE ref = $1;

-- name: need_of_case
-- The need that somebody asks for again, locked until the new referral is committed.
SELECT case_ref, need, unit, sender, risk, attempts, live FROM needs WHERE case_ref = $1 AND need = $2 FOR UPDATE;

-- name: hold_needs
-- The needs of a case and what is live for each, held until the commit: nobody asks again for them meanwhile.
SELECT need, live FROM needs WHERE case_ref = $1 ORDER BY need FOR UPDATE;

-- name: keep_closed_case
-- Remember that a case is closed.
INSERT INTO closed_cases (case_ref, outcome, closed_at) VALUES ($1, $2, $3) ON CONFLICT (case_ref) DO NOTHING;

-- name: closed_cases
-- Which of some cases are closed.
SELECT case_ref FROM closed_cases WHERE case_ref = ANY ($1::text[]);

-- name: referral_row
-- One referral as it stands.
SELECT ref, case_ref, need, unit, sender, risk, attempt, receiver, state, sent_at, answer_by, next_check, silent_since,
    step, escalated_to, accepted_at, started_at, closed_at, reason
FROM referrals WHERE ref = $1;

-- name: referrals_page
-- Referrals that were sent by $1, are received by $2 or lie in the units $3, newest first, after the place ($7, $8).
-- Until a receiver has accepted, it cannot ask which case a referral belongs to.
SELECT ref, case_ref, need, unit, sender, risk, attempt, receiver, state, sent_at, answer_by, next_check, silent_since,
    step, escalated_to, accepted_at, started_at, closed_at, reason
FROM referrals
WHERE (sender = $1::text OR receiver = $2::text OR unit = ANY ($3::text[]))
    AND ($4::text IS NULL OR state = $4)
    AND ($5::text IS NULL OR need = $5)
    AND ($6::text IS NULL
        OR case_ref = $6 AND (sender = $1::text OR unit = ANY ($3::text[]) OR accepted_at IS NOT NULL))
    AND ($7::timestamptz IS NULL OR (sent_at, ref) < ($7, $8::text))
ORDER BY sent_at DESC, ref DESC
LIMIT $9;

-- name: board
-- The live referrals that were sent by $1 or are received by $2, in columns, the oldest date of each first: $6 rows of every
-- column, or of the one $5 those after the place ($7, $8). $3 and $4 are the units and when today ends in each.
WITH live AS (
    SELECT r.*, CASE r.state WHEN 'waiting' THEN r.answer_by WHEN 'accepted' THEN r.accepted_at ELSE r.started_at END AS since,
        CASE WHEN r.state <> 'waiting' THEN r.state WHEN r.answer_by < day.ends THEN 'owed' ELSE 'waiting' END AS place
    FROM referrals r LEFT JOIN unnest($3::text[], $4::timestamptz[]) AS day (unit, ends) ON day.unit = r.unit
    WHERE (r.sender = $1::text OR r.receiver = $2::text) AND r.state IN ('waiting', 'accepted', 'under_way')
), counted AS (
    SELECT *, count(*) OVER (PARTITION BY place) AS number FROM live
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY place ORDER BY since, ref) AS rank FROM counted
    WHERE $7::timestamptz IS NULL OR (since, ref) > ($7, $8::text)
)
SELECT ref, case_ref, need, unit, sender, risk, attempt, receiver, state, sent_at, answer_by, next_check, silent_since,
    step, escalated_to, accepted_at, started_at, closed_at, reason, since, number
FROM ranked
WHERE rank <= $6 AND ($5::text IS NULL OR place = $5)
ORDER BY place, rank;

-- name: silent_referrals
-- The referrals of the units $1 whose answer was owed before $2, unit by unit, the longest silence first: $5 rows of every
-- unit, or of the one $4 those after the place ($6, $7); how many are silent in the unit, and how many climbed to $3.
WITH silent AS (
    SELECT r.*, count(*) OVER unit AS number, count(*) FILTER (WHERE r.escalated_to = $3::text) OVER unit AS climbed,
        min(r.answer_by) OVER unit AS since
    FROM referrals r
    WHERE r.unit = ANY ($1::text[]) AND r.state = 'waiting' AND r.answer_by < $2::timestamptz
    WINDOW unit AS (PARTITION BY r.unit)
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY unit ORDER BY answer_by, ref) AS rank FROM silent
    WHERE ($4::text IS NULL OR unit = $4) AND ($6::timestamptz IS NULL OR (answer_by, ref) > ($6, $7::text))
)
SELECT ref, case_ref, need, unit, sender, risk, attempt, receiver, state, sent_at, answer_by, next_check, silent_since,
    step, escalated_to, accepted_at, started_at, closed_at, reason, number, climbed, since
FROM ranked
WHERE rank <= $5
ORDER BY unit, rank;

-- name: history_of_referral
-- The last $2 events of a referral, the newest first.
SELECT type, data FROM stream_events WHERE stream = 'referral/' || $1::text ORDER BY version DESC LIMIT $2;

-- name: need_as_it_stands
-- A need as everybody reads it, and whether its case is closed.
SELECT n.case_ref, n.need, n.unit, n.sender, n.risk, n.attempts, n.live,
    EXISTS (SELECT FROM closed_cases c WHERE c.case_ref = n.case_ref) AS closed
FROM needs n WHERE n.case_ref = $1 AND n.need = $2;

-- name: listing_alone
-- Two workers that start together list the directory one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('the directory is listed', 0));

-- name: institutions_told
-- The institutions as the others were told last.
SELECT code, unit, kind, active FROM directory_institutions ORDER BY code;

-- name: desks_told
-- The desks as the others were told last.
SELECT code, institution, purpose FROM directory_desks ORDER BY code;

-- name: accounts_told
-- The accounts as the others were told last.
SELECT account, institution, unit, roles, desks, active FROM directory_accounts ORDER BY account;

-- name: keep_head
-- Keep the last link of another room's log as it was announced.
INSERT INTO heads_kept (log, length, head, sealed_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: heads_of_log
-- The newest links kept of a log: the newest stands for all before it, the others show where a change began.
SELECT log, length, head, sealed_at, kept_at FROM heads_kept WHERE log = $1 ORDER BY length DESC, kept_at DESC LIMIT $2;

-- name: bar_account
-- An operator disabled an account.
INSERT INTO barred_accounts (account, barred_by, barred_at) VALUES ($1, $2, $3) ON CONFLICT (account) DO NOTHING;

-- name: let_account_in
-- An operator lets an account in again that was disabled by hand.
DELETE FROM barred_accounts WHERE account = $1 RETURNING account;

-- name: barred_accounts
-- The accounts that stay disabled whatever the files say.
SELECT account FROM barred_accounts;

-- name: owed
-- How many answers are owed at a moment in each unit and at each step of silence, by how long they are overdue.
SELECT unit, step, count(*) AS number, count(*) FILTER (WHERE late <= interval '0') AS no,
    count(*) FILTER (WHERE late > interval '0' AND late <= interval '1 day') AS to_a_day,
    count(*) FILTER (WHERE late > interval '1 day' AND late <= interval '7 days') AS to_a_week,
    count(*) FILTER (WHERE late > interval '7 days') AS longer,
    greatest(0, extract(epoch FROM max(late)))::float8 AS seconds
FROM (SELECT unit, step, $1::timestamptz - answer_by AS late FROM referrals WHERE state = 'waiting') AS waiting
GROUP BY unit, step;
