"""An invented kind of stream: numbers are added to a tally until it is closed. It says something about each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.contracts.failures import Refused
from services.contracts.notifications import AlertResolved
from services.storage.decider import Change, Decider
from services.storage.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Add:
    """Add a number once; asking twice under the same name adds nothing."""

    name: str
    number: int
    desks: tuple[str, ...]
    look_again: datetime | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """Nothing may be added any more."""


@dataclass(frozen=True, slots=True)
class Added:
    """A number was added."""

    name: str
    number: int
    desks: tuple[str, ...]
    look_again: datetime | None


@dataclass(frozen=True, slots=True)
class Closed:
    """The tally is closed."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a tally stands."""

    total: int = 0
    names: frozenset[str] = frozenset()
    closed: bool = False
    look_again: datetime | None = None


Command = Add | Close
Event = Added | Closed
MOMENT = datetime.fromisoformat("2026-03-02T09:30:00+00:00")


def decide(state: State, command: Command) -> list[Event]:
    """What follows from a command."""
    match command:
        case Add(name=name) if name in state.names:
            return []
        case Add(name, number, desks, look_again):
            if state.closed:
                raise Refused("closed", "nothing is added to a closed tally")
            return [Added(name, number, desks, look_again)]
        case Close():
            return [] if state.closed else [Closed()]


def evolve(state: State, event: Event) -> State:
    """A tally after an event."""
    match event:
        case Added(name, number, _, look_again):
            return replace(state, total=state.total + number, names=state.names | {name}, look_again=look_again)
        case Closed():
            return replace(state, closed=True, look_again=None)


def announce(ref: str, state: State, event: Event) -> Iterable[AlertResolved]:
    """One announcement to each desk."""
    match event:
        case Added(name, _, desks):
            return [AlertResolved(f"{ref}.{name}", "invented", desk, "TOWN", MOMENT) for desk in desks]
        case Closed():
            return []


def show(ref: str, event: Event, stamp: Stamp) -> Iterable[Change]:
    """The row people read."""
    match event:
        case Added(number=number):
            return [Change("show_tally", (ref, number))]
        case Closed():
            return []


TALLY: Decider[State, Command, Event] = Decider(
    name="tally",
    initial=State(),
    decide=decide,
    evolve=evolve,
    events={"Added.v1": Added, "Closed.v1": Closed},
    announce=announce,
    show=show,
    next_step=lambda state: state.look_again,
)
