"""The printed table of rights as a reviewer reads it, and who stands where; nothing of the product decides here."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from deploy.house.layout import REPOSITORY

RIGHTS = REPOSITORY / "RIGHTS.md"
UNITS = REPOSITORY / "deploy" / "units"
COLUMNS = ("action", "role", "relation", "in state")


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line."""

    action: str
    role: str
    relation: str
    states: str

    def holds_in(self, state: str) -> bool:
        """Whether the row holds for a thing in this state."""
        return self.states == "any" or state in self.states.split(", ")


@dataclass(frozen=True, slots=True)
class Someone:
    """An account as the directory lists it."""

    account: str
    institution: str
    unit: str
    roles: frozenset[str]
    desks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Thing:
    """What somebody asks about: where it is, whose it is, and where it stands."""

    unit: str
    owner: str = ""
    sender: str = ""
    receiver: str = ""
    desk: str = ""
    state: str = "any"


@dataclass(frozen=True, slots=True)
class Cell:
    """One question to the table: may this account do this to this thing, which this request asks for?"""

    action: str
    method: str
    path: str
    thing: Thing | None
    form: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    seen_by: str = ""
    """The action that decides whether a refusal may admit that the thing exists; the same action where empty."""


@cache
def printed() -> frozenset[Row]:
    """Every row of the printed table."""
    rows = set()
    for block in RIGHTS.read_text(encoding="utf-8").split("```")[1::2]:
        heading, *lines = block.strip().splitlines()
        starts = [heading.index(column) for column in COLUMNS]
        for line in lines:
            rows.add(Row(*(line[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True))))
    return frozenset(rows)


@cache
def file_of(unit: str) -> Mapping[str, str]:
    """The file of a unit, as the house reads it."""
    return tomllib.loads((UNITS / f"{unit}.toml").read_text(encoding="utf-8"))


@cache
def above(unit: str) -> frozenset[str]:
    """Every unit over a unit: those it lies in, and those its matters climb to."""
    file = file_of(unit)
    over = {file["coordinating_unit"], file.get("parent", unit)} - {unit}
    return frozenset(over.union(*(above(each) for each in over)))


def stands(someone: Someone, thing: Thing) -> Iterator[str]:
    """How somebody stands to a thing, in the words of the table."""
    yield "none"
    for relation, institution in (("own", thing.owner), ("sender", thing.sender), ("receiver", thing.receiver)):
        if institution == someone.institution:
            yield relation
    if thing.desk in someone.desks:
        yield "desk"
    if thing.unit == someone.unit:
        yield "same unit"
    if someone.unit in above(thing.unit):
        yield "below"
    if thing.unit in above(someone.unit):
        yield "above"
    if thing.unit != someone.unit and file_of(thing.unit).get("parent", "") == file_of(someone.unit).get("parent"):
        yield "sibling"


def has_row(someone: Someone, action: str) -> bool:
    """Whether any of somebody's roles may do this to anything at all."""
    return any(row.action == action and row.role in someone.roles for row in printed())


def letting(someone: Someone, action: str, thing: Thing | None) -> Iterator[Row]:
    """The rows that let somebody do this; a list concerns no single thing."""
    relations = set(stands(someone, thing)) if thing else set()
    for row in printed():
        if row.action == action and row.role in someone.roles:
            if thing is None or (row.relation in relations and row.holds_in(thing.state)):
                yield row


def may(someone: Someone, action: str, thing: Thing | None) -> bool:
    """What the printed table says."""
    return any(letting(someone, action, thing))


def refusal(someone: Someone, cell: Cell) -> int:
    """The status of a refusal: 404 hides what somebody may not know of, 403 says no to what they may."""
    if not has_row(someone, cell.action) or cell.seen_by == "public":
        return 403
    return 403 if cell.seen_by and may(someone, cell.seen_by, cell.thing) else 404
