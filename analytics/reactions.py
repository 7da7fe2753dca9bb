"""How analytics hears: every announcement becomes a fact, and the cells are moved with it in the same transaction."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from analytics.fact import LocalDay, fact_of, row_of
from services.bus.heard import Heard, Reaction
from services.contracts.catalog import CATALOG, DIRECTORY
from services.contracts.policy import Policy
from services.storage.work import Work


def reactions(policy: Policy) -> Mapping[type, Reaction]:
    """Everything that happens is kept, but not who works where, which is the directory's to say."""

    async def keep(work: Work, heard: Heard) -> None:
        work.last("keep_facts", row_of(fact_of(heard.announcement, heard.envelope, day_in(policy))))

    return dict.fromkeys(heard_types(), keep)


def heard_types() -> frozenset[type]:
    """The events that become facts."""
    return frozenset(entry.event for entry in CATALOG if "analytics" in entry.readers and entry.topic != DIRECTORY)


def day_in(policy: Policy) -> LocalDay:
    """The local day of a unit; of a unit nobody knows, whose facts no place counts, the day of the world's clock."""

    def local_day(unit: str, moment: datetime) -> date:
        if unit not in policy.units:
            return moment.astimezone(UTC).date()
        return policy.calendar_of(unit).local_day(moment)

    return local_day
