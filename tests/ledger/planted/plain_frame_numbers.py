"""Planted: frames are numbered by a plain sequence as they are written, and a later number may be seen first."""

import json

from notifications.__main__ import ROOM
from services.runtime.room import Surroundings
from tests.ledger.planted.otherwise import Otherwise, working_as
from tests.ledger.witness.stage import replaced, serve

INSERT = """
INSERT INTO frames (number, desk, alert, kind, payload, at)
SELECT nextval('frame_numbers'), f.item ->> 'desk', f.item ->> 'alert', f.item ->> 'kind', f.item -> 'payload',
    (f.item ->> 'at')::timestamptz
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS f (item, place) ORDER BY place"""
LAST = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM frame_numbers"
SEQUENCE = """
CREATE SEQUENCE IF NOT EXISTS frame_numbers;
GRANT USAGE, SELECT ON SEQUENCE frame_numbers TO PUBLIC"""


class Numbered(Otherwise):
    """A work that writes its frames like any row, because nothing has to be held for their numbers."""

    def last(self, statement: str, item: object) -> None:
        """Gather an item for the end; but a frame among the rows."""
        if statement == "insert_frames":
            self.change(statement, json.dumps([item]))
        else:
            super().last(statement, item)


def arrange(around: Surroundings) -> Surroundings:
    """The room's own, over frames that a sequence numbers."""
    around = replaced("insert_frames", INSERT)(replaced("last_frame", LAST)(around))
    return working_as(Numbered)(around)


if __name__ == "__main__":
    serve(ROOM, arrange, schema=(SEQUENCE,))
