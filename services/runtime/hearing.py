"""How a room hears: each announcement goes to its reaction, the directory to the rows rights are decided by."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, reset_contextvars

from services.bus.heard import Foreseeing, Heard, Reaction
from services.contracts.referral import AccountListed, InstitutionListed
from services.storage.stamp import Stamp
from services.storage.work import Work

log = structlog.get_logger()


def hearing(reactions: Mapping[type, Reaction]) -> Foreseeing:
    """One reaction for every announcement: what nobody wants is passed."""
    wanted = {InstitutionListed: _listed, AccountListed: _listed, **reactions}

    async def hear(work: Work, heard: Heard) -> None:
        reaction = wanted.get(type(heard.announcement))
        if reaction is None:
            return
        envelope = heard.envelope
        work.stamp = Stamp(work.stamp.now, work.stamp.actor, envelope.correlation_id, envelope.traceparent)
        before = bind_contextvars(correlation_id=envelope.correlation_id)
        try:
            log.info("hears", type=envelope.type, event_id=envelope.id, key=envelope.key)
            await reaction(work, heard)
        finally:
            reset_contextvars(**before)

    async def foresee(work: Work, announcements: Sequence[Any]) -> None:
        coming: dict[Foreseeing, list[Any]] = {}
        for each in announcements:
            if isinstance(reaction := wanted.get(type(each)), Foreseeing):
                coming.setdefault(reaction, []).append(each)
        for reaction, those in coming.items():
            await reaction.foresee(work, those)

    return Foreseeing(hear, foresee)


def list_institution(work: Work, listed: InstitutionListed) -> None:
    """Keep an institution and its desks as announced."""
    work.change("list_institution", listed.institution, listed.unit, listed.kind.value, listed.active)
    work.change("forget_desks", listed.institution, [desk.code for desk in listed.desks])
    for desk in listed.desks:
        work.change("list_desk", desk.code, listed.institution, desk.purpose.value)


def list_account(work: Work, listed: AccountListed) -> None:
    """Keep an account as announced."""
    roles = [role.value for role in listed.roles]
    place = (listed.institution, listed.unit)
    work.change("list_account", listed.account, *place, roles, list(listed.desks), listed.active, listed.listed_at)


async def _listed(work: Work, heard: Heard) -> None:
    keep = list_account if isinstance(heard.announcement, AccountListed) else list_institution
    keep(work, heard.announcement)
