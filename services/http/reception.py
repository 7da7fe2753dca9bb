"""What answering a request needs, put together once when a process starts."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.contracts.units import UnitTree
from services.http.sse import OpenStreams
from services.security.identity import Verifier
from services.security.rights import Right
from services.storage.database import Database


class Clock(Protocol):
    """Domain time."""

    def now(self) -> datetime:
        """An aware moment."""


@dataclass(frozen=True, slots=True)
class Reception:
    """One room's database, table of rights, clock and secret."""

    room: str
    database: Database
    verifier: Verifier
    rights: tuple[Right, ...]
    tree: UnitTree
    clock: Clock
    secret: bytes
    streams: OpenStreams
    stopping: asyncio.Event
