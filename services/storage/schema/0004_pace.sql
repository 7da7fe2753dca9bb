-- How fast each caller asks. What a caller has spent of a limit is kept as the moment at which all of it is given back.
-- Unlogged: after a crash of the server everybody begins anew, and counting waits for no disk.
CREATE UNLOGGED TABLE paces (
    kind text NOT NULL,
    caller text NOT NULL,
    free_at timestamptz NOT NULL,
    PRIMARY KEY (kind, caller)
);

-- Accounts that tried one reference after another until they were stopped. Who it was is said here and nowhere else: what
-- leaves the room names the walk, and whoever must know looks it up.
CREATE TABLE walks (
    walk text PRIMARY KEY,
    account text NOT NULL,
    institution text NOT NULL,
    unit text NOT NULL,
    roles text[] NOT NULL,
    tries integer NOT NULL,
    stopped_at timestamptz NOT NULL
);
SELECT wall('walks', 'false');

-- Spends one, where each is given back after `one_back` and all of them after `all_back`; null when everything is spent,
-- and then nothing changes.
CREATE FUNCTION spend(of_kind text, by_caller text, one_back interval, all_back interval) RETURNS boolean LANGUAGE sql AS $$
    INSERT INTO paces AS p (kind, caller, free_at) VALUES (of_kind, by_caller, now() + one_back)
    ON CONFLICT (kind, caller) DO UPDATE SET free_at = greatest(p.free_at, now()) + one_back
    WHERE greatest(p.free_at, now()) + one_back <= now() + all_back
    RETURNING true
$$;

-- Counts a record that is not there or not the account's own. At the limit the account is stopped, which is kept and
-- announced by whoever keeps the room's appointments: once, however many of its requests arrive at this moment.
CREATE FUNCTION count_miss(new_walk text, by_account text, its_institution text, its_unit text, its_roles text[], at timestamptz,
    journey text, after_tries integer, one_back interval, all_back interval, stop_for interval)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF spend('misses', by_account, one_back, all_back) THEN
        RETURN 'counted';
    END IF;
    IF spend('stop', by_account, stop_for, stop_for) IS NULL THEN
        RETURN 'stopped before';
    END IF;
    -- What is written about somebody is not theirs to write.
    PERFORM set_config('spis.scope', 'house', true);
    INSERT INTO walks (walk, account, institution, unit, roles, tries, stopped_at)
    VALUES (new_walk, by_account, its_institution, its_unit, its_roles, after_tries, at);
    INSERT INTO deadlines (kind, subject, due_at, correlation_id) VALUES ('walk', new_walk, at, journey);
    RETURN 'stopped';
END $$;
