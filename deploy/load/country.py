"""The rooms as a synthetic year uses them: their own reactions, appointments and desks, and who works where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from analytics.__main__ import ROOM as ANALYTICS
from deploy.load.drawing import Place
from deploy.load.effects import Listed
from deploy.load.year import Year, load_year
from intake.__main__ import ROOM as INTAKE
from intake.instrument import Instrument
from intake.instrument_files import load_instruments
from notifications.__main__ import ROOM as NOTIFICATIONS
from referral.room import ROOM as REFERRAL
from referral.room import terms_of
from referral.terms import Terms
from services.contracts.policy import Policy
from services.runtime.room import Room, Surroundings
from services.storage.database import HOUSE

ROOMS: Mapping[str, Room] = {room.name: room for room in (INTAKE, REFERRAL, NOTIFICATIONS, ANALYTICS)}

CASEWORKER, REPORTER = "caseworker", "school"
UNITS = "SELECT account, unit FROM directory_accounts"
DESKS = """SELECT d.code, i.unit, i.kind, d.purpose FROM directory_desks d JOIN directory_institutions i
    ON i.code = d.institution WHERE i.active ORDER BY d.code"""
COVERED = """SELECT unnest(a.desks) AS desk, min(a.account) AS account FROM directory_accounts a
    JOIN directory_institutions i ON i.code = a.institution WHERE a.active AND i.active GROUP BY 1"""


@dataclass(frozen=True, slots=True)
class Country:
    """Everything that is the same for every case of a year."""

    around: Mapping[str, Surroundings]
    policy: Policy
    terms: Terms
    instruments: Mapping[str, Instrument]
    listed: Listed
    place: Place
    year: Year


async def open_country(around: Mapping[str, Surroundings]) -> Country:
    """Read what the rooms' files and their directory say now."""
    intake = around["intake"]
    listed = await listed_now(around["notifications"].settings.database)
    return Country(
        around=around,
        policy=intake.policy,
        terms=terms_of(around["referral"]),
        instruments=load_instruments(intake.settings.policy),
        listed=listed,
        place=Place(_municipalities(listed, intake.policy), tuple(sorted(intake.policy.needs.codes))),
        year=load_year(),
    )


async def listed_now(database: str) -> Listed:
    """The directory as one room has heard it."""
    link = await asyncpg.connect(database, server_settings={"spis.scope": HOUSE})
    try:
        units: Sequence[Any] = await link.fetch(UNITS)
        desks, covered = await link.fetch(DESKS), await link.fetch(COVERED)
    finally:
        await link.close()
    return Listed(
        {row["account"]: row["unit"] for row in units},
        tuple(dict(row) for row in desks),
        {row["desk"]: row["account"] for row in covered},
    )


def _municipalities(listed: Listed, policy: Policy) -> tuple[str, ...]:
    """The units in which a centre works and a school can report."""
    found = {unit.code for unit in policy.units if f"{CASEWORKER}@{unit.code}" in listed.units}
    return tuple(sorted(unit for unit in found if f"client@{unit}.{REPORTER}" in listed.units))
