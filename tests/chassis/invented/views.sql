-- name: write_note
-- Keep a note.
INSERT INTO notes (ref, unit, code, written_at) VALUES ($1, $2, $3, $4);

-- name: note
-- One note.
SELECT ref, unit, code, written_at FROM notes WHERE ref = $1;

-- name: notes_after
-- A page of the notes of some units, oldest first.
SELECT number, ref, unit, code, written_at FROM notes
WHERE ($1 OR unit = ANY ($2::text[]))
    AND ($3::timestamptz IS NULL OR (written_at, ref) > ($3, $4)) AND ($5::text IS NULL OR code = $5)
ORDER BY written_at, ref LIMIT $6;

-- name: frames_after
-- The next notes by their number.
SELECT number, ref, code FROM notes WHERE number > $1 ORDER BY number LIMIT 3;

-- name: give_account
-- Change what an account may be.
UPDATE directory_accounts SET roles = $2, active = $3 WHERE account = $1;

-- name: accesses
-- Who looked at a subject.
SELECT account, action, unit, correlation_id, at FROM access_log WHERE subject = $1 ORDER BY id;

-- name: count_notes
-- How many notes there are.
SELECT count(*) AS number FROM notes;
