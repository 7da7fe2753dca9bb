"""Who may do what, as one table: role × action × relation × state. What no row allows is forbidden.

It reads no clock, no database and no token; the rooms give the rows, the directory gives the person.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from services.contracts.codes import Role
from services.contracts.units import UnitTree

ANY_STATE = "any"


class Relation(StrEnum):
    """How a person stands to a record."""

    OWN = "own"
    SENDER = "sender"
    RECEIVER = "receiver"
    DESK = "desk"
    SAME_UNIT = "same unit"
    BELOW = "below"
    ABOVE = "above"
    SIBLING = "sibling"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, as the directory has them at this moment."""

    account: str
    institution: str
    unit: str
    roles: frozenset[Role]
    desks: frozenset[str]
    stopped_seconds: int = field(default=0, compare=False)  # nothing is looked up: they tried too many references


@dataclass(frozen=True, slots=True)
class Record:
    """What a decision needs to know of a record, and nothing of what it says."""

    unit: str
    owner: str | None = None
    sender: str | None = None
    receiver: str | None = None
    desk: str | None = None
    state: str = ANY_STATE


@dataclass(frozen=True, slots=True)
class Right:
    """One row: a role may do an action to a record it stands in a relation to, while it is in one of these states.

    `NONE` asks for no relation, and no `states` means any state.
    """

    action: str
    role: Role
    relation: Relation
    states: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """The records a person may see by an action, in the form a query can ask for; a record need match only one."""

    everything: bool
    owner: str | None
    sender: str | None
    receiver: str | None
    desks: tuple[str, ...]
    units: tuple[str, ...]


def relations(person: Person, record: Record, tree: UnitTree) -> frozenset[Relation]:
    """Every relation in which a person stands to a record."""
    holds = {
        Relation.OWN: record.owner == person.institution,
        Relation.SENDER: record.sender == person.institution,
        Relation.RECEIVER: record.receiver == person.institution,
        Relation.DESK: record.desk in person.desks,
        Relation.SAME_UNIT: record.unit == person.unit,
        Relation.BELOW: lies_under(record.unit, person.unit, tree),
        Relation.ABOVE: lies_under(person.unit, record.unit, tree),
        Relation.SIBLING: are_siblings(record.unit, person.unit, tree),
        Relation.NONE: True,
    }
    return frozenset(relation for relation, held in holds.items() if held)


def lies_under(unit: str, other: str, tree: UnitTree) -> bool:
    """Whether a unit lies in the other, or its unanswered matters climb there; unknown units lie nowhere."""
    if unit == other or unit not in tree or other not in tree:
        return False
    return tree.is_within(unit, other) or any(above.code == other for above in tree.path_up(unit))


def are_siblings(unit: str, other: str, tree: UnitTree) -> bool:
    """Whether two different units lie right below the same one."""
    parents = {tree.unit(each).parent for each in (unit, other) if each in tree}
    return unit != other and unit in tree and other in tree and len(parents) == 1 and None not in parents


def allowed(table: Iterable[Right], person: Person, action: str, record: Record, tree: UnitTree) -> bool:
    """Whether any row lets this person do this to this record."""
    held = relations(person, record, tree)
    return any(
        right.action == action
        and right.role in person.roles
        and right.relation in held
        and (right.states is None or record.state in right.states)
        for right in table
    )


def imaginable(table: Iterable[Right], person: Person, action: str) -> bool:
    """Whether there is any record at all to which this person may do this."""
    return any(right.action == action and right.role in person.roles for right in table)


def reach(table: Iterable[Right], person: Person, action: str, tree: UnitTree) -> Reach:
    """What a list of records may show to a person; an action that lists has rows that hold in any state."""
    rows = [right for right in table if right.action == action and right.role in person.roles]
    if any(right.states is not None for right in rows):
        raise ValueError(f"{action} lists records, so its rows must hold in any state")
    return _reach(rows, person, tree)


def visible(table: tuple[Right, ...], person: Person, tree: UnitTree) -> dict[str, dict[str, list[str]]]:
    """To what a person stands in each relation by each action, in whatever state: what the database asks for itself."""
    found = {}
    for action in {right.action for right in table if right.role in person.roles}:
        it = _reach((r for r in table if r.action == action and r.role in person.roles), person, tree)
        told = {"own": [it.owner], "sender": [it.sender], "receiver": [it.receiver], "desk": it.desks, "unit": it.units}
        found[action] = {relation: [each for each in held if each] for relation, held in told.items() if any(held)}
    return found


def _reach(rows: Iterable[Right], person: Person, tree: UnitTree) -> Reach:
    held = {right.relation for right in rows}
    by_place = held & {Relation.SAME_UNIT, Relation.BELOW, Relation.ABOVE, Relation.SIBLING}
    units = [unit.code for unit in tree if by_place & relations(person, Record(unit.code), tree)]
    return Reach(
        everything=Relation.NONE in held,
        owner=person.institution if Relation.OWN in held else None,
        sender=person.institution if Relation.SENDER in held else None,
        receiver=person.institution if Relation.RECEIVER in held else None,
        desks=tuple(sorted(person.desks)) if Relation.DESK in held else (),
        units=tuple(units),
    )
