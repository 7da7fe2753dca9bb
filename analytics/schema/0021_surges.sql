-- Far more of one kind said in a place than is usual there: one row for each time that was told.
CREATE TABLE surges (
    surge text NOT NULL UNIQUE,
    unit text NOT NULL,
    indicator text NOT NULL,
    need text NOT NULL,
    window_starts timestamptz NOT NULL,
    window_ends timestamptz NOT NULL,
    count integer NOT NULL,
    usual integer NOT NULL,
    detected_at timestamptz NOT NULL,
    PRIMARY KEY (unit, indicator, need, window_starts)
);
SELECT wall('surges', $$ unit = ANY ((SELECT in_reach('unit', 'figure.see'))::text[]) $$);
