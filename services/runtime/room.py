"""A room as a value: everything the chassis needs to run it, and nothing else."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from services.bus.heard import Reaction
from services.contracts.policy import Policy
from services.runtime.settings import Settings
from services.security.rights import Right
from services.security.sealing import Vault
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
    vault: Vault | None

    @property
    def policy_folder(self) -> Path:
        """Where the room finds its own policy files."""
        return self.settings.policy


async def _starts_at_once(_: Surroundings) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Room:
    """One level of government's service: its streams, what it answers, hears, and must do by a date."""

    name: str
    folder: Path
    router: Callable[[Surroundings], APIRouter]
    rights: tuple[Right, ...]
    deciders: tuple[Decider[Any, Any, Any], ...] = ()
    view_tables: tuple[str, ...] = ()
    hears: Callable[[Surroundings], Mapping[type, Reaction]] = lambda _: {}
    on_due: Callable[[Surroundings], Mapping[str, OnDue]] = lambda _: {}
    on_start: Callable[[Surroundings], Awaitable[None]] = _starts_at_once
