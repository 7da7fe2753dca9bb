-- Reports that wait for a decision are asked for all day and counted every few seconds; most have had theirs.
CREATE INDEX reports_unscreened ON reports (unit, received_at) WHERE state = 'waiting';
