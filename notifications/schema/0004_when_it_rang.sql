-- When an alert last climbed or rang again. Its next step is counted from there, so that a look which comes twice, or by a
-- clock that is behind, finds nothing to do. Absent where it never did, and where it did before this file.
ALTER TABLE alerts ADD COLUMN rang_at timestamptz;
