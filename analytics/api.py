"""Analytics over HTTP: one figure at a time, over a unit and everything below it; what is counted is data."""

import json
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi import Query as InQuery

from analytics import rights
from analytics.indicator import IndicatorCatalogue, period
from analytics.replies import Figure, IndicatorList, line
from services.contracts.policy import Policy
from services.http.calls import Call
from services.http.permits import query
from services.security.rights import Record

Seeing = Annotated[Call, Depends(query(rights.SEE_FIGURE))]
Listing = Annotated[Call, Depends(query(rights.LIST_INDICATORS))]

Code = Annotated[
    str, InQuery(pattern=r"^[a-z0-9_]{1,60}$", description="A code of the indicators", examples=["cases_opened"])
]
UnitCode = Annotated[
    str, InQuery(pattern=r"^[A-Z0-9]{1,12}(-[A-Z0-9]{1,12}){0,4}$", description="Where", examples=["EXAMPLE"])
]
First = Annotated[
    date | None, InQuery(alias="from", description="The first day that counts; from the beginning if absent")
]
Last = Annotated[date | None, InQuery(alias="to", description="The last day that counts; today if absent")]


def router(indicators: IndicatorCatalogue, policy: Policy) -> APIRouter:
    """Every address of the room."""
    addresses = APIRouter(prefix="/analytics/v1", tags=["analytics"])
    _listing(addresses, indicators)
    _counting(addresses, indicators, policy)
    return addresses


def _listing(addresses: APIRouter, indicators: IndicatorCatalogue) -> None:
    @addresses.get("/indicators")
    async def every_indicator(call: Listing) -> IndicatorList:
        """What can be asked for."""
        call.allow(Record(call.person.unit))
        return IndicatorList(indicators=[line(each) for each in indicators.indicators])


def _counting(addresses: APIRouter, indicators: IndicatorCatalogue, policy: Policy) -> None:
    @addresses.get("/figures")
    async def figure(call: Seeing, indicator: Code, unit: UnitCode, first: First = None, last: Last = None) -> Figure:
        """How many there were in a unit and everything below it, as far as analytics has heard."""
        call.allow(Record(policy.units.unit(unit).code))
        wanted, calendar = indicators.indicator(indicator), policy.calendar_of(unit)
        until = last or calendar.local_day(call.stamp.now)
        days = period(calendar, first, until)
        units = [each.code for each in policy.units if policy.units.is_within(each.code, unit)]
        where = json.dumps(dict(wanted.where))
        counted = await call.database.read_row("count_facts", wanted.counts, units, days.starts, days.ends, where)
        assert counted is not None
        return Figure(
            indicator=wanted.code,
            version=wanted.version,
            unit=unit,
            units=len(units),
            first=first,
            last=until,
            value=counted["value"],
            known_until=counted["known_until"],
        )
