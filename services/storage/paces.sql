-- name: spend
-- Spend one of what a caller may ask; null when all of it is spent.
SELECT spend($1, $2, $3, $4) AS spent;

-- name: count_miss
-- Count a record that is not there or not the account's own, and stop the account at the limit.
SELECT count_miss($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS state;

-- name: walk
-- What may be said of an account that was stopped: not which one it was.
SELECT walk, unit, institution, roles, tries, stopped_at FROM walks WHERE walk = $1;
