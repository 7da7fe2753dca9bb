"""The dashboard: the working figures of a unit as pictures and tables, by the same questions and rights as the API."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from analytics.api import Seeing, known_until
from analytics.charts import tiny_columns
from analytics.dashboard import Dashboard
from analytics.indicator import IndicatorCatalogue
from analytics.live.api import live_counts
from analytics.live.hours import by_hours
from analytics.period import FIRST, LAST, Period, this_year, twelve_months, typed_period
from analytics.reading import Reading
from analytics.wording import Wording
from services.contracts.codes import LiveCount
from services.contracts.policy import Policy
from services.pages.form import Sheet
from services.pages.page import Pages
from services.pages.routes import pages_router
from services.security.rights import Record

DASHBOARD = "/analytics/dashboard"
UNIT_MAX = 60

AskedUnit = Annotated[str, Query(max_length=UNIT_MAX)]
Tables = Annotated[str, Query(max_length=10)]


def pages(draw: Pages, indicators: IndicatorCatalogue, dashboard: Dashboard, policy: Policy) -> APIRouter:
    """The pages of working figures."""
    addresses = pages_router("analytics", draw.problem)

    @addresses.get("/dashboard")
    async def working_figures(request: Request, call: Seeing, unit: AskedUnit = "", tables: Tables = "") -> Response:
        place = policy.units.unit(unit or call.person.unit).code
        call.allow(Record(place))
        today = policy.calendar_of(place).local_day(call.stamp.now)
        sheet = Sheet({name: request.query_params.getlist(name) or [""] for name in (FIRST, LAST)})
        period = typed_period(sheet, today)
        around: dict[str, Any] = {
            "unit": place,
            "choices": [("last_months", twelve_months(today)), ("this_year", this_year(today))],
            "tables": tables,
        }
        if isinstance(period, Sheet):
            return draw.draw(request, "dashboard.html", status=400, sheet=period, period=None, **around)
        said = wording(draw, request)
        reading = Reading(call, place, period, indicators, policy, said)
        live = await live_counts(call, place, policy)
        hours = by_hours(live, call.stamp.now)
        return draw.draw(
            request,
            "dashboard.html",
            sheet=_filled(period),
            period=period,
            cards=await reading.cards(dashboard.cards),
            pictures=await reading.pictures(dashboard.charts),
            tiles=await reading.tiles(dashboard.tiles),
            above=reading.above(),
            live=live,
            hours=hours,
            live_charts=[(what, tiny_columns(hours.counts[what])) for what in LiveCount],
            known_until=await known_until(call),
            **around,
        )

    return addresses


def wording(draw: Pages, request: Request) -> Wording:
    """The words of whoever asks."""
    t = draw.speech(request)
    return Wording(t, draw.unit_name(t), draw.need_name(t), draw.institution_name(t))


def _filled(period: Period) -> Sheet:
    return Sheet({FIRST: [period.first.isoformat()], LAST: [period.last.isoformat()]})
