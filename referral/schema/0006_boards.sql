-- A board asks for what is live, again and again; what has ended is most of the table.
CREATE INDEX referrals_live_of_sender ON referrals (sender) WHERE state IN ('waiting', 'accepted', 'under_way');
CREATE INDEX referrals_live_of_receiver ON referrals (receiver) WHERE state IN ('waiting', 'accepted', 'under_way');

-- Silence is asked for by unit, and only while an answer is owed.
CREATE INDEX referrals_waiting_of_unit ON referrals (unit, answer_by) WHERE state = 'waiting';
