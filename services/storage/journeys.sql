-- name: announced_of
-- What this room announced about a reference or within a journey, as it left; what an event says stays where it is.
SELECT type, topic, subject, key, unit, correlation_id AS journey, accepted_at, published_at
FROM outbox WHERE correlation_id = $1 OR subject = $1 OR key = $1
ORDER BY id LIMIT $2;
