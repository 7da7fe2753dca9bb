"""Two people become one: reports and cases of the first are the second's, and whoever counts children is told.

Nothing is sealed anew: each section keeps the key it was sealed with, and forgetting destroys the keys of both.
"""

from datetime import datetime

from intake.access_log.entries import note, under
from intake.announcements import announce_merged
from intake.forgetting.erasing import hold_of, matters_of
from intake.merging.people import person_now
from intake.merging.rules import Side, check
from intake.rights import MERGE
from services.contracts.ids import NewReference
from services.storage.work import Work


async def sides(work: Work, *people: str) -> list[Side]:
    """Each of these people with what binds them; whoever merges, holds or forgets one of them waits from here on."""
    known = {person: await _side(work, person) for person in sorted(people)}
    return [known[person] for person in people]


async def _side(work: Work, person: str) -> Side:
    matters = await matters_of(work, person)
    if now := await person_now(work, person):
        return Side(person, await matters_of(work, now), is_child=True, now=now)
    child, forgotten = await work.fetch("is_child", person), await work.fetch("forgotten_person", person)
    return Side(person, matters, bool(child), await hold_of(work, person), bool(forgotten))


async def merge(work: Work, one: Side, into: Side, new_reference: NewReference) -> datetime:
    """Let the first be the second from now on; asked again, the first time is the answer."""
    if before := await work.fetch_row("merge_of", one.person):
        if before["into_person"] == into.person:
            merged_at: datetime = before["merged_at"]
            return merged_at
    check(one, into)
    stamp, unit = work.stamp, one.matters[0].unit
    for row in await work.fetch("pseudonyms_of", one.person):
        year = row["year"]
        kept = await work.fetch_row("pseudonym_of_year", into.person, year, new_reference("Y"))
        assert kept is not None
        said = announce_merged(unit, year, row["pseudonym"], kept["pseudonym"], stamp.now)
        work.say(said, fact=f"merged/{row['pseudonym']}")
    work.change("keep_merged", one.person, into.person, unit, stamp.actor, stamp.now)
    work.change("hand_over", one.person, into.person)
    for side in (one, into):
        for matter in side.matters:
            await under(work, MERGE, matter.case or matter.report)
            await note(work, "merge", side.person)
    return stamp.now
