-- Releases: what everybody may read of the figures, and the register of everything that was ever released.

CREATE TABLE releases (
    release text PRIMARY KEY,
    unit text NOT NULL,
    first date NOT NULL,
    last date NOT NULL,
    indicators text[] NOT NULL,
    restated boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('asked', 'under_way', 'published', 'refused')),
    asked_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    settled_at timestamptz,
    known_until timestamptz,
    smallest integer,
    reason text,
    detail text
);
CREATE INDEX releases_waiting ON releases (asked_at) WHERE state IN ('asked', 'under_way');
CREATE INDEX releases_listed ON releases (asked_at DESC, release);

-- What was printed: no value is a blank, and nothing says why.
CREATE TABLE released_cells (
    release text NOT NULL,
    indicator text NOT NULL,
    unit text NOT NULL,
    breakdown text NOT NULL,
    category text NOT NULL,
    value bigint,
    PRIMARY KEY (release, indicator, unit, breakdown, category)
);

-- The register: each release of one indicator with its true counts, for later releases to be judged by, in their order.
CREATE TABLE editions (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    release text NOT NULL,
    indicator text NOT NULL,
    first date NOT NULL,
    last date NOT NULL,
    edition jsonb NOT NULL,
    UNIQUE (release, indicator)
);

SELECT wall('releases', $$ (state = 'published' AND (SELECT caller()) IS NOT NULL)
    OR unit = ANY ((SELECT in_reach('unit', 'release.see'))::text[]) $$);
SELECT wall('released_cells', '(SELECT caller()) IS NOT NULL');
SELECT wall('editions', 'false');
