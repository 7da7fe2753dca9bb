"""A transaction's work that does one thing otherwise, for planted faults that take it out of its transaction."""

from collections.abc import Awaitable, Callable
from copy import copy
from typing import Self, TypeVar

from services.runtime.room import Surroundings
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.ledger.witness.stage import Arrange

T = TypeVar("T")


class Otherwise(Work):
    """A work that knows its database beside the transaction, and may do something when that is over."""

    beside: Database

    @classmethod
    def of(cls, work: Work, beside: Database) -> Self:
        """The same work as one of this kind: what either gathers, both have."""
        other = copy(work)
        other.__class__ = cls
        assert isinstance(other, cls)
        other.beside = beside
        return other

    async def afterwards(self) -> None:
        """What is done once the transaction is committed."""


def working_as(kind: type[Otherwise]) -> Arrange:
    """An arrangement in which every transaction of the room's database is of another kind."""

    class Other(Database):
        async def transact(self, stamp: Stamp, action: Callable[[Work], Awaitable[T]]) -> T:
            done: list[Otherwise] = []

            async def otherwise(work: Work) -> T:
                done.append(kind.of(work, self))
                return await action(done[-1])

            result = await super().transact(stamp, otherwise)
            await done[-1].afterwards()
            return result

    def arrange(around: Surroundings) -> Surroundings:
        around.database.__class__ = Other
        return around

    return arrange
