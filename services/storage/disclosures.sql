-- name: keep_sealed
-- Keep one sealed section about a subject, in place of an earlier one.
INSERT INTO vault (subject, section, key_id, sealed) VALUES ($1, $2, $3, $4)
ON CONFLICT (subject, section) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed;

-- name: keep_new_sealed
-- Keep one sealed section of somebody who has none yet: without looking for an earlier one, the wall is asked once.
INSERT INTO vault (subject, section, key_id, sealed) VALUES ($1, $2, $3, $4);

-- name: open_sealed
-- Give a sealed section and note who reads it, in one statement, so that neither happens without the other.
WITH found AS (
    SELECT section, key_id, sealed FROM vault WHERE subject = $1 AND section = $2
), noted AS (
    INSERT INTO access_log (account, action, subject, unit, correlation_id, at)
    SELECT $3, 'open ' || $2, $1, coalesce((SELECT unit FROM directory_accounts WHERE account = $3), ''), $4, $5
    FROM found
)
SELECT section, key_id, sealed FROM found;
