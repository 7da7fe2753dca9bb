-- Whoever runs the house sees what was announced, in codes: which event of which reference left when, and nothing it says.
SELECT wall('outbox', $$ unit = ANY ((SELECT in_reach('unit', 'journey.see'))::text[]) $$, 'false');
