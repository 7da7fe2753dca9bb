"""Planted: an appointment is taken off the list at once, and only then is what it asks for carried out."""

from asyncpg import Record

from referral.room import ROOM
from services.runtime.room import Surroundings
from tests.ledger.planted.otherwise import Otherwise, working_as
from tests.ledger.witness.stage import replaced, serve

TAKE = """
DELETE FROM deadlines WHERE (kind, subject) = (
    SELECT kind, subject FROM deadlines
    WHERE due_at <= $1 AND not_before <= clock_timestamp() AND kind = ANY ($2::text[])
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING kind, subject, due_at, correlation_id"""


class TakenFirst(Otherwise):
    """A work that does not wait for its commit to take an appointment."""

    async def fetch_row(self, statement: str, *arguments: object) -> Record | None:
        """Run a statement; that which takes an appointment, beside the transaction."""
        if statement == "take_due":
            return await self.beside.read_row(statement, *arguments)
        return await super().fetch_row(statement, *arguments)


def arrange(around: Surroundings) -> Surroundings:
    """The room's own, over a list that is emptied first."""
    return working_as(TakenFirst)(replaced("take_due", TAKE)(around))


if __name__ == "__main__":
    serve(ROOM, arrange)
