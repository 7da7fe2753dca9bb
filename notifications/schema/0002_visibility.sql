-- Whom the database shows what: the alerts of one's own desks and what becomes of them. Matters are the worker's.

SELECT wall('alerts', $$ desk = ANY ((SELECT in_reach('desk', 'alert.list', 'alert.acknowledge'))::text[]) $$);
SELECT wall('frames', $$ desk = ANY ((SELECT in_reach('desk', 'alert.listen'))::text[]) $$);
SELECT wall('matters', 'false');

-- No name ever comes here.
SELECT wall('vault', 'false');
