-- Who was stopped is the house's to know; the caller it happened to is told in the answer.
SELECT wall('walks', 'false');
