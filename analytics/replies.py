"""What analytics answers over HTTP: counts and what they count; never a reference."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from analytics.figure import MONTH, UNIT, Amount, Group, Question
from analytics.indicator import Indicator
from services.contracts.names import LANGUAGES


class Answer(BaseModel):
    """What is answered, as JSON."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class IndicatorLine(Answer):
    """An indicator one may ask for."""

    indicator: Annotated[str, Field(examples=["cases_opened"])]
    version: int
    valid_from: date
    kind: Annotated[str, Field(description="count, stock, share, duration (hours) or children", examples=["count"])]
    counts: Annotated[list[str], Field(description="The events it counts", examples=["ba.spis.intake.case.opened.v1"])]
    of: Annotated[list[str], Field(description="The two indicators that a stock or a share is made of")]
    by: Annotated[list[str], Field(description="What it can be broken down by", examples=[["unit", "month", "sex"]])]
    labels: Annotated[dict[str, str], Field(description="What it is called, by language")]


class IndicatorList(Answer):
    """Every indicator."""

    indicators: list[IndicatorLine]


class FigureLine(Answer):
    """One line of a figure."""

    of: Annotated[dict[str, str], Field(description="What the line is about", examples=[{"month": "2026-03"}])]
    value: Annotated[float | None, Field(description="A number, a share, or the median of hours; null of nothing")]
    number: Annotated[int, Field(description="How many it is drawn from")]
    p90: Annotated[int | None, Field(description="Hours that nine of ten did not pass")] = None


class Figure(Answer):
    """One indicator over a unit and everything that lay below it."""

    indicator: str
    version: int
    kind: str
    unit: str
    first: Annotated[date | None, Field(alias="from", description="Null when counted from the beginning")]
    last: Annotated[date, Field(alias="to", description="The last day that counts")]
    as_known_on: Annotated[date | None, Field(description="Only what was recorded by then; null for all that is known")]
    value: Annotated[float | None, Field(description="The whole: a number, a share, or the median of hours")]
    number: int
    p90: int | None = None
    lines: Annotated[list[FigureLine], Field(description="The same, broken down as was asked; empty if it was not")]
    known_until: Annotated[datetime | None, Field(description="When the newest thing heard from here was recorded")]


def line(indicator: Indicator) -> IndicatorLine:
    """An indicator as the list shows it."""
    return IndicatorLine(
        indicator=indicator.code,
        version=indicator.version,
        valid_from=indicator.valid_from,
        kind=indicator.kind.value,
        counts=list(indicator.counts),
        of=list(indicator.of),
        by=[UNIT, MONTH, *indicator.breakdowns],
        labels={language: indicator.labels.spoken(language) for language in LANGUAGES},
    )


def figure_line(asked: Question, group: Group, amount: Amount) -> FigureLine:
    """A line with the names of what it is about."""
    unit, month, category = group
    about = {UNIT: unit} if asked.by_unit else {}
    about |= {MONTH: month} if asked.by_month else {}
    if asked.breakdown:
        about |= dict(zip(asked.breakdown.split(","), category.split(","), strict=True))
    return FigureLine(of=about, value=amount.value, number=amount.number, p90=amount.p90)


def figure(
    asked: Question,
    unit: str,
    as_known_on: date | None,
    whole: Amount,
    lines: Mapping[Group, Amount],
    known_until: datetime | None,
) -> Figure:
    """The answer to a question."""
    return Figure(
        indicator=asked.indicator.code,
        version=asked.indicator.version,
        kind=asked.indicator.kind.value,
        unit=unit,
        first=asked.first,
        last=asked.last,
        as_known_on=as_known_on,
        value=whole.value,
        number=whole.number,
        p90=whole.p90,
        lines=[figure_line(asked, group, amount) for group, amount in lines.items()],
        known_until=known_until,
    )
