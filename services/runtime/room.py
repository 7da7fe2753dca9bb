"""A room as a value: everything the chassis needs to run it, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from services.bus.heard import Reaction
from services.contracts.policy import Policy
from services.runtime.settings import Settings
from services.security.rights import Right
from services.storage.database import Database
from services.storage.decider import Decider
from services.storage.stamp import Clock
from services.storage.work import Work

OnDue = Callable[[Work, str], Awaitable[None]]
"""What to do when the appointment of a subject has come; `work.stamp.now` is the domain time."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a running room has at hand."""

    room: str
    settings: Settings
    database: Database
    clock: Clock
    policy: Policy
    environment: Mapping[str, str]


OwnCommand = Callable[[Surroundings, Sequence[str]], Awaitable[Mapping[str, Any]]]
"""Something an operator does in one room only, with what was said after its name; what it gives is printed."""


async def _nothing(_: Surroundings) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Room:
    """One level of government's service: its streams, what it answers, hears, and must do by a date."""

    name: str
    folder: Path
    router: Callable[[Surroundings], APIRouter]
    rights: tuple[Right, ...]
    entrance: Callable[[Surroundings], APIRouter | None] = lambda _: None
    """What anybody may ask without being anybody: the way in."""
    deciders: tuple[Decider[Any, Any, Any], ...] = ()
    view_tables: tuple[str, ...] = ()
    hears: Callable[[Surroundings], Mapping[type, Reaction]] = lambda _: {}
    on_due: Callable[[Surroundings], Mapping[str, OnDue]] = lambda _: {}
    on_start: Callable[[Surroundings], Awaitable[None]] = _nothing
    measure: Callable[[Surroundings], Awaitable[None]] = _nothing
    beside: Callable[[Surroundings, asyncio.Event], Coroutine[Any, Any, None]] | None = None
    """What its worker does all the time, whether Kafka is there or not."""
    wants: Callable[[Mapping[str, str]], object] = lambda _: None
    """Refuses an environment that lacks what only this room needs, before anything is opened."""
    migrate_more: Callable[[Mapping[str, str]], Awaitable[Sequence[str]]] | None = None
    commands: Mapping[str, OwnCommand] = field(default_factory=dict)
    after_restore: Callable[[Surroundings], Awaitable[Mapping[str, Any]]] | None = None
