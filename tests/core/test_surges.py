"""A surge is far more than usual, at once; it is told once, and a quiet place's ordinary day is none."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics.announcements import announce
from analytics.live.tally import ANY_NEED, WINDOW, Cell
from analytics.surge import Before, Stretch, Terms, Watched, stretches, surge
from analytics.surge_files import load_surge_terms, surge_faults
from services.contracts.codes import LiveCount

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TERMS = Terms(
    version=1,
    valid_from=NOON.date(),
    looks_back=HOUR,
    usual_days=28,
    quiet=6 * HOUR,
    watched=(Watched(LiveCount.REPORTS, False, 10, 4), Watched(LiveCount.CASES, True, 6, 4)),
)
MONTH_AGO = NOON - timedelta(days=28)
QUIET_MONTH = Before(28, MONTH_AGO)
"""One a day."""


def cell(number: int = 0, what: LiveCount = LiveCount.REPORTS, need: str = ANY_NEED) -> Cell:
    """A number, so many windows after noon."""
    return Cell(NOON + number * WINDOW, "VALLEY", what, need)


def stretch(count: int, what: LiveCount = LiveCount.REPORTS, need: str = ANY_NEED) -> Stretch:
    """So many within the hour after noon."""
    return Stretch(NOON + HOUR, NOON, "VALLEY", what, need, count)


def found(counts: Mapping[Cell, int], *changed: Cell) -> list[tuple[datetime, int]]:
    """The stretches in which there is enough, by their start."""
    return [(each.starts, each.count) for each in stretches(counts, changed or counts, TERMS)]


def test_ten_reports_of_an_hour_are_looked_at_and_nine_are_not() -> None:
    assert found({cell(): 9}) == []
    assert (NOON, 10) in found({cell(): 10})


def test_what_lies_on_both_sides_of_a_window_or_an_hour_is_seen_together() -> None:
    assert found({cell(3): 5, cell(4): 5}, cell(4)) == [(NOON + n * WINDOW, 10) for n in (1, 2, 3)]
    assert found({cell(0): 5, cell(4): 5}) == []


def test_only_what_is_watched_counts_and_each_need_apart() -> None:
    assert found({cell(what=LiveCount.REFERRALS): 50}) == []
    assert found({cell(what=LiveCount.CASES): 50}) == []
    assert found({cell(what=LiveCount.CASES, need="housing"): 3, cell(what=LiveCount.CASES, need="shelter"): 3}) == []
    assert found({cell(what=LiveCount.CASES, need="housing"): 6}) != []


def test_far_more_than_usual_is_a_surge_and_what_is_usual_is_none() -> None:
    told = surge(stretch(12), QUIET_MONTH, TERMS)
    assert told is not None
    assert told.usual == 1
    busy = Before(28 * 24 * 3, MONTH_AGO)
    assert surge(stretch(12), busy, TERMS) is None
    assert surge(stretch(13), busy, TERMS) is not None


def test_a_young_house_is_not_taken_to_have_been_empty_for_a_month() -> None:
    two_days = Before(48 * 3, NOON - timedelta(days=2))
    assert surge(stretch(12), two_days, TERMS) is None
    assert surge(stretch(12), Before(0, NOON), TERMS) is not None


def test_the_same_surge_has_the_same_reference_and_another_need_another() -> None:
    cases = [surge(stretch(8, LiveCount.CASES, need), QUIET_MONTH, TERMS) for need in ("housing", "housing", "shelter")]
    refs = [each.ref for each in cases if each]
    assert len(refs) == 3
    assert refs[0] == refs[1] != refs[2]


def test_what_leaves_holds_codes_counts_and_dates() -> None:
    told = surge(stretch(12), QUIET_MONTH, TERMS)
    assert told is not None
    said = announce(told, NOON + HOUR)
    assert (said.unit, said.indicator, said.need, said.count, said.usual) == ("VALLEY", "reports", None, 12, 1)
    assert (said.window_starts, said.window_ends, said.detected_at) == (NOON, NOON + HOUR, NOON + HOUR)


def test_the_terms_of_the_house_can_be_used() -> None:
    terms = load_surge_terms(Path(__file__).parents[2] / "deploy")
    assert terms.watching(cell()) is not None


@pytest.mark.parametrize(
    ("wrong", "row"),
    [
        ({"looks_back": timedelta(minutes=20)}, "looks_back"),
        ({"looks_back": timedelta(hours=30), "quiet": timedelta(hours=30)}, "looks_back"),
        ({"usual_days": 0}, "usual_days"),
        ({"quiet": timedelta(minutes=1)}, "quiet"),
        ({"watched": TERMS.watched[:1] * 2}, "watched[reports]"),
        ({"watched": (Watched(LiveCount.REPORTS, True, 10, 4),)}, "watched[reports]"),
        ({"watched": (Watched(LiveCount.CASES, True, 1, 4),)}, "watched[cases]"),
    ],
)
def test_terms_that_make_no_sense_are_refused_by_row(wrong: dict[str, object], row: str) -> None:
    assert [fault.row for fault in surge_faults("terms.toml", replace(TERMS, **wrong))] == [row]  # type: ignore[arg-type]
