-- A figure is a sum over cells: a number for each indicator, place, breakdown, day, day on which it was known, category.
-- What a cell holds is what `contributions` and `counted_children` make of the facts, always: the two views are the truth
-- about counting, and `keep_facts` keeps the cells in step with them, whatever order facts come in.
-- Facts kept before this file have no day and are counted by `./spis rebuild analytics`.

ALTER TABLE facts
    ADD COLUMN day date, ADD COLUMN known_on date,
    ADD COLUMN sex text, ADD COLUMN age_band text, ADD COLUMN need text, ADD COLUMN institution text,
    ADD COLUMN risk text, ADD COLUMN reason text, ADD COLUMN step text, ADD COLUMN child text;
DROP INDEX facts_counted;
CREATE INDEX facts_of_key ON facts (key);
CREATE INDEX facts_of_subject ON facts (subject);
CREATE INDEX facts_of_child ON facts (child) WHERE child IS NOT NULL;
CREATE INDEX facts_newest ON facts (recorded_at);

-- What a case or a referral said of itself once, for the facts about it that do not say it again.
CREATE TABLE contexts (
    subject text PRIMARY KEY,
    sex text, age_band text, need text, institution text, risk text, sent_at timestamptz
);

-- Pseudonyms of one child that was written down twice, and the one under which all of them are counted.
CREATE TABLE same_children (pseudonym text PRIMARY KEY, child text NOT NULL);
CREATE INDEX same_children_of ON same_children (child);

-- The indicators and the tree of units as the files of the house had them when the cells were counted.
CREATE TABLE indicators (
    code text PRIMARY KEY,
    kind text NOT NULL,
    counts text[] NOT NULL,
    narrowed jsonb NOT NULL,
    has text[] NOT NULL,
    breakdowns text[] NOT NULL
);
CREATE TABLE scopes (
    unit text, scope text, from_day date, until_day date,
    PRIMARY KEY (unit, scope, from_day)
);

CREATE TABLE cells (
    indicator text, scope text, breakdown text, day date, known_on date, category text, value integer,
    number bigint NOT NULL,
    PRIMARY KEY (indicator, scope, breakdown, day, known_on, category, value)
);
CREATE INDEX cells_of_nothing ON cells (indicator) WHERE number = 0;

CREATE TYPE cell AS (
    indicator text, place text, breakdown text, day date, known_on date, category text, value integer, number bigint
);

CREATE FUNCTION category_of(
    breakdown text, sex text, age_band text, need text, institution text, risk text, reason text, step text
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE breakdown
        WHEN '' THEN ''
        WHEN 'sex' THEN coalesce(sex, 'unknown')
        WHEN 'age_band' THEN coalesce(age_band, 'unknown')
        WHEN 'sex,age_band' THEN coalesce(sex, 'unknown') || ',' || coalesce(age_band, 'unknown')
        WHEN 'need' THEN coalesce(need, 'unknown')
        WHEN 'institution' THEN coalesce(institution, 'unknown')
        WHEN 'risk' THEN coalesce(risk, 'unknown')
        WHEN 'reason' THEN coalesce(reason, 'unknown')
        WHEN 'step' THEN coalesce(step, 'unknown')
    END
$$;

-- What each fact adds to the cells of its own unit.
CREATE VIEW contributions WITH (security_invoker = true) AS
SELECT f.event_id, i.code AS indicator, f.unit, b.breakdown, f.day, f.known_on,
    category_of(b.breakdown, coalesce(f.sex, r.sex, c.sex), coalesce(f.age_band, r.age_band, c.age_band),
        coalesce(f.need, r.need), coalesce(f.institution, r.institution, c.institution),
        coalesce(f.risk, r.risk, c.risk), f.reason, f.step) AS category,
    CASE i.kind WHEN 'duration'
        THEN greatest(0, ceil(extract(epoch FROM f.occurred_at - r.sent_at) / 3600))::integer ELSE 0 END AS value
FROM facts f
JOIN indicators i ON f.type = ANY (i.counts) AND i.kind IN ('count', 'duration')
    AND f.dimensions @> i.narrowed AND jsonb_strip_nulls(f.dimensions) ?& i.has
LEFT JOIN contexts c ON c.subject = f.key
LEFT JOIN contexts r ON r.subject = f.subject
CROSS JOIN unnest(i.breakdowns) AS b (breakdown)
WHERE f.day IS NOT NULL AND (i.kind <> 'duration' OR r.sent_at IS NOT NULL);

-- Each child once in each place and year: by the case that was the first to be recorded there.
CREATE VIEW counted_children WITH (security_invoker = true) AS
SELECT first.child, i.code AS indicator, first.scope, b.breakdown, first.day, first.known_on,
    category_of(b.breakdown, first.sex, first.age_band, NULL, NULL, NULL, NULL, NULL) AS category, 0 AS value
FROM (
    SELECT DISTINCT ON (f.child, extract(year FROM f.day), s.scope)
        f.child, s.scope, f.day, f.known_on, f.sex, f.age_band
    FROM facts f
    JOIN scopes s ON s.unit = f.unit AND f.day >= s.from_day AND f.day < s.until_day
    WHERE f.child IS NOT NULL AND f.day IS NOT NULL
    ORDER BY f.child, extract(year FROM f.day), s.scope, f.recorded_at, f.event_id
) AS first
JOIN indicators i ON i.kind = 'children'
CROSS JOIN unnest(i.breakdowns) AS b (breakdown);
