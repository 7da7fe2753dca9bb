-- What intake adds to its database. No name, contact, address, birth date or sentence has a column here: those are rows
-- of the vault. Applied as the owner role, after the chassis's own files.

-- Beside the vault, and never announced: which person a report or a case is about.
CREATE TABLE concerned (
    subject text PRIMARY KEY,
    person text NOT NULL
);
CREATE INDEX concerned_by_person ON concerned (person);

-- Beside the vault: the random name under which a person is counted in one year. Drawn, never derived.
CREATE TABLE pseudonyms (
    person text NOT NULL,
    year integer NOT NULL,
    pseudonym text NOT NULL UNIQUE,
    PRIMARY KEY (person, year)
);

-- The rows people read, written from events in the same transaction and written again by a rebuild.
CREATE TABLE reports (
    report text PRIMARY KEY,
    unit text NOT NULL,
    channel text NOT NULL,
    reporter_kind text NOT NULL,
    reporter_institution text,
    anonymous boolean NOT NULL,
    concerns text[] NOT NULL,
    immediate_danger boolean NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    received_by text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'accepted', 'screened_out')),
    case_ref text,
    reason text,
    instrument text,
    score integer,
    scored text,
    risk text,
    screened_at timestamptz,
    screened_by text
);
CREATE INDEX reports_by_unit ON reports (unit, received_at, report);

CREATE TABLE cases (
    case_ref text PRIMARY KEY,
    unit text NOT NULL,
    institution text NOT NULL,
    report text NOT NULL,
    risk text NOT NULL,
    needs text[] NOT NULL,
    age_band text NOT NULL,
    sex text NOT NULL,
    opened_at timestamptz NOT NULL,
    opened_by text NOT NULL
);
CREATE INDEX cases_by_institution ON cases (institution, opened_at, case_ref);

-- A set, because facts may be heard in any order; a fact may even be here before its case.
CREATE TABLE case_facts (
    case_ref text NOT NULL,
    what text NOT NULL,
    at timestamptz NOT NULL,
    referral text,
    need text,
    receiver text,
    attempt integer,
    step integer,
    code text,
    UNIQUE NULLS NOT DISTINCT (case_ref, what, at, referral, need, receiver, attempt, step, code)
);
