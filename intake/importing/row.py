"""A row of a table as the report that the API takes, or everything that is wrong with it. It reads no clock."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from intake.forms import ReportForm
from intake.importing.cells import codes_in, day_in, moment_in, yes_or_no
from intake.importing.table import NEEDED, Fault, Line
from intake.report import believable
from services.contracts.codes import Channel, Concern, ReporterKind, Sex

CODES: Mapping[str, type[StrEnum]] = {
    "channel": Channel,
    "concerns": Concern,
    "reporter_kind": ReporterKind,
    "sex": Sex,
}
"""The columns that hold codes, each one of a list; only `MANY` may hold several."""
MANY = "concerns"
EXAMPLE = f"{Concern.NEGLECT} {Concern.POVERTY}"
YES_OR_NO = ("anonymous", "immediate_danger")


def read_row(line: Line, unit: str, now: datetime) -> ReportForm | tuple[Fault, ...]:
    """The report of a row for a unit, as seen from now."""
    faults = list(_wrong_cells(line.cells, line.row, now))
    if faults:
        return tuple(faults)
    try:
        return ReportForm.model_validate(_form(line.cells, unit))
    except ValidationError as error:
        # Which cell it was is the last name of its place in the form, however deep; its value is never asked for.
        told = error.errors(include_url=False, include_input=False)
        return tuple(Fault(line.row, _column(each["loc"]), each["type"], each.get("ctx", {})) for each in told)


def _form(cells: Mapping[str, str], unit: str) -> dict[str, Any]:
    """The form that a row fills in; cells that are empty are left out of it."""
    moment, birth = moment_in(cells["occurred_at"]), day_in(cells["birth_date"])
    anonymous = yes_or_no(cells["anonymous"])
    # Whoever wants no name kept is not named on the way either.
    reporter = {} if anonymous else {"name": cells["reporter_name"], "contact": cells["reporter_contact"]}
    child = {name: cells[name] for name in ("given_name", "family_name", "address")}
    child |= {"sex": cells["sex"].casefold(), "birth_date": birth.isoformat() if birth else ""}
    kind = cells["reporter_kind"].casefold()
    return {
        "unit": unit,
        "channel": cells["channel"].casefold(),
        "reporter": {"kind": kind, **_given(reporter)} if kind else None,
        "anonymous": anonymous,
        "concerns": codes_in(cells["concerns"]),
        "child": _given(child),
        "narrative": cells["narrative"] or None,
        "occurred_at": moment.isoformat() if moment else "",
        "immediate_danger": yes_or_no(cells["immediate_danger"]),
    }


def _wrong_cells(cells: Mapping[str, str], row: int, now: datetime) -> Iterator[Fault]:
    """What a person writes otherwise than a program would: each rule says how it is to be written."""
    yield from (Fault(row, column, "missing") for column in NEEDED if not codes_in(cells[column]))
    for column, codes in CODES.items():
        said = codes_in(cells[column])
        if not {*said} <= {*codes} or (len(said) > 1 and column != MANY):
            yield Fault(row, column, *_rule_of_codes(column))
    yield from (Fault(row, column, "yes_or_no") for column in YES_OR_NO if yes_or_no(cells[column]) is None)
    yield from _wrong_dates(cells, row, now)
    if not cells["reporter_kind"] and yes_or_no(cells["anonymous"]) is False:
        yield Fault(row, "reporter_kind", "reporter_unsaid", {"anonymous": "anonymous"})


def _rule_of_codes(column: str) -> tuple[str, dict[str, str]]:
    """What is said of a wrong code: the list, or of a long list an example."""
    return ("concern", {"example": EXAMPLE}) if column == MANY else ("code", {"codes": ", ".join(CODES[column])})


def _wrong_dates(cells: Mapping[str, str], row: int, now: datetime) -> Iterator[Fault]:
    moment, birth = moment_in(cells["occurred_at"]), day_in(cells["birth_date"])
    if cells["occurred_at"] and moment is None:
        yield Fault(row, "occurred_at", "moment")
    if moment and not believable(moment, now):
        yield Fault(row, "occurred_at", "occurred_at_absurd")
    if cells["birth_date"] and birth is None:
        yield Fault(row, "birth_date", "day")
    if birth and birth > now.date():
        yield Fault(row, "birth_date", "birth_date_absurd")


def _given(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in cells.items() if cell}


def _column(place: tuple[int | str, ...]) -> str:
    names = [part for part in place if isinstance(part, str)]
    return "_".join(names[-2:] if names[:1] == ["reporter"] else names[-1:])
