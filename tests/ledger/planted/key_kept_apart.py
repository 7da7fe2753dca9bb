"""Planted: the answer to a request is kept under its key in a transaction of its own, behind that of the request."""

from intake.__main__ import ROOM
from services.storage.database import Database
from services.storage.work import Work
from tests.ledger.planted.otherwise import Otherwise, working_as
from tests.ledger.witness.stage import serve


class ReplyApart(Otherwise):
    """A work that keeps an answer only when everything else is committed."""

    def change(self, statement: str, *arguments: object) -> None:
        """Gather a change; an answer, for afterwards."""
        if statement == "keep_reply":
            self.reply = arguments
        else:
            super().change(statement, *arguments)

    async def afterwards(self) -> None:
        """Keep the answer, if there is one."""
        if reply := getattr(self, "reply", None):

            async def keep(work: Work) -> None:
                work.change("keep_reply", *reply)

            await Database.transact(self.beside, self.stamp, keep)


if __name__ == "__main__":
    serve(ROOM, working_as(ReplyApart))
