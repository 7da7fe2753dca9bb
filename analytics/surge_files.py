"""Reads what counts as a surge once at start, and refuses terms that could never be met or always would."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from analytics.live.tally import KEPT, WINDOW
from analytics.surge import Terms
from services.contracts.codes import LiveCount
from services.contracts.faults import Fault, refuse
from services.contracts.policy import read_file
from services.contracts.policy_wording import shown

USUAL_DAYS_MAX = 400
AT_LEAST_MIN = 3


def load_surge_terms(folder: Path) -> Terms:
    """What counts as a surge, of a policy folder."""
    path = folder / "surges" / "terms.toml"
    terms = read_file(path, Terms)
    refuse(surge_faults(shown(path), terms))
    return terms


def surge_faults(file: str, terms: Terms) -> Iterator[Fault]:
    """What is wrong with the terms."""
    if terms.looks_back % WINDOW or not WINDOW <= terms.looks_back <= KEPT:
        minutes, hours = WINDOW // timedelta(minutes=1), KEPT // timedelta(hours=1)
        remedy = f"write whole windows of {minutes} minutes, such as PT1H, and no more than {hours} hours"
        yield Fault(file, "looks_back", "counts are not kept so", remedy)
    if not 1 <= terms.usual_days <= USUAL_DAYS_MAX:
        yield Fault(file, "usual_days", "nothing is usual over such a time", f"write 1 to {USUAL_DAYS_MAX}")
    if terms.quiet < terms.looks_back:
        yield Fault(file, "quiet", "the same surge would be told again and again", "write looks_back or more")
    for (indicator, by_need), times in Counter((each.indicator, each.by_need) for each in terms.watched).items():
        if times > 1:
            yield Fault(file, f"watched[{indicator}]", "it is watched twice the same way", "keep one row")
        if by_need and indicator is LiveCount.REPORTS:
            yield Fault(file, f"watched[{indicator}]", "a report has no needs yet", "write by_need = false")
    for each in terms.watched:
        if each.at_least < AT_LEAST_MIN or each.times < 1:
            row = f"watched[{each.indicator}]"
            yield Fault(file, row, "a quiet day would be a surge", f"write at_least {AT_LEAST_MIN}, times 1, or more")
