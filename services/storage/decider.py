"""How one kind of stream is decided, as plain values: storage carries commands out without knowing any room."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from services.contracts.catalog import Announcement
from services.storage.stamp import Stamp

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Change:
    """One named statement of the room's views.sql, with its arguments."""

    statement: str
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Decider(Generic[S, C, E]):
    """One kind of stream: its rules, the stored names of its events, what it says and what it shows.

    `events` may list one class under one name only; older names belong to older classes, which `evolve` still knows.
    `next_step` gives the domain time at which the stream must be looked at again, or None when nothing is owed.
    """

    name: str
    initial: S
    decide: Callable[[S, C], list[E]]
    evolve: Callable[[S, E], S]
    events: Mapping[str, type]
    announce: Callable[[str, S, E], Iterable[Announcement]]
    show: Callable[[str, E, Stamp], Iterable[Change]]
    next_step: Callable[[S], datetime | None] = lambda _: None

    def stream(self, ref: str) -> str:
        """The name of the stream that `ref` names."""
        return f"{self.name}/{ref}"

    def stored_name(self, event: E) -> str:
        """The stable name under which an event is kept."""
        return next(name for name, kept in self.events.items() if kept is type(event))

    def restore(self, stored_name: str, data: str) -> E:
        """The event kept under a stored name."""
        event: E = shape(self.events[stored_name]).validate_json(data)
        return event


shape: Callable[[type], TypeAdapter[Any]] = cache(TypeAdapter)
"""How an event is written to and read from its row; built once, because building one is slow."""
