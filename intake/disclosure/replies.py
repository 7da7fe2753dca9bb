"""What intake answers whoever is asked for help, and whoever asks who looked."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from intake.disclosure.terms import Live, Part
from intake.replies import Answer
from services.contracts.codes import AgeBand, Sex


class SharedChild(Answer):
    """What is shared of a child; a part that is not shared, or that nobody gave, is null."""

    given_name: str | None = None
    family_name: str | None = None
    birth_date: str | None = None
    address: str | None = None


class Disclosure(Answer):
    """What the institution that is asked may read while its referral is live."""

    referral: str
    need: str
    state: Annotated[Live, Field(description="Once a referral has ended, nothing is shared any more")]
    terms: Annotated[int, Field(description="The version of the terms of sharing that was applied")]
    parts: Annotated[list[Part], Field(description="What the terms share in this state")]
    unreadable: Annotated[bool, Field(description="A part was sealed for somebody who was forgotten")] = False
    age_band: AgeBand | None = None
    sex: Sex | None = None
    child: SharedChild | None = None
    narrative: str | None = None


class AccessLine(Answer):
    """One time that somebody was shown something of a case or of its report, or was refused it."""

    at: datetime
    account: str
    unit: Annotated[str, Field(description="Where the account belonged")]
    action: Annotated[str, Field(description="What was opened, shared or refused", examples=["open child"])]
    right: Annotated[
        str, Field(description="The action of the table of rights that let it be", examples=["case.see_child"])
    ]
    record: Annotated[str, Field(description="The case, or its report")]
    referral: Annotated[str | None, Field(description="The referral by which a receiver read it")]


class AccessPage(BaseModel):
    """A page of them."""

    items: list[AccessLine]
    next: str | None
