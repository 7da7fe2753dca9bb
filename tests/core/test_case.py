"""A case opens once, and keeps what it hears about its referrals the same in whatever order it hears it."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.announcements import announce_case
from intake.case import (
    INITIAL,
    CareEnded,
    Close,
    Closed,
    Command,
    Event,
    InCare,
    Note,
    Noted,
    Open,
    Opened,
    State,
    Unopened,
    decide,
    evolve,
)
from intake.child import age_band, bands_of
from intake.progress import Fact, NeedNow, Progress, What, live_referrals, needs_now, timeline
from intake.reactions import react
from services.contracts.codes import AgeBand, CaseOutcome, Sex
from services.contracts.failures import Refused
from services.contracts.intake import CaseClosed, CaseOpened
from tests.core.intake_stories import CASE, MONDAY, WORKER, episode, journey, other_episode

OPEN = Open(episode(), MONDAY, WORKER)
FIRST = Note(Fact(What.SENT, MONDAY, "F-1", need="counselling", attempt=1))
SECOND = Note(Fact(What.ACCEPTED, MONDAY + timedelta(days=1), "F-1"))
ENDED = Note(Fact(What.WITHDRAWN, MONDAY + timedelta(days=2), "F-1"))
CLOSE = Close(CaseOutcome.NEEDS_MET, MONDAY + timedelta(days=3), WORKER)
COMMANDS: dict[str, Command] = {
    "open": OPEN,
    "open otherwise": replace(OPEN, episode=other_episode()),
    "note known": FIRST,
    "note new": SECOND,
    "close": CLOSE,
    "close otherwise": replace(CLOSE, outcome=CaseOutcome.MOVED_AWAY),
}


def after(*commands: Command) -> State:
    """The state in which these commands leave a new case."""
    state = INITIAL
    for command in commands:
        for event in decide(state, command):
            state = evolve(state, event)
    return state


STATES: dict[str, State] = {
    "unopened": after(FIRST),
    "in care": after(OPEN, FIRST),
    "in care and nothing live": after(OPEN, FIRST, ENDED),
    "care ended": after(OPEN, FIRST, ENDED, CLOSE),
}
GRID: dict[tuple[str, str], list[type[Event]] | str] = {
    ("unopened", "open"): [Opened],
    ("unopened", "open otherwise"): [Opened],
    ("unopened", "note known"): [],
    ("unopened", "note new"): [Noted],
    ("in care", "open"): [],
    ("in care", "open otherwise"): "case_open",
    ("in care", "note known"): [],
    ("in care", "note new"): [Noted],
    ("unopened", "close"): "case_unopened",
    ("unopened", "close otherwise"): "case_unopened",
    ("in care", "close"): "referral_live",
    ("in care", "close otherwise"): "referral_live",
    ("in care and nothing live", "open"): [],
    ("in care and nothing live", "open otherwise"): "case_open",
    ("in care and nothing live", "note known"): [],
    ("in care and nothing live", "note new"): [Noted],
    ("in care and nothing live", "close"): [Closed],
    ("in care and nothing live", "close otherwise"): [Closed],
    ("care ended", "open"): [],
    ("care ended", "open otherwise"): "case_open",
    ("care ended", "note known"): [],
    ("care ended", "note new"): [Noted],
    ("care ended", "close"): [],
    ("care ended", "close otherwise"): "case_closed",
}


def test_the_grid_has_every_cell() -> None:
    assert set(GRID) == set(product(STATES, COMMANDS))
    assert {type(state) for state in STATES.values()} == {Unopened, InCare, CareEnded}


@pytest.mark.parametrize(("state", "command"), GRID, ids=[" · ".join(cell) for cell in GRID])
def test_every_state_meets_every_command(state: str, command: str) -> None:
    match GRID[state, command]:
        case str(code):
            with pytest.raises(Refused) as refusal:
                decide(STATES[state], COMMANDS[command])
            assert refusal.value.code == code
        case expected:
            assert [type(event) for event in decide(STATES[state], COMMANDS[command])] == expected


def test_opening_twice_at_another_time_adds_nothing() -> None:
    assert decide(after(OPEN), replace(OPEN, opened_at=MONDAY + timedelta(days=1), opened_by="other")) == []


def commands_of_the_journey() -> list[Command]:
    """The opening and everything referral said, as commands."""
    return [OPEN, *(note for announcement in journey() for _, note in react(announcement))]  # type: ignore[arg-type]


def test_who_closes_too_early_is_told_which_referrals_are_live() -> None:
    with pytest.raises(Refused, match=r"Still live: F-1\. Withdraw"):
        decide(STATES["in care"], CLOSE)


@pytest.mark.parametrize("what", What)
def test_a_referral_is_live_until_it_is_declined_withdrawn_or_completed(what: What) -> None:
    facts = [Fact(What.SENT, MONDAY, "F-1"), Fact(what, MONDAY, None if what is What.UNSERVED else "F-1")]
    ended = what in {What.DECLINED, What.WITHDRAWN, What.COMPLETED}
    assert live_referrals(facts) == (() if ended else ("F-1",))


def test_what_is_heard_after_the_end_is_kept_and_changes_nothing_of_it() -> None:
    state = after(OPEN, CLOSE, *(note for one in journey() for _, note in react(one)))  # type: ignore[arg-type]
    assert isinstance(state, CareEnded)
    assert (state.outcome, state.closed_at, len(state.facts)) == (CLOSE.outcome, CLOSE.closed_at, len(journey()))


@given(st.data())
def test_any_order_and_any_repetition_end_the_same(data: st.DataObject) -> None:
    straight = commands_of_the_journey()
    repeated = data.draw(st.lists(st.sampled_from(straight), max_size=6))
    shuffled = data.draw(st.permutations([*straight, *repeated]))
    assert after(*shuffled) == after(*straight)


def test_the_case_file_says_where_each_need_stands() -> None:
    state = after(*commands_of_the_journey())
    assert isinstance(state, InCare)
    needs = needs_now(state.episode.needs, state.facts)
    assert [(now.need, now.progress, now.referral, now.attempt) for now in needs] == [
        ("counselling", Progress.COMPLETED, "F-2", 2),
        ("school_transport", Progress.ACCEPTED, "F-3", 1),
        ("legal_aid", Progress.UNSERVED, None, None),
        ("respite", Progress.UNSERVED, None, None),
    ]
    assert needs[0].code == "need_met"
    assert [fact.at for fact in timeline(state.facts)] == sorted(fact.at for fact in state.facts)


@pytest.mark.parametrize(
    ("until", "progress"),
    [
        (0, Progress.SENT),
        (1, Progress.SILENT),
        (2, Progress.SILENT),
        (3, Progress.SILENT),
        (4, Progress.ACCEPTED),
    ],
)
def test_a_silent_referral_climbs_and_a_late_answer_is_welcome(until: int, progress: Progress) -> None:
    bus = [note.fact for one in journey() for _, note in react(one) if note.fact.referral == "F-3"]  # type: ignore[arg-type]
    (now,) = needs_now(["school_transport"], bus[: until + 1])
    assert now.progress == progress
    if until == 3:
        assert (now.step, now.code) == (2, "BIH")


@given(st.permutations([What.SENT, What.SILENT, What.ACCEPTED, What.UNDER_WAY, What.COMPLETED]))
def test_how_far_a_referral_came_counts_more_than_the_minute_it_happened(kinds: list[What]) -> None:
    clocks_astray = [Fact(kind, MONDAY + timedelta(minutes=n), "F-1", "counselling") for n, kind in enumerate(kinds)]
    (now,) = needs_now(["counselling"], clocks_astray)
    assert now.progress == Progress.COMPLETED


def test_a_need_nobody_was_asked_about_is_open() -> None:
    assert needs_now(["counselling"], []) == (NeedNow("counselling", Progress.OPEN),)


def test_a_new_attempt_after_nobody_served_counts() -> None:
    unserved = Fact(What.UNSERVED, MONDAY, need="counselling")
    asked = Fact(What.SENT, MONDAY + timedelta(days=1), "F-9", need="counselling", attempt=1)
    (now,) = needs_now(["counselling"], [asked, unserved])
    assert (now.progress, now.referral) == (Progress.SENT, "F-9")


def test_only_the_opening_and_the_end_are_announced_and_only_in_codes() -> None:
    (opened,) = announce_case(CASE, after(OPEN), Opened(episode(), MONDAY, WORKER))
    assert isinstance(opened, CaseOpened)
    assert (opened.case, opened.pseudonym, opened.needs) == (CASE, episode().pseudonym, episode().needs)
    assert list(announce_case(CASE, after(OPEN, FIRST), Noted(FIRST.fact))) == []
    end = Closed(CLOSE.outcome, CLOSE.closed_at, WORKER)
    (closed,) = announce_case(CASE, after(OPEN, CLOSE), end)
    assert closed == CaseClosed(
        CASE, opened.unit, opened.institution, opened.needs, CLOSE.outcome, opened.opened_at, CLOSE.closed_at
    )


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2026, 3, 2), AgeBand.UNDER_7),
        (date(2019, 3, 3), AgeBand.UNDER_7),
        (date(2019, 3, 2), AgeBand.FROM_7_TO_14),
        (date(2011, 3, 3), AgeBand.FROM_7_TO_14),
        (date(2011, 3, 2), AgeBand.FROM_15_TO_16),
        (date(2009, 3, 2), AgeBand.FROM_17_TO_18),
        (date(2007, 3, 3), AgeBand.FROM_17_TO_18),
        (date(2007, 3, 2), AgeBand.UNKNOWN),
        (date(2026, 3, 3), AgeBand.UNKNOWN),
        (None, AgeBand.UNKNOWN),
    ],
)
def test_a_birth_date_becomes_a_band(born: date | None, band: AgeBand) -> None:
    assert age_band(born, date(2026, 3, 2)) == band


def test_a_child_born_on_a_leap_day_has_a_birthday_in_march() -> None:
    assert age_band(date(2020, 2, 29), date(2027, 2, 28)) == AgeBand.UNDER_7
    assert age_band(date(2020, 2, 29), date(2027, 3, 1)) == AgeBand.FROM_7_TO_14


def test_a_sealed_section_gives_a_band_and_a_sex_and_nothing_else() -> None:
    sealed = {"given_name": "Izmišljena", "birth_date": "2018-05-05", "sex": "female"}
    assert bands_of(sealed, date(2026, 3, 2)) == (AgeBand.FROM_7_TO_14, Sex.FEMALE)
    assert bands_of({}, date(2026, 3, 2)) == (AgeBand.UNKNOWN, Sex.UNKNOWN)
    assert bands_of(None, date(2026, 3, 2)) == (AgeBand.UNKNOWN, Sex.UNKNOWN)
