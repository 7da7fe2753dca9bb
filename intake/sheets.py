"""How what was typed into intake's pages becomes the forms that the API takes; what is wrong is said by those forms."""

from collections.abc import Mapping
from typing import Any

from intake.forms import AcceptForm, Child, CloseForm, ReportForm, ScreenOutForm
from services.contracts.codes import CaseOutcome, Channel, Concern, ReporterKind, RiskBand, ScreenedOutReason, Sex
from services.pages.form import Sheet

ANSWER = "answers."
CHOICES: Mapping[str, tuple[str, ...]] = {
    "concern": tuple(Concern),
    "reporter": tuple(ReporterKind),
    "channel": tuple(each for each in Channel if each is not Channel.INTEGRATION),
    "sex": tuple(Sex),
    "risk": tuple(RiskBand),
    "screened_out": tuple(ScreenedOutReason),
    "case_outcome": tuple(CaseOutcome),
}
"""What a page offers to choose from, by the list that says what each code is called."""

PLACES = {"occurred_at_absurd": "occurred_at", "birth_date_absurd": "child.birth_date", "need_unknown": "needs"}
"""Beside which field a refusal of the room is said."""


def report_of(sheet: Sheet, unit: str) -> ReportForm:
    """A report, for the unit of whoever writes it down."""
    reporter = sheet.given("reporter.kind", "reporter.name", "reporter.contact")
    return ReportForm.model_validate(
        {
            "unit": unit,
            "channel": sheet.one("channel"),
            "reporter": reporter if "kind" in reporter else None,
            "anonymous": sheet.one("anonymous") == "yes",
            "concerns": sheet.all("concerns"),
            "child": sheet.given(
                "child.given_name", "child.family_name", "child.birth_date", "child.sex", "child.address"
            ),
            "narrative": sheet.one("narrative") or None,
            "occurred_at": sheet.moment("occurred_at") or "",
            "immediate_danger": sheet.one("immediate_danger") == "yes",
        }
    )


def child_of(sheet: Sheet) -> Child:
    """Who a child is, corrected."""
    return Child.model_validate(sheet.given("given_name", "family_name", "birth_date", "sex", "address"))


def screening_of(sheet: Sheet) -> AcceptForm | ScreenOutForm:
    """A decision about a report."""
    answers = {name.removeprefix(ANSWER): sheet.one(name) for name in sheet.fields if name.startswith(ANSWER)}
    override = sheet.given("override.band", "override.reason")
    common: dict[str, Any] = {"answers": answers, "override": override if "band" in override else None}
    if sheet.one("outcome") == "screened_out":
        return ScreenOutForm.model_validate(common | {"outcome": "screened_out", "reason": sheet.one("reason")})
    return AcceptForm.model_validate(common | {"outcome": sheet.one("outcome"), "needs": sheet.all("needs")})


def closing_of(sheet: Sheet) -> CloseForm:
    """The end of a case."""
    return CloseForm.model_validate({"outcome": sheet.one("outcome"), "note": sheet.one("note") or None})
