"""What is asked and answered about merging two people: references and dates. No name is asked, none is told."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from intake.forms import Form
from intake.replies import Answer


class MergeForm(Form):
    """Whom this person is; nothing undoes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"into": "P-4TQM7-XB2WD-6"}]})

    into: Annotated[str, Field(max_length=40, description="The reference that stays, as a file of that child shows it")]


class Merged(Answer):
    """From now on every report and case of `person` is one of `into`."""

    person: str
    into: str
    merged_at: datetime
