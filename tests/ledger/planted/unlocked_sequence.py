"""Planted: the next number of a key is looked up, and no lock keeps another from finding the same."""

from notifications.__main__ import ROOM
from tests.ledger.witness.stage import Amendment, serve

SCHEMA = (
    Amendment(
        "commit_work",
        "SELECT topic, key, now_incarnation, number FROM wanted ORDER BY topic, key",
        """SELECT w.topic, w.key, now_incarnation, w.number + coalesce(k.drawn, 0)
            FROM wanted w LEFT JOIN counters k USING (topic, key) ORDER BY w.topic, w.key""",
    ),
    Amendment("commit_work", "c.drawn + excluded.drawn ELSE", "excluded.drawn ELSE"),
)

if __name__ == "__main__":
    serve(ROOM, schema=SCHEMA)
