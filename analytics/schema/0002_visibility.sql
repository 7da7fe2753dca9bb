-- Whom the database shows what: facts of one's own place and of those below it.

SELECT wall('facts', $$ unit = ANY ((SELECT in_reach('unit', 'figure.see'))::text[]) $$);

-- No name ever comes here.
SELECT wall('vault', 'false');
