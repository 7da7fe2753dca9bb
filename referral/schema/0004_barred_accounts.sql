-- Accounts that an operator disabled by hand: listing the directory anew leaves them disabled until they are let in again.
CREATE TABLE barred_accounts (
    account text PRIMARY KEY,
    barred_by text NOT NULL,
    barred_at timestamptz NOT NULL
);
SELECT wall('barred_accounts', 'false');
