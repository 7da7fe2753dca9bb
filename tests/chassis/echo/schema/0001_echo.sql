-- What the invented room shows of its tallies, and every effect it had, with nothing that would hide a second one.
CREATE TABLE tallies (
    ref text PRIMARY KEY,
    total integer NOT NULL,
    changes integer NOT NULL
);
CREATE TABLE effects (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    key text NOT NULL,
    incarnation integer NOT NULL,
    sequence bigint NOT NULL,
    event_id text NOT NULL
);
CREATE TABLE picky (
    key text PRIMARY KEY
);
