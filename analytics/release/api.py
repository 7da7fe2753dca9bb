"""Releases over HTTP: whoever counts for the country asks for one, and everybody who is signed in reads it."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi import Path as InPath
from pydantic import ConfigDict, Field

from analytics import rights
from analytics.api import TABLES, Code, Form, as_table
from analytics.indicator import IndicatorCatalogue, Kind
from analytics.out.columns import released_row
from analytics.release.days import whole_months
from analytics.release.releasing import BELL
from analytics.replies import Answer
from services.contracts.failures import Malformed, Refused
from services.contracts.policy import Policy
from services.contracts.units import UnitTree
from services.http.calls import Call, Reply
from services.http.paging import LIMIT_USUAL, After, Limit, Place
from services.http.permits import command, query
from services.security.rights import Record
from services.storage.work import Work

INDICATORS_MAX = 20

Asking = Annotated[Call, Depends(command(rights.ASK_RELEASE))]
Listing = Annotated[Call, Depends(query(rights.LIST_RELEASES))]
Seeing = Annotated[Call, Depends(query(rights.SEE_RELEASE))]
Reference = Annotated[str, InPath(max_length=40, description="A release's", examples=["B-7KQ2M-XW4ZP-3"])]


class ReleaseForm(Answer):
    """What is to be released: indicators of a whole month, quarter or year that is over."""

    model_config = ConfigDict(
        frozen=True,
        populate_by_name=True,
        extra="forbid",
        json_schema_extra={"examples": [{"from": "2026-01-01", "to": "2026-01-31", "indicators": ["cases_opened"]}]},
    )

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]
    indicators: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")]], Field(min_length=1, max_length=INDICATORS_MAX)
    ]
    restated: Annotated[
        bool, Field(description="Count released days anew, with what became known since; hides more than it did")
    ] = False


class ReleaseLine(Answer):
    """A release, and where it stands."""

    release: Annotated[str, Field(examples=["B-7KQ2M-XW4ZP-3"])]
    unit: Annotated[str, Field(description="Who publishes; the release is about it and everything below it")]
    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]
    indicators: list[str]
    restated: bool
    state: Annotated[str, Field(description="asked, under_way, published or refused", examples=["published"])]
    asked_at: datetime
    settled_at: datetime | None = None
    known_until: Annotated[datetime | None, Field(description="When the newest thing counted was recorded")] = None
    smallest: Annotated[int | None, Field(description="Counts from 1 to below this are never told")] = None
    reason: Annotated[str | None, Field(description="Why it was refused", examples=["covered"])] = None
    detail: str | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return self.model_dump(mode="json", by_alias=True)


class ReleasedCell(Answer):
    """One count, or a blank."""

    indicator: str
    unit: str
    of: Annotated[dict[str, str], Field(description="Empty for the whole", examples=[{"sex": "female"}])]
    value: Annotated[int | None, Field(description="Null is a blank: nobody is told whether it is small or guards one")]


class Release(ReleaseLine):
    """A release with everything it tells."""

    cells: list[ReleasedCell]


class ReleaseList(Answer):
    """A page of releases."""

    items: list[ReleaseLine]
    next: str | None


def offer(
    addresses: APIRouter, indicators: IndicatorCatalogue, policy: Policy, new_reference: Callable[[str], str]
) -> None:
    """The addresses of releases."""
    _asking(addresses, indicators, policy, new_reference)
    _reading(addresses)


def publisher(tree: UnitTree) -> str:
    """Who publishes: the unit above all others."""
    return next(unit.code for unit in tree if unit.parent is None)


def _asking(
    addresses: APIRouter, indicators: IndicatorCatalogue, policy: Policy, new_reference: Callable[[str], str]
) -> None:
    @addresses.post("/releases", status_code=202, response_model=ReleaseLine)
    async def ask_for_release(form: ReleaseForm, call: Asking) -> Response:
        """Ask for a release. It is judged with every earlier one, and published or refused within minutes."""
        return await call.once(asking(call, form, indicators, policy, new_reference))


def asking(
    call: Call,
    form: ReleaseForm,
    indicators: IndicatorCatalogue,
    policy: Policy,
    new_reference: Callable[[str], str],
) -> Callable[[Work], Awaitable[Reply]]:
    """What asking for a release does, for a caller who may."""
    unit = publisher(policy.units)
    call.allow(Record(unit))
    whole_months(form.first, form.last)
    for code in form.indicators:
        if indicators.indicator(code).kind is not Kind.COUNT:
            raise Malformed(f"{code} is not a count: what is not counted does not add up, and is not released")
    if form.last >= policy.calendar_of(unit).local_day(call.stamp.now):
        raise Refused("not_over", "these days are not over: release them when nothing more can happen in them")

    async def action(work: Work) -> Reply:
        ref, codes = new_reference("B"), sorted(set(form.indicators))
        days = form.first, form.last
        work.change("ask_release", ref, unit, *days, codes, form.restated, call.stamp.now)
        work.ring(BELL)
        line = ReleaseLine(
            release=ref,
            unit=unit,
            first=form.first,
            last=form.last,
            indicators=codes,
            restated=form.restated,
            state="asked",
            asked_at=call.stamp.now,
        )
        return Reply(202, line.plain(), {"Location": f"/analytics/v1/releases/{ref}"})

    return action


def _reading(addresses: APIRouter) -> None:
    @addresses.get("/releases", response_model=ReleaseList)
    async def releases(call: Listing, limit: Limit = LIMIT_USUAL, after: After = None) -> Response:
        """Every release, the newest first."""
        rows = await listed(call, after, limit)
        return call.page(rows, limit, place_of=place_in_list, show=lambda row: ReleaseLine(**row).plain())

    @addresses.get("/releases/{ref}", response_model=Release, responses=TABLES)
    async def release(
        ref: Reference, call: Seeing, indicator: Code | None = None, form: Form = "json"
    ) -> Release | Response:
        """One release: numbers, and blanks where a number would give somebody away."""
        found = await one_release(call, ref)
        found = found.model_copy(update={"cells": await printed_cells(call, ref, indicator)})
        if form == "json":
            return found
        days = found.first, found.last
        table = [released_row(each.indicator, each.unit, days, each.of, each.value) for each in found.cells]
        return as_table(table, form)


async def listed(call: Call, after: str | None, limit: int) -> list[Any]:
    """A page of the releases a caller may know of, and one more if there is one."""
    call.allow(Record(call.person.unit))
    return await call.database.read("list_releases", *(call.place(after) or (None, None)), limit + 1)


def place_in_list(row: Any) -> Place:
    """Where a release stands in the list."""
    return (row["asked_at"], row["release"])


async def one_release(call: Call, ref: str) -> Release:
    """A release that a caller may see, without its cells."""
    row = await call.database.read_row("one_release", ref)
    call.allow_to_see(Record(row["unit"], state=row["state"]) if row else None)
    assert row is not None
    return Release(**row, cells=[])


async def printed_cells(call: Call, ref: str, indicator: str | None) -> list[ReleasedCell]:
    """What a release that a caller may see tells of one indicator, or of all."""
    return [_cell(cell) for cell in await call.database.read("printed_cells", ref, indicator)]


def _cell(row: Any) -> ReleasedCell:
    names = row["breakdown"].split(",") if row["breakdown"] else []
    values = row["category"].split(",") if row["breakdown"] else []
    of = dict(zip(names, values, strict=True))
    return ReleasedCell(indicator=row["indicator"], unit=row["unit"], of=of, value=row["value"])
