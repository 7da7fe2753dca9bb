"""An instrument suggests a band: worse answers never make it lower, and what nobody knows is not harmless."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.instrument import BANDS, Instrument, Item, Option, Threshold, score
from intake.instrument_files import in_force, instrument_faults, load_instruments
from services.contracts.codes import RiskBand
from services.contracts.failures import Malformed
from services.contracts.names import Names

INSTRUMENTS = load_instruments(Path(__file__).parents[2] / "deploy")
INTAKE_RISK = INSTRUMENTS["intake_risk.v1"]
HARMLESS = {item.code: min(item.options, key=lambda option: option.score).code for item in INTAKE_RISK.items}

answered = st.fixed_dictionaries(
    {}, optional={item.code: st.sampled_from([each.code for each in item.options]) for item in INTAKE_RISK.items}
)


def band(**answers: str) -> RiskBand:
    return score(INTAKE_RISK, HARMLESS | answers).band


def test_every_band_can_be_reached() -> None:
    assert band() == RiskBand.LOW
    assert band(earlier_reports="several", child_age="under_3", basic_needs="partly") == RiskBand.MEDIUM
    assert band(sexual_harm="suspected") == RiskBand.HIGH
    assert band(immediate_danger="yes") == RiskBand.CRITICAL


def test_many_small_signs_weigh_as_much_as_one_grave_one() -> None:
    worst_small = {"carer": "source_of_harm", "access": "daily", "neglect": "chronic", "violence_at_home": "repeated"}
    assert band(**worst_small) == RiskBand.HIGH
    assert band(**worst_small, basic_needs="unmet", child_signs="runs_away", physical_harm="marks") == RiskBand.HIGH
    all_of_them = {"child_age": "under_3", "dependence": "wholly"}
    assert (
        band(**worst_small, **all_of_them, basic_needs="unmet", child_signs="runs_away", physical_harm="marks")
        == RiskBand.CRITICAL
    )


def test_one_grave_answer_is_enough_and_many_harmless_ones_do_not_outweigh_it() -> None:
    for item in INTAKE_RISK.items:
        for option in item.options:
            if option.at_least is not None:
                assert BANDS.index(band(**{item.code: option.code})) >= BANDS.index(option.at_least)


def test_nothing_known_is_not_low() -> None:
    screening = score(INTAKE_RISK, {})
    assert screening.band == RiskBand.MEDIUM
    assert screening.unanswered == tuple(item.code for item in INTAKE_RISK.items)
    assert screening.instrument == "intake_risk.v1"


@settings(deadline=None)
@given(answered, st.data())
def test_a_worse_answer_never_lowers_score_or_band(answers: dict[str, str], data: st.DataObject) -> None:
    before = score(INTAKE_RISK, answers)
    item = data.draw(st.sampled_from(INTAKE_RISK.items))
    now = item.option(answers.get(item.code, item.unanswered))
    worse = [option for option in item.options if option.score >= now.score]
    after = score(INTAKE_RISK, answers | {item.code: data.draw(st.sampled_from(worse)).code})
    assert after.score >= before.score
    assert BANDS.index(after.band) >= BANDS.index(before.band)


@settings(deadline=None)
@given(answered)
def test_an_item_left_out_counts_as_its_unanswered_option(answers: dict[str, str]) -> None:
    whole = {item.code: answers.get(item.code, item.unanswered) for item in INTAKE_RISK.items}
    assert replace(score(INTAKE_RISK, answers), unanswered=()) == score(INTAKE_RISK, whole)


def test_within_an_item_a_higher_score_never_forces_a_lower_band() -> None:
    for item in INTAKE_RISK.items:
        in_order = sorted(item.options, key=lambda option: option.score)
        forced = [BANDS.index(option.at_least or RiskBand.LOW) for option in in_order]
        assert forced == sorted(forced), item.code


@pytest.mark.parametrize("answers", [{"shoe_size": "42"}, {"child_age": "under_300"}, {"": ""}])
def test_an_unknown_item_or_option_is_malformed(answers: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="has no"):
        score(INTAKE_RISK, answers)


def test_old_versions_stay_and_the_newest_that_counts_is_used() -> None:
    second = replace(INTAKE_RISK, version=2, valid_from=date(2027, 1, 1))
    both = {**INSTRUMENTS, second.reference: second}
    assert in_force(both, "intake_risk", date(2026, 12, 31)) is INTAKE_RISK
    assert in_force(both, "intake_risk", date(2027, 1, 1)) is second
    assert in_force(both, "intake_risk", date(2001, 1, 1)) is None
    assert in_force(both, "horoscope", date(2027, 1, 1)) is None


WORDS = Names("da", "da", "да", "yes")
SMALL = Instrument(
    code="small",
    version=1,
    valid_from=date(2020, 1, 1),
    title=WORDS,
    basis="invented",
    thresholds=tuple(Threshold(each, start) for each, start in zip(BANDS, (0, 1, 2, 3), strict=True)),
    items=(Item("one", WORDS, "no", (Option("no", WORDS, 0), Option("yes", WORDS, 1))),),
)
NO_OPTION = replace(SMALL.items[0], unanswered="perhaps")
CHEERFUL = replace(SMALL.items[0], options=(Option("no", WORDS, -1),))


@pytest.mark.parametrize(
    ("instrument", "sentence"),
    [
        (replace(SMALL, code="other"), "instruments/small.toml, code: 'other' is not the name of the file; name"),
        (
            replace(SMALL, thresholds=SMALL.thresholds[1:]),
            "thresholds: they are not one of each band; list low, medium",
        ),
        (
            replace(SMALL, thresholds=tuple(replace(each, from_score=1) for each in SMALL.thresholds)),
            "thresholds: [1, 1, 1, 1] does not rise from 0; begin at 0",
        ),
        (replace(SMALL, items=SMALL.items * 2), "items[one]: the code stands here 2 times; keep one row"),
        (
            replace(SMALL, items=(NO_OPTION,)),
            "items[one].unanswered: 'perhaps' is none of the options; name the option",
        ),
        (replace(SMALL, items=(CHEERFUL,)), "items[one].options[no].score: score -1 would make a worse answer look"),
        (replace(SMALL, title=Names("", "a", "b", "c")), "title.bs: this is empty; write the name in that language"),
    ],
)
def test_an_instrument_that_cannot_be_scored_is_refused(instrument: Instrument, sentence: str) -> None:
    assert any(sentence in str(fault) for fault in instrument_faults({"small": instrument}))


def test_a_sound_instrument_has_no_fault() -> None:
    assert list(instrument_faults({"small": SMALL, "intake_risk": INTAKE_RISK})) == []
