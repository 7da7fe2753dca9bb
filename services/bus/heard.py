"""One event as a room hears it, and how a room says what it does about it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.contracts.envelope import Envelope
from services.storage.work import Work


@dataclass(frozen=True, slots=True)
class Heard:
    """An announcement in its newest version, with the envelope it came in."""

    announcement: Any
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record as it lies in the log, readable or not."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


Reaction = Callable[[Work, Heard], Awaitable[None]]
"""What a room does about one announcement, inside the transaction that moves its position."""


@dataclass(frozen=True, slots=True)
class Foreseeing:
    """A reaction that is first told what a whole batch will ask of it, so that it reads for all of them at once."""

    react: Reaction
    foresee: Callable[[Work, Sequence[Any]], Awaitable[None]]

    async def __call__(self, work: Work, heard: Heard) -> None:
        """React to one announcement."""
        await self.react(work, heard)
