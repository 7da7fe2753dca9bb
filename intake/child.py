"""The little about a child that may leave the vault: an age band and a sex, derived on the day they are needed.

Never the birth date itself, and nothing is ever derived from a name or a number of the child.
"""

from collections.abc import Mapping
from datetime import date

from services.contracts.codes import AgeBand, Sex

_BANDS = ((6, AgeBand.UNDER_7), (14, AgeBand.FROM_7_TO_14), (16, AgeBand.FROM_15_TO_16), (18, AgeBand.FROM_17_TO_18))


def age_band(birth_date: date | None, on: date) -> AgeBand:
    """The band of a child's completed years; unknown without a date, before the birth, or for a grown person."""
    if birth_date is None or birth_date > on:
        return AgeBand.UNKNOWN
    years = on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))
    return next((band for oldest, band in _BANDS if years <= oldest), AgeBand.UNKNOWN)


def bands_of(sealed: Mapping[str, str] | None, on: date) -> tuple[AgeBand, Sex]:
    """Age band and sex from a child's sealed section; unknown where it is silent or forgotten."""
    content = sealed or {}
    born = content.get("birth_date")
    return age_band(date.fromisoformat(born) if born else None, on), Sex(content.get("sex", Sex.UNKNOWN))
