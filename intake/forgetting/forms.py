"""What is asked and answered about forgetting a person: references, codes and dates. No name is asked, none is told."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from intake.forgetting.rules import HoldReason
from intake.forms import Form
from intake.replies import Answer
from services.contracts.codes import ForgettingGround


class ForgetForm(Form):
    """On which legal ground a person is forgotten; nothing undoes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ground": "retention_over"}]})

    ground: Annotated[ForgettingGround, Field(description="The terms of retention say which grounds wait")]


class HoldForm(Form):
    """Why nothing about a person may go until the hold is released; null releases it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "court"}]})

    reason: HoldReason | None


class Forgotten(Answer):
    """The proof: whose key was destroyed, when, on which ground, and where the access log says so."""

    person: str
    merged: Annotated[list[str], Field(description="Who was merged into this person: their keys are destroyed too")]
    ground: ForgettingGround
    forgotten_at: datetime
    forgotten_by: str
    agency_key: Annotated[str, Field(description="The name of the agency key that had wrapped the destroyed key")]
    entry: Annotated[int, Field(description="The entry of the access log, chained within a second")]


class Held(Answer):
    """Whether a hold binds a person now."""

    person: str
    reason: HoldReason | None
    at: datetime
