"""What a person does about parked events: look at them, try them again, or give them up with a reason."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from services.bus.heard import Reaction
from services.bus.ordering import HandlingFailed, KeyName, Ordering, Waiting, arrived_of
from services.contracts.envelope import decode
from services.contracts.failures import Malformed, Refused, Unavailable
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work

SHOWN_MAX = 1_000


@dataclass(eq=False)
class DryRun(Exception):
    """Raised at the end of a rehearsal, so that its transaction leaves nothing behind."""

    left: int


async def parking_lot(database: Database) -> list[dict[str, Any]]:
    """Everything set aside, the oldest first; what has no reason only waits behind an earlier one."""
    return [dict(row) for row in await database.read("parking_lot", SHOWN_MAX)]


async def replay(database: Database, stamp: Stamp, hear: Reaction, id_: int, *, dry_run: bool) -> int:
    """Try a parked event again, then what waited behind it; gives how many of its key are left waiting."""
    return await _settle(
        database, stamp, hear, id_, lambda ordering, key, _: ordering.release(key, even_parked=True), dry_run=dry_run
    )


async def drop(database: Database, stamp: Stamp, hear: Reaction, id_: int, reason: str) -> int:
    """Give a parked event up for a reason that is kept; later events of its key go on as if it had been dealt with."""
    if (row := await database.read_row("parked_one", id_)) is not None and row["source"] is None:

        async def forget(work: Work) -> int:
            await work.fetch("give_up", id_, reason, stamp.actor)
            work.change("take_back", row["topic"], row["partition"], row["offset"])
            return 0

        return await database.transact(stamp, forget)

    async def give_up(ordering: Ordering, key: KeyName, head: Waiting) -> None:
        await ordering.work.fetch("give_up", id_, reason, stamp.actor)
        ordering.drop(key, head)
        await ordering.release(key)

    return await _settle(database, stamp, hear, id_, give_up, dry_run=False)


Step = Callable[[Ordering, KeyName, Waiting], Awaitable[None]]


async def _settle(database: Database, stamp: Stamp, hear: Reaction, id_: int, step: Step, *, dry_run: bool) -> int:
    """Do something about the first event of a key; a later one that fails is parked in its turn, and stops nothing."""
    park: dict[int, str] = {}
    asked = -1

    async def action(work: Work) -> int:
        nonlocal asked
        ordering, key, head = await _first(work, hear, id_, park)
        asked = head.arrived.offset
        await step(ordering, key, head)
        ordering.save()
        left = ordering.waiting(key)
        if asked in left:
            raise Refused("still_failing", f"it failed again: {left[asked]}")
        if dry_run:
            await work.finish()
            raise DryRun(len(left))
        return len(left)

    for _ in range(SHOWN_MAX):
        try:
            return await database.transact(stamp, action)
        except DryRun as rehearsed:
            return rehearsed.left
        except HandlingFailed as failed:
            if failed.offset == asked or failed.offset in park:
                raise Refused("still_failing", f"it failed again: {type(failed.cause).__name__}") from failed
            park[failed.offset] = f"bug: {type(failed.cause).__name__} after an earlier one was replayed"
        except (Refused, Unavailable):
            raise
        except Exception as error:
            raise Refused("still_failing", f"it failed again at its end: {type(error).__name__}") from error
    raise Unavailable("too many events of this key fail")


async def _first(work: Work, hear: Reaction, id_: int, park: dict[int, str]) -> tuple[Ordering, KeyName, Waiting]:
    row = await work.fetch_row("parked_one", id_)
    if row is None:
        raise Refused("not_parked", "nothing is parked under this number; see `park list`")
    arrived = arrived_of(row)
    try:
        envelope = decode(arrived.key, arrived.value, arrived.headers)
    except Malformed as error:
        raise Refused("unreadable", f"{error.detail}: it has no key and can only be dropped") from None
    ordering = Ordering(work, row["topic"], row["partition"], hear, park)
    key = (envelope.source, envelope.key)
    await ordering.load({key})
    head = ordering.head(key)
    if head is None:
        raise Refused("not_come", "an earlier event of this key never came: have its source `republish` it")
    if head.arrived.offset != row["offset"]:
        raise Refused("not_the_first", "an earlier event of this key is set aside: deal with that one first")
    return ordering, key, head
