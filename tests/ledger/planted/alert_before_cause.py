"""Planted: the row of an alert is committed by itself, before everything else that follows from its cause."""

from asyncpg import Record

from notifications.__main__ import ROOM
from tests.ledger.planted.otherwise import Otherwise, working_as
from tests.ledger.witness.stage import serve


class RowFirst(Otherwise):
    """A work that does not wait for its commit to put an alert on a desk."""

    async def fetch_row(self, statement: str, *arguments: object) -> Record | None:
        """Run a statement; that which adds an alert, beside the transaction."""
        if statement == "add_alert":
            return await self.beside.read_row(statement, *arguments)
        return await super().fetch_row(statement, *arguments)


if __name__ == "__main__":
    serve(ROOM, working_as(RowFirst))
