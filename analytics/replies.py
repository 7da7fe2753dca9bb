"""What analytics answers over HTTP: counts and what they count; never a reference."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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
    counts: Annotated[str, Field(description="The event it counts", examples=["ba.spis.intake.case.opened.v1"])]
    labels: Annotated[dict[str, str], Field(description="What it is called, by language")]


class IndicatorList(Answer):
    """Every indicator."""

    indicators: list[IndicatorLine]


class Figure(Answer):
    """One count over a unit and everything below it."""

    indicator: str
    version: int
    unit: str
    units: Annotated[int, Field(description="Over how many units it was counted")]
    first: Annotated[date | None, Field(alias="from", description="Null when counted from the beginning")]
    last: Annotated[date, Field(alias="to", description="The last day that counts")]
    value: int
    known_until: Annotated[datetime | None, Field(description="When the newest thing counted here was recorded")]


def line(indicator: Indicator) -> IndicatorLine:
    """An indicator as the list shows it."""
    return IndicatorLine(
        indicator=indicator.code,
        version=indicator.version,
        valid_from=indicator.valid_from,
        counts=indicator.counts,
        labels={language: indicator.labels.spoken(language) for language in LANGUAGES},
    )
