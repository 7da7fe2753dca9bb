"""What referral accepts over HTTP and how it shows a referral: bounded, strict, in codes. It decides nothing."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.contracts.codes import DeclineReason, InstitutionKind, Outcome, RiskBand, WithdrawReason

UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,12}(-[A-Z0-9]{1,12}){0,4}$")]
InstitutionCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,12}(-[A-Z0-9]{1,12}){0,4}\.[a-z0-9_]{1,40}$")]
NeedCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
CaseReference = Annotated[
    str, StringConstraints(pattern=r"^C-[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{1,6}$")
]
ReferralReference = Annotated[
    str, StringConstraints(pattern=r"^F-[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{1,6}$")
]


class Standing(StrEnum):
    """Where a referral stands; silence is told beside it, not instead of it."""

    NO_RECEIVER = "no_receiver"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    UNDER_WAY = "under_way"
    DECLINED = "declined"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Direction(StrEnum):
    """Which referrals of those an account may see: its institution's own, those it is asked, those of units below."""

    SENT = "sent"
    RECEIVED = "received"
    BELOW = "below"


class Form(BaseModel):
    """Nothing is accepted that is not described."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Nothing(Form):
    """There is nothing to say beyond the address."""


class SendForm(Form):
    """Ask another institution for a need of a case that has no live referral."""

    case: Annotated[CaseReference, Field(examples=["C-7KQ2M-XW4ZP-3"])]
    need: Annotated[NeedCode, Field(description="A code of the service catalogue", examples=["speech_therapy"])]
    receiver: Annotated[InstitutionCode, Field(description="Who is asked", examples=["EXAMPLE-UNIT.ecd"])]


class AgainForm(Form):
    """Ask another institution for the need of a referral that came to nothing."""

    receiver: InstitutionCode


class DeclineForm(Form):
    """Say no."""

    reason: Annotated[DeclineReason, Field(description="Why the referral is not taken")]


class CompleteForm(Form):
    """Report what came of the service."""

    outcome: Annotated[Outcome, Field(description="What came of it")]


SaidByPeople = Literal[
    WithdrawReason.NEED_MET_OTHERWISE,
    WithdrawReason.SENT_IN_ERROR,
    WithdrawReason.FAMILY_REFUSED,
    WithdrawReason.CHILD_MOVED,
]
"""Why a person takes a referral back; that a case was closed is said by closing it."""


class WithdrawForm(Form):
    """Take the question back."""

    reason: Annotated[SaidByPeople, Field(description="Why it is no longer asked")]


class Moved(BaseModel):
    """Where a referral stands after a command."""

    referral: str
    state: Standing
    need: str
    receiver: str
    answer_by: datetime | None


class Minimum(BaseModel):
    """What a receiver must know to answer, and no more."""

    referral: str
    state: Standing
    need: str
    risk: RiskBand
    unit: str
    sender: str
    receiver: str | None
    sent_at: datetime
    answer_by: datetime | None
    silent_since: datetime | None


class Shown(Minimum):
    """A referral; a receiver sees the fields that are its own business only after it has accepted."""

    case: str | None = None
    attempt: int | None = None
    step: Annotated[int | None, Field(description="How often it climbed while nobody answered")] = None
    escalated_to: str | None = None
    next_check: Annotated[datetime | None, Field(description="The next dated step while an answer is owed")] = None
    accepted_at: datetime | None = None
    started_at: datetime | None = None
    closed_at: datetime | None = None
    reason: Annotated[DeclineReason | WithdrawReason | None, Field(description="Why declined or withdrawn")] = None
    outcome: Outcome | None = None


class Page(BaseModel):
    """Referrals, newest first."""

    items: list[Shown]
    next: Annotated[str | None, Field(description="Send it as `after` for the next page; null on the last")]


class Serving(BaseModel):
    """An institution that serves a need; the nearest and preferred one comes first."""

    institution: str
    unit: str
    kind: InstitutionKind
    names: dict[str, str]
    needs: list[str]


class ServingList(BaseModel):
    """Who can be asked."""

    institutions: list[Serving]
