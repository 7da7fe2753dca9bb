-- What desks must hear, and the letterbox their open screens read. References, codes and dates only.

-- One row a cause, step and desk. `place` sorts a desk's list: what still needs somebody first, then what only informs.
CREATE TABLE alerts (
    ref text PRIMARY KEY,
    code text NOT NULL,
    severity text NOT NULL,
    desk text NOT NULL,
    unit text NOT NULL,
    cause text NOT NULL,
    matter text NOT NULL,
    subject text NOT NULL,
    case_ref text,
    step integer NOT NULL CHECK (step > 0),
    state text NOT NULL CHECK (state IN ('raised', 'acknowledged', 'resolved')),
    late boolean NOT NULL,
    context jsonb NOT NULL,
    happened_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    said_incarnation integer NOT NULL,
    said_sequence bigint NOT NULL,
    raised_at timestamptz NOT NULL,
    acknowledge_by timestamptz,
    repeats integer NOT NULL DEFAULT 0,
    acknowledged_by text,
    acknowledged_at timestamptz,
    resolved_at timestamptz,
    place smallint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN state <> 'raised' THEN 2 WHEN acknowledge_by IS NULL THEN 1 ELSE 0 END) STORED,
    UNIQUE (cause, step, desk)
);
CREATE INDEX alerts_of_a_desk ON alerts (desk, place, raised_at, ref);
CREATE INDEX alerts_about_a_matter ON alerts (matter, code) WHERE state <> 'resolved';

-- Which alerts about a matter are over, so that an ending heard before its cause is not forgotten. A row without
-- `ended_at` only holds the place while a cause is heard; `before_*` absent means over for ever.
CREATE TABLE matters (
    matter text NOT NULL,
    code text NOT NULL,
    ended_at timestamptz,
    before_incarnation integer,
    before_sequence bigint,
    PRIMARY KEY (matter, code)
);

-- Whether anybody covers a desk is asked for every alert that is raised.
CREATE INDEX directory_accounts_by_desk ON directory_accounts USING gin (desks);

-- Every change of an alert, in the order in which the changes became visible.
CREATE TABLE frames (
    number bigint PRIMARY KEY,
    desk text NOT NULL,
    alert text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('raised', 'acknowledged', 'escalated', 'resolved')),
    payload jsonb NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX frames_of_a_desk ON frames (desk, number);

-- The number of the last frame. A sequence may show 8 before 7; whoever moves this row holds it until the commit, so a
-- reader that has seen 8 has seen 7.
CREATE TABLE frame_counter (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    last bigint NOT NULL
);
INSERT INTO frame_counter (last) VALUES (0);
