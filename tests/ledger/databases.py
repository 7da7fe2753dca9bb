"""The rooms' own databases, read only: for what no public address shows."""

from collections.abc import Iterable
from typing import Any

import asyncpg

from deploy.house import House
from services.storage.database import HOUSE
from tests.ledger.plan import ROOMS

CONNECT_SECONDS_MAX = 30.0
QUESTION_SECONDS_MAX = 30.0
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Databases:
    """One read-only connection for each question: the server may have been killed since the last."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def ask(self, room: str, question: str, *arguments: object) -> list[Any]:
        """The rows of a question to one room's database."""
        conn = await asyncpg.connect(
            self._house.url(room),
            timeout=CONNECT_SECONDS_MAX,
            command_timeout=QUESTION_SECONDS_MAX,
            server_settings={"default_transaction_read_only": "on", "spis.scope": HOUSE},
        )
        try:
            return await conn.fetch(question, *arguments)
        finally:
            await conn.close()

    async def each(self, question: str, rooms: Iterable[str] = ROOMS) -> dict[str, list[Any]]:
        """The rows of a question to several rooms' databases."""
        return {room: await self.ask(room, question) for room in rooms}
