"""Forgetting a person: the key is destroyed, what it sealed is emptied, and everybody is told by reference.

The key goes first and for good; should the rest then fail, it is carried out again from what remains of the key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from intake.access_log.entries import under
from intake.announcements import announce_forgotten
from intake.forgetting.rules import HoldReason, Matter, check
from intake.forgetting.terms import Retention
from intake.merging.people import everybody_merged
from intake.rights import FORGET
from intake.vault.keys import Destroyed, Keys
from services.contracts.codes import ForgettingGround
from services.storage.work import Work


async def matters_of(work: Work, person: str) -> tuple[Matter, ...]:
    """Every report a person stands in; whoever else holds or forgets the same person waits from here on."""
    await work.fetch("take_person", person)
    rows = await work.fetch("matters_of_person", person)
    return tuple(Matter(**row) for row in rows)


async def hold_of(work: Work, person: str) -> HoldReason | None:
    """The hold that binds a person now."""
    row = await work.fetch_row("hold_of_person", person)
    return HoldReason(row["reason"]) if row and row["reason"] else None


async def forget(
    work: Work, keys: Keys, person: str, matters: Sequence[Matter], ground: ForgettingGround, terms: Retention
) -> tuple[list[Destroyed], int]:
    """Forget a person, and whoever was merged into them, where nothing says no.

    Gives what remains of their keys, the person's first, and the entry of the access log.
    """
    stamp, matter = work.stamp, matters[0]
    people = sorted(await everybody_merged(work, person), key=lambda each: each != person)
    known = {row["person"] for each in people for row in await work.fetch("forgotten_person", each)}
    if person not in known:
        check(matters, await hold_of(work, person), ground, terms, stamp.now)
    remains = await keys.destroy(people, stamp.now, ground)
    new = [Listed.of(each, matter.unit, matter.institution) for each in remains if each.person not in known]
    for name, *arguments in changes_for(new, stamp.actor) if new else ():
        work.change(name, *arguments)
    for listed in new:
        tell(work, listed)
    await under(work, FORGET, matter.case or matter.report)
    entry = await work.fetch_row("note_access", stamp.actor, "forget", person, stamp.correlation_id, stamp.now)
    assert entry is not None
    return remains, int(entry["id"])


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the erasure list; the unit is empty where nothing of the person is left to tell it."""

    person: str
    unit: str
    institution: str | None
    ground: ForgettingGround
    at: datetime

    @classmethod
    def of(cls, remains: Destroyed, unit: str, institution: str | None) -> "Listed":
        """The row that a destroyed key tells of."""
        return cls(remains.person, unit, institution, ForgettingGround(remains.basis), remains.destroyed_at)


def changes_for(people: Sequence[Listed], by: str) -> Iterator[tuple[str, *tuple[object, ...]]]:
    """What writes people down, empties what their keys sealed and loses which words they were counted under."""
    names = [each.person for each in people]
    places = [each.unit for each in people], [each.institution for each in people]
    why = [each.ground for each in people], [each.at for each in people]
    yield "keep_forgotten", names, *places, *why, by
    yield "empty_sections", names
    yield "drop_pseudonyms", names


def tell(work: Work, listed: Listed) -> None:
    """Tell the other rooms, by a reference that means nothing to them; telling twice is telling once."""
    said = announce_forgotten(listed.person, listed.unit, listed.ground, listed.at)
    work.say(said, fact=f"forgotten/{listed.person}")
