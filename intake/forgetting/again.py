"""The erasure list, carried out again: after a restore, and whenever intake's worker starts. It forgets nobody anew.

The list stands in three places, of which a restore can bring back an older state of two: intake's rows, what remains of
keys in their own database, and the topic of forgotten people, which never expires.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from math import inf
from typing import Any

import structlog

from intake.forgetting.erasing import Listed, changes_for, tell
from intake.vault.keys import Destroyed, Keys
from intake.vault.opening import open_vault
from services.bus.tail import tail
from services.contracts.catalog import PEOPLE, parse
from services.contracts.codes import ForgettingGround
from services.contracts.failures import Unavailable
from services.contracts.intake import PersonForgotten
from services.runtime.room import Surroundings
from services.storage.stamp import Stamp
from services.storage.work import Work

PEOPLE_AT_ONCE = 500
ACTOR = "system"

log = structlog.get_logger()


async def after_restore(around: Surroundings) -> Mapping[str, Any]:
    """Carry the list out after a restore; the topic names whom both databases may not know of any more."""
    events = await tail(around.settings.kafka, around.room, {}, topics=(PEOPLE,), events_max=inf)
    said = [one for one in map(parse, events) if isinstance(one, PersonForgotten)]
    told = [Listed(one.person, one.unit, None, one.ground, one.forgotten_at) for one in said]
    async with aclosing(open_vault(around.environment).keys) as keys:
        return {**await forget_again(around, keys, told), "people_without_a_key": await without_key(around, keys)}


async def at_start(around: Surroundings) -> None:
    """Whatever was done to the databases while the worker was away, nobody is back; keys that are away are told of."""
    try:
        async with aclosing(open_vault(around.environment).keys) as keys:
            done = await forget_again(around, keys, ())
    except Unavailable as error:
        log.error("erasure_list_waits", exc_info=error)
        return
    if done["keys_destroyed"] or done["sections_emptied"]:
        log.warning("forgotten_again", rows=done["keys_destroyed"] + done["sections_emptied"])


async def forget_again(around: Surroundings, keys: Keys, told: Sequence[Listed]) -> Counter[str]:
    """Carry out what stands in any of the three places, in all of them; counts of what had come back."""
    done = Counter(keys_destroyed=0, written_down=0, sections_emptied=0, pseudonyms_dropped=0)
    for start in range(0, len(told), PEOPLE_AT_ONCE):
        done.update(await _apply(around, keys, told[start : start + PEOPLE_AT_ONCE]))
    after = ""
    while rows := await around.database.read("forgotten_people", after, PEOPLE_AT_ONCE):
        after = rows[-1]["person"]
        done.update(await _apply(around, keys, [_of_row(row) for row in rows]))
    after = ""
    while remains := await keys.remains(after, PEOPLE_AT_ONCE):
        after = remains[-1].person
        done.update(await _apply(around, keys, [Listed.of(each, "", None) for each in remains], say=True))
    return done


async def without_key(around: Surroundings, keys: Keys) -> int:
    """How many people have sections that no key opens, although nobody forgot them: their keys were lost."""
    lost, after = 0, ""
    while rows := await around.database.read("people_with_sections", after, PEOPLE_AT_ONCE):
        after, people = rows[-1]["person"], [row["person"] for row in rows]
        lost += len(people) - len(await keys.known(people))
    return lost


async def _apply(around: Surroundings, keys: Keys, listed: Sequence[Listed], *, say: bool = False) -> Counter[str]:
    again = await keys.destroy_all([Destroyed(each.person, "", each.at, each.ground) for each in listed])
    rows = await around.database.read("places_of_people", [each.person for each in listed])
    places = {row["person"]: {"unit": row["unit"], "institution": row["institution"]} for row in rows}
    people = [replace(each, **places.get(each.person, {})) for each in listed]

    async def action(work: Work) -> Counter[str]:
        new, emptied, dropped = [await work.fetch(name, *with_) for name, *with_ in changes_for(people, ACTOR)]
        for row in new if say else ():
            if (each := next(one for one in people if one.person == row["person"])).unit:
                tell(work, each)
        return Counter(written_down=len(new), sections_emptied=len(emptied), pseudonyms_dropped=len(dropped))

    now = around.clock.now()
    done = await around.database.transact(Stamp(now, ACTOR, f"forget-again-{now:%Y%m%d%H%M%S}"), action)
    return done + Counter(keys_destroyed=again)


def _of_row(row: Any) -> Listed:
    return Listed(row["person"], row["unit"], row["institution"], ForgettingGround(row["ground"]), row["forgotten_at"])
