"""The two halves of what the product keeps in one transaction, for planted faults that tear them apart."""

from collections.abc import Sequence

from services.bus.checkpoints import CHECKPOINT
from services.bus.heard import Arrived, Heard, Reaction
from services.contracts.catalog import parse
from services.contracts.envelope import decode
from services.contracts.failures import Malformed
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work


async def nothing(_work: Work, _heard: Heard) -> None:
    """Do nothing about an announcement."""


async def effects_alone(database: Database, stamp: Stamp, records: Sequence[Arrived], hear: Reaction) -> None:
    """Commit what a room does about some records, without how far it read."""

    async def action(work: Work) -> None:
        for record in records:
            heard = heard_of(record)
            if heard:
                await hear(work, heard)

    await database.transact(stamp, action)


def heard_of(record: Arrived) -> Heard | None:
    """The announcement of a record, or nothing where there is none to be had."""
    try:
        envelope = decode(record.key, record.value, record.headers)
        return None if envelope.type == CHECKPOINT else Heard(parse(envelope), envelope)
    except Malformed:
        return None
