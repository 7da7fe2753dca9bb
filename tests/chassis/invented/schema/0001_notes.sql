-- An invented room, for the tests of the doors: numbered notes, and how often its command really ran.
CREATE TABLE notes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ref text NOT NULL UNIQUE,
    unit text NOT NULL,
    code text NOT NULL,
    written_at timestamptz NOT NULL
);
