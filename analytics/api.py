"""Analytics over HTTP: one indicator at a time, over a unit and everything below it; what is counted is data."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from fastapi import Query as InQuery

from analytics import rights
from analytics.counting import count, whole
from analytics.figure import NOT_BROKEN_DOWN, question
from analytics.indicator import IndicatorCatalogue
from analytics.out.columns import Row, rows
from analytics.out.tables import CSV, SDMX_CSV, as_csv, as_sdmx_csv, dictionary
from analytics.replies import Figure, IndicatorList, figure, line
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
By = Annotated[
    str,
    InQuery(
        pattern=r"^([a-z_]{1,20}(,[a-z_]{1,20}){0,5})?$",
        description="What to break it down by, with commas: unit, month, and one breakdown of the indicator",
        examples=["month,sex"],
    ),
]
First = Annotated[
    date | None, InQuery(alias="from", description="The first day that counts; from the beginning if absent")
]
Last = Annotated[date | None, InQuery(alias="to", description="The last day that counts; today if absent")]
KnownOn = Annotated[date | None, InQuery(description="Count only what had been recorded by the end of this day")]


Form = Annotated[
    Literal["json", "csv", "sdmx-csv"],
    InQuery(alias="format", description="As JSON, or as a table; /dictionary says what its columns mean"),
]
TABLES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in (CSV, SDMX_CSV)}}
}
STRUCTURE_FILE = Path(__file__).parent / "out" / "structure.xml"


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

    @addresses.get("/dictionary", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
    async def columns(call: Listing) -> Response:
        """What each column of a table of figures means, as CSV."""
        call.allow(Record(call.person.unit))
        return Response(dictionary(), media_type=CSV)

    @addresses.get("/structure", response_class=Response, responses={200: {"content": {"application/xml": {}}}})
    async def structure(call: Listing) -> Response:
        """By which structure SDMX reads a table of figures, as SDMX-ML."""
        call.allow(Record(call.person.unit))
        return Response(STRUCTURE_FILE.read_bytes(), media_type="application/xml")


def _counting(addresses: APIRouter, indicators: IndicatorCatalogue, policy: Policy) -> None:
    @addresses.get("/figures", response_model=Figure, responses=TABLES)
    async def one_figure(
        call: Seeing,
        indicator: Code,
        unit: UnitCode,
        by: By = "",
        first: First = None,
        last: Last = None,
        as_known_on: KnownOn = None,
        form: Form = "json",
    ) -> Figure | Response:
        """What there was in a unit and everything below it, as far as analytics heard; not for publication."""
        call.allow(Record(policy.units.unit(unit).code))
        until = last or policy.calendar_of(unit).local_day(call.stamp.now)
        asked = question(indicators.indicator(indicator), [name for name in by.split(",") if name], first, until)
        total = await whole(call.database, asked, unit, policy.units, as_known_on)
        lines = await count(call.database, asked, unit, policy.units, as_known_on) if by else {}
        if form != "json":
            table = list(rows(asked, unit, lines if by else {NOT_BROKEN_DOWN: total}))
            return as_table(table, form)
        return figure(asked, unit, as_known_on, total, lines, await known_until(call))


def as_table(table: Sequence[Row], form: str) -> Response:
    """Rows in the form of a table that was asked for."""
    if form == "csv":
        return Response(as_csv(table), media_type=CSV)
    return Response(as_sdmx_csv(table), media_type=SDMX_CSV)


async def known_until(call: Call) -> datetime | None:
    """When the newest thing that a caller may count was recorded."""
    newest = await call.database.read_row("known_until")
    return newest["recorded_at"] if newest else None
