"""What is published, as pages for everybody who is signed in: a list of releases, and each of them as tables."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError

from analytics import rights
from analytics.indicator import IndicatorCatalogue, Kind
from analytics.pages import wording
from analytics.release.api import (
    Listing,
    Reference,
    ReleaseForm,
    ReleaseLine,
    Seeing,
    asking,
    listed,
    one_release,
    place_in_list,
    printed_cells,
    publisher,
)
from analytics.release.tables import tables_of
from analytics.wording import LABELLED
from services.contracts.names import Names
from services.contracts.policy import Policy
from services.http.calls import Call
from services.http.paging import After
from services.pages.form import Sheet
from services.pages.page import Pages
from services.pages.routes import carried_out, more, pages_router, posted, sheet_of
from services.security.rights import Record

ROWS = 50
OFFERED = (("month", 1, 12), ("quarter", 3, 4), ("year", 12, 2))
"""What a release may be about, how many months that is, and how many of them are offered."""

PUBLISHED = "/analytics/published"

Asking = Annotated[Call, Depends(posted(rights.ASK_RELEASE))]
Chosen = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What every page of releases is drawn from."""

    draw: Pages
    indicators: IndicatorCatalogue
    policy: Policy

    @property
    def unit(self) -> str:
        """Who publishes."""
        return publisher(self.policy.units)

    @property
    def labels(self) -> dict[str, Names]:
        """What the indicators are called."""
        return {each.code: each.labels for each in self.indicators.indicators}

    def offered(self, call: Call) -> list["Offered"]:
        """What may be asked for now."""
        return list(days_offered(self.policy.calendar_of(self.unit).local_day(call.stamp.now)))

    async def page(self, request: Request, call: Call, after: str | None, sheet: Sheet) -> Response:
        """The list of releases, with the form that asks for one where the reader may."""
        rows = await listed(call, after, ROWS)
        return self.draw.draw(
            request,
            "published.html",
            status=422 if sheet.wrong else 200,
            releases=[ReleaseLine(**row) for row in rows[:ROWS]],
            labels=self.labels,
            works=call.sees(Record(call.person.unit), by=rights.SEE_FIGURE),
            asks=call.sees(Record(self.unit), by=rights.ASK_RELEASE),
            counts=[each for each in self.indicators.indicators if each.kind is Kind.COUNT],
            offered=self.offered(call),
            sheet=sheet,
            onward=more(call, rows, ROWS, place_in_list),
        )


def pages(
    draw: Pages, indicators: IndicatorCatalogue, policy: Policy, new_reference: Callable[[str], str]
) -> APIRouter:
    """The pages of releases."""
    addresses, shelf = pages_router("analytics", draw.problem), Shelf(draw, indicators, policy)
    _reading(addresses, shelf)

    @addresses.post("/published")
    async def ask(request: Request, call: Asking) -> Response:
        call.allow(Record(shelf.unit))
        sheet = sheet_of(request)
        if sheet.one("days") not in (each.days for each in shelf.offered(call)):
            return await shelf.page(request, call, None, sheet.with_fault("days", "enum"))
        first, _, last = sheet.one("days").partition("/")
        again = bool(sheet.one("restated"))
        told = {"from": first, "to": last, "indicators": sheet.all("indicators"), "restated": again}
        try:
            form = ReleaseForm.model_validate(told)
        except ValidationError as error:
            return await shelf.page(request, call, None, sheet.refused(error))
        return await carried_out(call, asking(call, form, indicators, policy, new_reference), PUBLISHED)

    return addresses


def _reading(addresses: APIRouter, shelf: Shelf) -> None:
    @addresses.get("/published")
    async def published(request: Request, call: Listing, after: After = None) -> Response:
        return await shelf.page(request, call, after, Sheet())

    @addresses.get("/published/{ref}")
    async def one(request: Request, ref: Reference, call: Seeing, indicator: Chosen = "") -> Response:
        release, said = await one_release(call, ref), wording(shelf.draw, request)
        chosen = indicator if indicator in release.indicators else release.indicators[0]
        orders = {name: said.order(name) for name in LABELLED}
        return shelf.draw.draw(
            request,
            "release.html",
            release=release,
            chosen=chosen,
            labels=shelf.labels,
            tables=tables_of(await printed_cells(call, ref, chosen), shelf.policy.units, orders),
            said=said,
        )


@dataclass(frozen=True, slots=True)
class Offered:
    """Days a release may be about: a month, quarter or year, which one, its first and its last day."""

    word: str
    number: int
    first: date
    last: date

    @property
    def days(self) -> str:
        """How the form names them."""
        return f"{self.first}/{self.last}"


def days_offered(today: date) -> Iterator[Offered]:
    """Months, quarters and years that are over, the newest of each first."""
    this_month = today.year * 12 + today.month - 1
    for word, months, many in OFFERED:
        newest = this_month // months - 1
        for number in range(newest, newest - many, -1):
            first, after = _first_of(number * months), _first_of((number + 1) * months)
            yield Offered(word, (first.month - 1) // months + 1, first, after - timedelta(days=1))


def _first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)
