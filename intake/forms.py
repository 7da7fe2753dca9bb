"""What intake accepts over HTTP: bounded, strict, and with invented examples. It decides nothing and keeps nothing.

The fields marked as sealed go to the vault and to no other place.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from services.contracts.codes import CaseOutcome, Channel, Concern, ReporterKind, RiskBand, ScreenedOutReason, Sex

NAME_CHARACTERS_MAX = 120
LINE_CHARACTERS_MAX = 300
NARRATIVE_CHARACTERS_MAX = 20_000
REASON_CHARACTERS_MAX = 2_000
ITEMS_MAX = 60
NEEDS_MAX = 20
BORN_EARLIEST = date(1990, 1, 1)


def _written(value: object) -> object:
    """Numbers are not dates: whoever sends seconds since 1970 is told so, instead of being read wrongly."""
    if not isinstance(value, str):
        raise PydanticCustomError("date_text", "Write the date as text, such as 2026-03-02 or 2026-03-02T09:00:00Z")
    return value


def _unrepeated(codes: list[str]) -> list[str]:
    return list(dict.fromkeys(codes))


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARACTERS_MAX)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LINE_CHARACTERS_MAX)]
Narrative = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NARRATIVE_CHARACTERS_MAX)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=REASON_CHARACTERS_MAX)]
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,12}(-[A-Z0-9]{1,12}){0,4}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
Day = Annotated[date, BeforeValidator(_written), Field(ge=BORN_EARLIEST)]
YesOrNo = Annotated[bool, Strict()]


class Form(BaseModel):
    """Nothing is accepted that is not described."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Reporter(Form):
    """Who reports."""

    kind: Annotated[ReporterKind, Field(description="What the reporter is to the child")]
    name: Annotated[Name | None, Field(description="Sealed. Not kept at all when the report is anonymous")] = None
    contact: Annotated[Line | None, Field(description="Sealed. Not kept at all when the report is anonymous")] = None


class Child(Form):
    """The child as far as the reporter knows it; every field is sealed."""

    given_name: Name | None = None
    family_name: Name | None = None
    birth_date: Annotated[Day | None, Field(description="Leave it out when unknown")] = None
    sex: Sex = Sex.UNKNOWN
    address: Line | None = None

    def sealed(self) -> dict[str, str]:
        """The section of the vault that holds the child."""
        return {name: str(value) for name, value in self.model_dump(mode="json").items() if value is not None}


class ReportForm(Form):
    """A concern about a child."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "unit": "EXAMPLE-UNIT",
                    "channel": "integration",
                    "reporter": {"kind": "school", "name": "Izmišljena Učiteljica", "contact": "ucenici@example.org"},
                    "concerns": ["neglect", "not_in_school"],
                    "child": {"given_name": "Izmišljeno", "family_name": "Dijete", "birth_date": "2018-05-05"},
                    "narrative": "Invented: the child has not been at school for two weeks.",
                    "occurred_at": "2026-03-02T09:00:00Z",
                }
            ],
            # The rule of `_somebody_or_nobody`, for those who write a client from the contract alone.
            "anyOf": [
                {"required": ["reporter"], "properties": {"reporter": {"type": "object"}}},
                {"required": ["anonymous"], "properties": {"anonymous": {"const": True}}},
            ],
        }
    )

    unit: Annotated[UnitCode, Field(description="Where the child lives; you may report for your own unit")]
    channel: Annotated[Channel, Field(description="How the report reached the house")]
    reporter: Annotated[Reporter | None, Field(description="Needed unless the report is anonymous")] = None
    anonymous: Annotated[YesOrNo, Field(description="The reporter wants no name kept, and none is")] = False
    concerns: Annotated[list[Concern], Field(min_length=1, max_length=len(Concern))]
    child: Child = Child()
    narrative: Annotated[Narrative | None, Field(description="Sealed. What was seen or heard, in words")] = None
    occurred_at: Annotated[Moment, Field(description="When the concern arose; days before now for a report on paper")]
    immediate_danger: Annotated[YesOrNo, Field(description="Life or limb is in danger now")] = False

    @model_validator(mode="after")
    def _somebody_or_nobody(self) -> Self:
        if self.reporter is None and not self.anonymous:
            raise PydanticCustomError("reporter_missing", "Say who reports, or set anonymous to true")
        return self

    @property
    def reporter_kind(self) -> ReporterKind:
        """What the reporter is, also where no name is kept."""
        return self.reporter.kind if self.reporter else ReporterKind.OTHER

    def sealed_reporter(self) -> dict[str, str]:
        """The section of the vault that holds the reporter; empty when no name may be kept."""
        if self.anonymous or self.reporter is None:
            return {}
        known = {"name": self.reporter.name, "contact": self.reporter.contact}
        return {name: value for name, value in known.items() if value}


class Override(Form):
    """The worker's own judgement, against the instrument's."""

    band: RiskBand
    reason: Annotated[Reason, Field(description="Sealed. Why the worker sees it differently")]


class Screening(Form):
    """The answers of a screening, and the worker's own judgement where it differs."""

    answers: Annotated[
        dict[Code, Code],
        Field(
            min_length=1,
            max_length=ITEMS_MAX,
            description="Item of the instrument → chosen option",
            json_schema_extra={"additionalProperties": False},
        ),
    ]
    override: Override | None = None


class AcceptForm(Screening):
    """The report becomes a case."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "accepted",
                    "answers": {"immediate_danger": "no", "physical_harm": "marks"},
                    "override": {"band": "high", "reason": "Invented: the family is known from last year."},
                    "needs": ["mediation"],
                }
            ]
        }
    )

    outcome: Literal["accepted"]
    needs: Annotated[
        list[Code],
        AfterValidator(_unrepeated),
        Field(min_length=1, max_length=NEEDS_MAX, description="What the child needs, in codes of the catalogue"),
    ]


class ScreenOutForm(Screening):
    """The report does not become a case."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"outcome": "screened_out", "answers": {"immediate_danger": "no"}, "reason": "unfounded"}]
        }
    )

    outcome: Literal["screened_out"]
    reason: ScreenedOutReason


class CloseForm(Form):
    """The care ends."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "needs_met", "note": "Invented: the family manages well."}]}
    )

    outcome: Annotated[CaseOutcome, Field(description="Why the care ends")]
    note: Annotated[Narrative | None, Field(description="Sealed. What is to be said about it, in words")] = None
