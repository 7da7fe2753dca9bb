-- What nobody acknowledged is counted every few seconds; what somebody did is most of the table.
CREATE INDEX alerts_unacknowledged ON alerts (unit, severity, acknowledge_by)
    WHERE state = 'raised' AND acknowledge_by IS NOT NULL;
