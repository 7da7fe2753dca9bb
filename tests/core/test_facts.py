"""Analytics keeps each announcement once, in codes and on the day it happened where it happened."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from analytics.definitions import scopes
from analytics.fact import Context, Fact, fact_of, row_of
from analytics.indicator import Indicator, Kind, faults_of
from analytics.indicator_files import load_indicators
from analytics.reactions import day_in
from services.contracts.catalog import Announcement
from services.contracts.envelope import Envelope
from services.contracts.failures import Malformed
from services.contracts.faults import PolicyError
from services.contracts.names import LANGUAGES
from services.contracts.units import FormerParent, UnitTree
from tests.core import alert_stories as story

FOLDER = Path(__file__).parents[2] / "deploy"
INDICATORS = load_indicators(FOLDER)
CODES = {each.code: each for each in INDICATORS.indicators}


def kept(announcement: Announcement, envelope: Envelope | None = None) -> Fact:
    return fact_of(announcement, envelope or story.enveloped(announcement), day_in(story.POLICY))


def test_a_fact_is_what_was_said_with_both_times() -> None:
    announcement = story.sent()
    envelope = replace(story.enveloped(announcement, 4), recorded_time=story.MONDAY + story.HOUR)
    fact = kept(announcement, envelope)
    assert (fact.event_id, fact.type, fact.unit) == (envelope.id, envelope.type, story.UNIT)
    assert (fact.key, fact.subject) == (story.CASE, story.TO_CLINIC)
    assert (fact.occurred_at, fact.recorded_at) == (story.MONDAY, story.MONDAY + story.HOUR)
    assert fact.codes["need"] == story.NEED
    assert fact.codes["institution"] == announcement.receiver, "a referral is counted at the institution it asks"
    assert fact.codes["risk"] == "medium"
    assert "unit" not in fact.dimensions


def test_a_day_is_the_day_where_it_happened() -> None:
    just_before_midnight = datetime(2026, 1, 31, 22, 59, tzinfo=UTC)
    envelope = replace(story.enveloped(story.case_opened()), time=just_before_midnight)
    late = replace(envelope, recorded_time=just_before_midnight.replace(hour=23))
    assert (kept(story.case_opened(), late).day, kept(story.case_opened(), late).known_on) == (
        date(2026, 1, 31),
        date(2026, 2, 1),
    )
    elsewhere = replace(late, unit="NOWHERE", recorded_time=just_before_midnight)
    assert kept(story.case_opened(), elsewhere).known_on == date(2026, 1, 31), (
        "a place nobody knows is kept all the same"
    )


def test_a_case_and_a_referral_tell_of_themselves_for_all_that_is_said_of_them() -> None:
    case, sent = story.case_opened(), story.sent()
    assert kept(case).context == Context(
        case.case, sex=case.sex, age_band=case.age_band, institution=case.institution, risk=case.risk
    )
    assert kept(case).child == case.pseudonym
    assert kept(sent).context == Context(
        sent.referral, need=sent.need, institution=sent.receiver, risk=sent.risk, sent_at=sent.sent_at
    )
    assert kept(story.report_received()).context is None


def test_a_fact_can_be_written_down() -> None:
    for announcement in (story.report_received(), story.report_screened(), story.case_opened(), story.need_unserved()):
        row = row_of(kept(announcement))
        assert json.loads(json.dumps(row)) == row


def test_an_older_version_of_an_event_is_counted_with_the_newest() -> None:
    envelope = replace(story.enveloped(story.case_opened()), type="ba.spis.intake.case.opened.v0")
    assert (kept(story.case_opened(), envelope).type,) == INDICATORS.indicator("cases_opened").counts


def test_every_indicator_is_named_in_every_language() -> None:
    for each in INDICATORS.indicators:
        assert all(each.labels.spoken(language) for language in LANGUAGES)


def test_an_unknown_indicator_is_refused_by_naming_those_there_are() -> None:
    with pytest.raises(Malformed, match="cases_opened"):
        INDICATORS.indicator("horoscopes")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"counts": ("ba.spis.intake.child.born.v1",)}, "counts"),
        ({"counts": ()}, "counts"),
        ({"where": {"shoe_size": "42"}}, "where"),
        ({"has": ("shoe_size",)}, "where"),
        ({"breakdowns": ("shoe_size",)}, "breakdowns"),
        ({"of": ("cases_opened", "reports_received")}, "of"),
        ({"kind": Kind.CHILDREN, "breakdowns": ("risk",)}, "breakdowns"),
        ({"kind": Kind.STOCK, "counts": (), "breakdowns": (), "of": ("cases_opened",)}, "of"),
        ({"kind": Kind.SHARE, "counts": (), "breakdowns": (), "of": ("cases_opened", "horoscopes")}, "of"),
        ({"kind": Kind.SHARE, "of": ("cases_opened", "referrals_sent"), "breakdowns": ()}, "counts"),
        (
            {"kind": Kind.STOCK, "counts": (), "breakdowns": ("need",), "of": ("cases_opened", "referrals_sent")},
            "breakdowns",
        ),
    ],
)
def test_an_indicator_that_could_only_count_nothing_is_refused(changed: dict[str, object], field: str) -> None:
    good = CODES["cases_opened"]
    assert list(faults_of(good, CODES)) == []
    wrong: Indicator = replace(good, **changed)  # type: ignore[arg-type] # any field may be changed
    assert [name for name, _ in faults_of(wrong, CODES)] == [field]


def test_a_wrong_file_is_refused_by_file_field_and_remedy(tmp_path: Path) -> None:
    text = (FOLDER / "indicators" / "cases_opened.toml").read_text(encoding="utf-8")
    (tmp_path / "indicators").mkdir()
    wrong = text.replace("ba.spis.intake.case.opened.v1", "ba.spis.intake.case.opend.v1")
    (tmp_path / "indicators" / "cases_opened.toml").write_text(wrong, encoding="utf-8")
    (tmp_path / "indicators" / "other.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_indicators(tmp_path)
    assert "indicators/cases_opened.toml, counts: analytics hears no event" in str(refused.value)
    assert "indicators/other.toml, code" in str(refused.value)


def test_a_unit_lies_within_itself_and_all_above_it() -> None:
    within = {scope for unit, scope, _, _ in scopes(story.POLICY.units) if unit == story.UNIT}
    assert within == {unit.code for unit in story.POLICY.units.line(story.UNIT)}


def test_a_unit_that_moved_lay_elsewhere_until_that_day() -> None:
    moved = date(2026, 3, 10)
    units = {unit.code: unit for unit in story.POLICY.units}
    units[story.UNIT] = replace(units[story.UNIT], former_parents=(FormerParent("SBK", moved),))
    tree = UnitTree(units)
    spans = {scope: (since, until) for unit, scope, since, until in scopes(tree) if unit == story.UNIT}
    assert spans["SBK"][1] == spans["K10"][0] == moved
    assert spans["FBIH"] == spans[story.UNIT], "it never left what both lie in"
    assert [above.code for above in tree.line(story.UNIT, date(2026, 3, 9))][1] == "SBK"
    assert [above.code for above in tree.line(story.UNIT, moved)][1] == "K10"
