"""The referral room put together: what it hears, answers, does by a date, lists at its start, and who may do what."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from referral import api, pages
from referral.announcements import announce_walk
from referral.barring import account_by_hand
from referral.closed_cases import is_closed, keep_closed, learn_closed
from referral.directory_files import load_directory
from referral.gauges import count_escalations, measure
from referral.integrating import integrating
from referral.listing import list_directory
from referral.reactions import firsts_of, react, take_back
from referral.referral import Waiting, next_step
from referral.rights import RIGHTS
from referral.sign_in.entrance import entrance
from referral.sign_in.provider import Client, Provider
from referral.streams import REFERRAL
from referral.terms import Terms
from referral.words import CheckClock
from services.bus.heard import Foreseeing, Heard, Reaction
from services.contracts.faults import SettingMissing
from services.contracts.intake import AccessLogSealed, CaseClosed, CaseOpened
from services.http.pace import WALK
from services.pages.journey import journeys
from services.pages.page import Pages
from services.runtime.room import OnDue, Room, Surroundings
from services.security.secret_files import sessions_of
from services.storage.work import Work

HEADS_TOLD_MAX = 10_000
SIGN_IN = Path(__file__).with_name("sign_in")


def terms_of(around: Surroundings) -> Terms:
    """Who serves what and by when, from the policy folder."""
    policy = around.policy
    return Terms(policy.units, policy.calendars, load_directory(around.settings.policy, policy))


def router(around: Surroundings) -> APIRouter:
    """Everything the room answers."""
    terms, addresses = terms_of(around), APIRouter()
    addresses.include_router(api.router(terms, around.policy))
    draw = Pages(ROOM.name, ROOM.folder, around.policy)
    addresses.include_router(pages.pages(draw, terms))
    addresses.include_router(integrating(draw, around.settings.issuer, around.environment.get("SPIS_ORIGIN", "")))
    addresses.include_router(journeys(ROOM.name, draw))
    return addresses


def way_in(around: Surroundings) -> APIRouter | None:
    """How people sign in, where the environment names a client of theirs at the provider of identities."""
    env, settings = around.environment, around.settings
    sessions = sessions_of(env)
    client = Client.from_env(env, settings.issuer, env.get("SPIS_ORIGIN", ""))
    if client is None:
        return None
    if sessions is None or not client.origin:
        raise SettingMissing("SPIS_CLIENT_ID needs SPIS_SESSION_KEY and SPIS_ORIGIN: set both, see the README's table")
    return entrance(Provider(client, settings.jwks), sessions, Pages(ROOM.name, SIGN_IN, around.policy))


def hears(around: Surroundings) -> Mapping[type, Reaction]:
    """A case asks somebody for each of its needs until it closes; of another room's log the last link is kept."""
    terms = terms_of(around)

    async def case_opened(work: Work, heard: Heard) -> None:
        if await is_closed(work, heard.announcement.case):
            return
        for ref, command in react(heard.announcement, terms, work.stamp.now):
            await work.carry_out(REFERRAL, ref, command)

    return {CaseOpened: Foreseeing(case_opened, cases_open), CaseClosed: case_closed, AccessLogSealed: keep_head}


async def cases_open(work: Work, opened: Sequence[CaseOpened]) -> None:
    """Read what is known of several cases and of the referrals that their needs would begin."""
    await learn_closed(work, [each.case for each in opened])
    await work.read_streams(REFERRAL, (ref for each in opened for ref in firsts_of(each)))


async def case_closed(work: Work, heard: Heard) -> None:
    """Take back whatever is live for a closed case, and remember that nobody may be asked for it again."""
    closed = heard.announcement
    # What was heard just before, in this very transaction, has its rows only now.
    await work.flush_changes()
    needs = await work.fetch("hold_needs", closed.case)
    await keep_closed(work, closed)
    for ref, command in take_back((need["live"] for need in needs if need["live"]), work.stamp.now):
        await work.carry_out(REFERRAL, ref, command)


async def keep_head(work: Work, heard: Heard) -> None:
    """Keep the last link of a log, out of reach of whoever could change that log."""
    sealed = heard.announcement
    work.change("keep_head", sealed.log, sealed.length, sealed.head, sealed.sealed_at)


async def heads(around: Surroundings) -> Mapping[str, Any]:
    """What an operator hands to intake's verification: the links that are kept here of its log, of a week at least."""
    rows = await around.database.read("heads_of_log", "intake.access_log", HEADS_TOLD_MAX)
    return {"heads": [dict(row) for row in rows]}


def on_due(around: Surroundings) -> Mapping[str, OnDue]:
    """An answer that is owed is looked at on its date, whoever was asked; whoever was stopped is announced at once."""
    terms = terms_of(around)

    async def look(work: Work, ref: str) -> None:
        state = await work.state(REFERRAL, ref)
        if not isinstance(state, Waiting):
            return
        ladder = terms.ladder(state.asked.unit, state.asked.risk)
        taken = await work.carry_out(REFERRAL, ref, CheckClock(work.stamp.now, ladder))
        count_escalations(work.room, terms.units, state.asked.unit, taken)
        if not taken and (due := next_step(state)):
            # Too early: the appointment that was taken away is made again, for an owed answer is never without one.
            work.set_deadline(REFERRAL.name, ref, due)

    async def walk_stopped(work: Work, walk: str) -> None:
        for row in await work.fetch("walk", walk):
            work.say(announce_walk(**row), fact=f"walk/{walk}")

    return {REFERRAL.name: look, WALK: walk_stopped}


ROOM = Room(
    name="referral",
    folder=Path(__file__).parent,
    router=router,
    entrance=way_in,
    rights=RIGHTS,
    deciders=(REFERRAL,),
    view_tables=("referrals", "needs"),
    hears=hears,
    on_due=on_due,
    on_start=list_directory,
    measure=measure,
    commands={"account": account_by_hand, "heads": lambda around, _: heads(around)},
)
