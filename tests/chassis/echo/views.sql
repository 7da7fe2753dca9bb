-- What the invented room writes and reads.

-- name: show_tally
-- A tally has one number more.
INSERT INTO tallies AS t (ref, total, changes) VALUES ($1, $2, 1)
ON CONFLICT (ref) DO UPDATE SET total = t.total + excluded.total, changes = t.changes + 1;

-- name: note_effect
-- Something was done about an event.
INSERT INTO effects (source, key, incarnation, sequence, event_id) VALUES ($1, $2, $3, $4, $5);

-- name: be_picky
-- Refuses a second row of a key, at the end of the transaction.
INSERT INTO picky (key) VALUES ($1);

-- name: nonsense
-- Wants a number.
SELECT $1::integer AS number;
