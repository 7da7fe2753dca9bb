-- What people read of referrals. Every row is made from the events of the streams and can be made again.

CREATE TABLE referrals (
    ref text PRIMARY KEY,
    case_ref text NOT NULL,
    need text NOT NULL,
    unit text NOT NULL,
    sender text NOT NULL,
    risk text NOT NULL,
    attempt integer NOT NULL,
    receiver text,
    state text NOT NULL,
    sent_at timestamptz NOT NULL,
    answer_by timestamptz,
    next_check timestamptz,
    silent_since timestamptz,
    step integer NOT NULL DEFAULT 0,
    escalated_to text,
    accepted_at timestamptz,
    started_at timestamptz,
    closed_at timestamptz,
    reason text,
    CHECK (state <> 'waiting' OR next_check IS NOT NULL)
);
CREATE INDEX referrals_by_sender ON referrals (sender, sent_at DESC, ref DESC);
CREATE INDEX referrals_by_receiver ON referrals (receiver, sent_at DESC, ref DESC);
CREATE INDEX referrals_by_unit ON referrals (unit, sent_at DESC, ref DESC);
CREATE INDEX referrals_by_case ON referrals (case_ref);

-- No two live offers of the same need: the second wall behind the locked row of the need.
CREATE UNIQUE INDEX referrals_one_live_of_a_need ON referrals (case_ref, need)
    WHERE state IN ('waiting', 'accepted', 'under_way');

-- The needs of each case, and the referral that is live for each; locked by whoever asks again.
CREATE TABLE needs (
    case_ref text NOT NULL,
    need text NOT NULL,
    unit text NOT NULL,
    sender text NOT NULL,
    risk text NOT NULL,
    attempts integer NOT NULL,
    live text,
    PRIMARY KEY (case_ref, need)
);
CREATE UNIQUE INDEX needs_by_live_referral ON needs (live) WHERE live IS NOT NULL;
