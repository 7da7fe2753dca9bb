-- The last links of other rooms' logs, kept here so that a log that was changed in its own database cannot pass as whole.
-- Two links of one length are both kept: that is evidence, not a mistake to correct.
CREATE TABLE heads_kept (
    log text NOT NULL,
    length bigint NOT NULL,
    head text NOT NULL,
    sealed_at timestamptz NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log, length, head)
);
COMMENT ON TABLE heads_kept IS 'append-only';
