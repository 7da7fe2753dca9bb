"""Planted: facts are written when everything else of their transaction, the position too, is committed."""

import json

from analytics.__main__ import ROOM
from tests.ledger.planted.otherwise import Otherwise, working_as
from tests.ledger.witness.stage import serve


class FactsLater(Otherwise):
    """A work that leaves its facts for afterwards."""

    def last(self, statement: str, item: object) -> None:
        """Gather an item for the end; a fact, for after it."""
        if statement == "keep_facts":
            self.facts = [*getattr(self, "facts", ()), item]
        else:
            super().last(statement, item)

    async def afterwards(self) -> None:
        """Write the facts, if there are any."""
        if facts := getattr(self, "facts", None):
            await self.beside.read("keep_facts", json.dumps(facts))


if __name__ == "__main__":
    serve(ROOM, working_as(FactsLater))
