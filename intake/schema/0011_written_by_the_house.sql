-- What a caller may see of these, no caller writes: a work's consequences are written at its end, by the house.
SELECT written_by_house(name) FROM unnest(ARRAY['stream_events', 'reports', 'concerned', 'vault']) AS name;
