"""What a caseworker's answers make of a report: the instrument suggests a band, the worker settles it.

It reads no clock and no file, and opens nothing; which version of the instrument counts is chosen by the caller.
"""

from collections.abc import Mapping

from intake import instrument
from intake.instrument import Instrument
from intake.report import Answer, Assessment
from services.contracts.codes import RiskBand

INSTRUMENT = "intake_risk"
"""The instrument that screens reports; its items, weights and versions are data."""


def assess(in_force: Instrument, answers: Mapping[str, str], own_band: RiskBand | None) -> Assessment:
    """What the instrument suggests, and the band that counts: the worker's own where there is one."""
    suggested = instrument.score(in_force, answers)
    return Assessment(
        instrument=suggested.instrument,
        answers=tuple(Answer(item, answers[item]) for item in sorted(answers)),
        score=suggested.score,
        scored=suggested.band,
        risk=own_band or suggested.band,
    )
