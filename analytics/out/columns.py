"""The columns in which figures leave the house as a table, and what each of them means: the data dictionary."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.figure import YEAR_MIN, Amount, Group, Question
from analytics.indicator import Kind

TOTAL, MISSING, NORMAL, SUPPRESSED = "_T", "M", "A", "Q"
"""SDMX's codes: all together; no value; an ordinary one; one that a release does not tell."""

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, whether it tells observations apart, and what it says."""

    name: str
    is_dimension: bool
    meaning: str


COLUMNS = (
    Column("INDICATOR", True, "Code of the indicator; its labels and version are in /analytics/v1/indicators"),
    Column("REF_AREA", True, "Code of the unit, with everything that lay below it"),
    Column("TIME_PERIOD", True, "A month as 2026-03, or the first day and the length, as 2026-01-01/P31D; to a day"),
    Column("SEX", True, "female, male or unknown as recorded for statistics; _T for all"),
    Column("AGE", True, "Age band of the national survey: under_7, 7_14, 15_16, 17_18, unknown; _T for all"),
    Column("NEED", True, "Code of the service catalogue; _T for all"),
    Column("INSTITUTION", True, "Code of the institution that is asked or has the case; _T for all"),
    Column("RISK", True, "low, medium, high or critical; _T for all"),
    Column("REASON", True, "Code of the reason or outcome; _T for all"),
    Column("STEP", True, "Step of an escalation, from 1; _T for all"),
    Column("OBS_VALUE", False, "The figure: a number, a share, or the median of whole hours; empty if missing"),
    Column(
        "OBS_STATUS", False, "A for a value, M where there was nothing to draw one from, Q where a release hides it"
    ),
    Column("OBS_COUNT", False, "How many observations it is drawn from"),
    Column("P90", False, "Whole hours that nine of ten did not pass; empty where no time is measured"),
)

NAMES = tuple(column.name for column in COLUMNS)
_OF_BREAKDOWN = {"age_band": "AGE"}


def rows(asked: Question, unit: str, lines: Mapping[Group, Amount]) -> Iterable[Row]:
    """A figure, a row for each of its lines."""
    for (below, month, category), amount in lines.items():
        codes = dict(zip(asked.breakdown.split(","), category.split(","), strict=True)) if asked.breakdown else {}
        row = dict.fromkeys(NAMES, TOTAL) | {
            _OF_BREAKDOWN.get(name, name.upper()): code for name, code in codes.items()
        }
        yield row | {
            "INDICATOR": asked.indicator.code,
            "REF_AREA": below or unit,
            "TIME_PERIOD": month or _period(asked),
            "OBS_VALUE": "" if amount.value is None else _number(amount.value),
            "OBS_STATUS": MISSING if amount.value is None else NORMAL,
            "OBS_COUNT": str(amount.number),
            "P90": "" if amount.p90 is None else str(amount.p90),
        }


def released_row(indicator: str, unit: str, days: tuple[date, date], of: Mapping[str, str], value: int | None) -> Row:
    """One count of a release, or its blank."""
    number = "" if value is None else str(value)
    return (
        dict.fromkeys(NAMES, TOTAL)
        | {_OF_BREAKDOWN.get(name, name.upper()): code for name, code in of.items()}
        | {
            "INDICATOR": indicator,
            "REF_AREA": unit,
            "TIME_PERIOD": _days(*days),
            "OBS_VALUE": number,
            "OBS_STATUS": SUPPRESSED if value is None else NORMAL,
            "OBS_COUNT": number,
            "P90": "",
        }
    )


def _period(asked: Question) -> str:
    if asked.indicator.kind is Kind.STOCK:
        return asked.last.isoformat()
    return _days(asked.first or date(YEAR_MIN, 1, 1), asked.last)


def _days(first: date, last: date) -> str:
    return f"{first.isoformat()}/P{(last - first + timedelta(days=1)).days}D"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)
