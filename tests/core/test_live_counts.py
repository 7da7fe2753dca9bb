"""Live counts: one event counts once, and whatever was lost or told twice, the facts set it right."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.live.tally import ANY_NEED, Cell, Facts, Tally, cells_of, window_of
from services.contracts.codes import LiveCount
from tests.core import alert_stories as story

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OLDEST = NOON - timedelta(hours=24)
HERE = ("topic", 0)


def cell(starts: datetime = NOON, need: str = ANY_NEED) -> Cell:
    """One number of an invented place."""
    return Cell(starts, "VALLEY", LiveCount.REPORTS, need)


def begun(count: int = 0, upto: int = 0) -> Tally:
    """A tally that the facts have set right once."""
    tally = Tally()
    assert tally.reconcile(Facts({cell(): count} if count else {}, {HERE: upto}), OLDEST) is None
    return tally


def test_a_window_is_a_quarter_of_an_hour() -> None:
    assert window_of(NOON + timedelta(minutes=14, seconds=59)) == NOON
    assert window_of(NOON + timedelta(minutes=15)) == NOON + timedelta(minutes=15)


def test_a_case_counts_once_whatever_the_need_and_once_for_each() -> None:
    opened = replace(story.case_opened(), needs=("speech_therapy", "housing"))
    counted = cells_of(opened, "VALLEY", NOON)
    assert [(each.what, each.need) for each in counted] == [
        (LiveCount.CASES, need) for need in (ANY_NEED, "speech_therapy", "housing")
    ]


def test_what_nobody_watches_is_not_counted() -> None:
    assert cells_of(story.report_screened(), "VALLEY", NOON) == ()


def test_a_record_counts_once_however_often_it_is_told() -> None:
    tally = begun()
    for _ in range(3):
        tally.hear(HERE, 0, "first", (cell(),))
    tally.hear(HERE, 1, "first", (cell(),))
    assert tally.counts[cell()] == 1


def test_what_the_facts_hold_already_is_passed() -> None:
    tally = begun(count=5, upto=8)
    tally.hear(HERE, 7, "seventh", (cell(),))
    tally.hear(HERE, 8, "eighth", (cell(),))
    assert tally.counts[cell()] == 6


def test_what_was_heard_beyond_the_facts_stays_when_they_come() -> None:
    tally = begun()
    for offset in range(4):
        tally.hear(HERE, offset, str(offset), (cell(),))
    assert tally.reconcile(Facts({cell(): 3}, {HERE: 3}), OLDEST) == 0
    assert tally.counts[cell()] == 4
    assert tally.reconcile(Facts({cell(): 4}, {HERE: 4}), OLDEST) == 0


def test_what_was_counted_and_is_no_fact_is_drift_and_goes() -> None:
    tally = begun(count=1)
    tally.hear(HERE, 0, "repeat", (cell(),))
    assert tally.reconcile(Facts({cell(): 1}, {HERE: 1}), OLDEST) == 1
    assert tally.counts[cell()] == 1


def test_what_was_never_heard_comes_from_the_facts_without_being_called_drift() -> None:
    tally = begun()
    facts = Facts({cell(): 7}, {HERE: 7})
    assert tally.behind(facts.positions) == 7
    assert tally.reconcile(facts, OLDEST) is None
    assert tally.counts[cell()] == 7


def test_facts_that_are_being_counted_again_set_nothing_right() -> None:
    tally = begun(count=5, upto=8)
    assert tally.reconcile(Facts({cell(): 1}, {HERE: 2}), OLDEST) is None
    assert tally.counts[cell()] == 5


def test_windows_of_long_ago_are_let_go_without_being_drift() -> None:
    tally = begun()
    tally.hear(HERE, 0, "past", (cell(),))
    assert tally.reconcile(Facts({}, {HERE: 1}), NOON + timedelta(minutes=15)) == 0
    assert not tally.counts


def test_history_that_is_told_only_now_is_not_live() -> None:
    tally = begun()
    tally.hear(HERE, 0, "history", (cell(OLDEST - timedelta(minutes=15)), cell()))
    assert set(tally.counts) == {cell()}


def test_what_changed_is_told_until_it_is_written_as_it_is() -> None:
    tally = begun()
    tally.hear(HERE, 0, "a", (cell(),))
    written = tally.changed()
    tally.hear(HERE, 1, "b", (cell(),))
    tally.wrote(written)
    assert tally.changed() == {cell(): 2}
    tally.wrote(tally.changed())
    assert tally.changed() == {}


def test_there_is_an_end_to_what_lies_ahead_of_the_facts() -> None:
    tally = Tally(ahead_max=3)
    for offset in range(5):
        tally.hear(HERE, offset, str(offset), (cell(),))
    assert tally.counts[cell()] == 5
    tally.reconcile(Facts({}, {HERE: 0}), OLDEST)
    assert tally.counts[cell()] == 3


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60), st.integers(0, 30))
def test_lost_repeated_or_late_the_counts_end_as_the_facts(heard: list[tuple[int, bool]], upto: int) -> None:
    log = {offset: cell(NOON + timedelta(minutes=15 * (offset % 3))) for offset in range(31)}
    tally = begun()
    for offset, is_reconciled in heard:
        tally.hear(HERE, offset, str(offset), (log[offset],))
        if is_reconciled:
            tally.reconcile(Facts(Counter(log[each] for each in range(upto)), {HERE: upto}), OLDEST)
    tally.reconcile(Facts(Counter(log.values()), {HERE: 31}), OLDEST)
    assert +tally.counts == Counter(log.values())
