-- name: recall_reply
-- Take the turn of one caller's key for this transaction, and give the first answer if there is one already.
SELECT pg_try_advisory_xact_lock(hashtextextended($1 || chr(31) || $2, 0)) AS my_turn,
    i.fingerprint, i.status, i.reply, i.headers
FROM (SELECT) AS always LEFT JOIN idempotency i ON i.caller = $1 AND i.key = $2;

-- name: keep_reply
-- Keep the first answer; the primary key stops the second of two that took the turn one right after the other.
INSERT INTO idempotency (caller, key, fingerprint, status, reply, headers) VALUES ($1, $2, $3, $4, $5, $6);
