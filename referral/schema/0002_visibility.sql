-- Whom the database shows what: whoever asked, whoever is asked, and those to whom silence climbs.

SELECT wall('referrals', $$
    sender = ANY ((SELECT in_reach('sender', 'referral.see', 'referral.list'))::text[])
    OR receiver = ANY ((SELECT in_reach('receiver', 'referral.see', 'referral.list'))::text[])
    OR unit = ANY ((SELECT in_reach('unit', 'referral.see', 'referral.list'))::text[]) $$);

SELECT wall('needs', $$
    sender = ANY ((SELECT in_reach('sender', 'referral.see', 'referral.list'))::text[])
    OR unit = ANY ((SELECT in_reach('unit', 'referral.see', 'referral.list'))::text[]) $$);

-- The facts of a referral are shown with its row.
SELECT wall('stream_events', $$ stream LIKE 'referral/%'
    AND EXISTS (SELECT FROM referrals r WHERE r.ref = split_part(stream, '/', 2)) $$);

-- No name ever comes here.
SELECT wall('vault', 'false');
