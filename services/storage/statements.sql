-- name: directory_account
-- Who an account is, what it may be and which desks it covers.
SELECT a.account, a.institution, a.unit, a.roles, a.desks, a.active AND i.active AS active
FROM directory_accounts a JOIN directory_institutions i ON i.code = a.institution
WHERE a.account = $1;

-- name: list_institution
-- Keep an institution as last announced.
INSERT INTO directory_institutions (code, unit, kind, active) VALUES ($1, $2, $3, $4)
ON CONFLICT (code) DO UPDATE SET unit = excluded.unit, kind = excluded.kind, active = excluded.active;

-- name: forget_desks
-- Drop the desks an institution no longer has.
DELETE FROM directory_desks WHERE institution = $1 AND code <> ALL ($2::text[]);

-- name: list_desk
-- Keep a desk as last announced.
INSERT INTO directory_desks (code, institution, purpose) VALUES ($1, $2, $3)
ON CONFLICT (code) DO UPDATE SET institution = excluded.institution, purpose = excluded.purpose;

-- name: list_account
-- Keep an account as last announced.
INSERT INTO directory_accounts (account, institution, unit, roles, desks, active) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account) DO UPDATE SET institution = excluded.institution, unit = excluded.unit, roles = excluded.roles,
    desks = excluded.desks, active = excluded.active;
