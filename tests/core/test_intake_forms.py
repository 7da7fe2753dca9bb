"""What intake accepts: bounded, strict, and never more than it described."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from intake.forms import AcceptForm, ReportForm, ScreenOutForm
from services.contracts.codes import Channel, ReporterKind

REPORT: dict[str, Any] = {
    "unit": "RS-BIL",
    "channel": "phone",
    "reporter": {"kind": "family", "name": "Izmišljena Tetka", "contact": "+387 00 000 000"},
    "concerns": ["neglect"],
    "child": {"given_name": " Izmišljeno ", "birth_date": "2018-05-05", "sex": "male"},
    "narrative": "Izmišljeno.",
    "occurred_at": "2026-03-02T09:00:00+01:00",
}
ACCEPT: dict[str, Any] = {"outcome": "accepted", "answers": {"item": "option"}, "needs": ["counselling"]}


def test_a_report_is_read_and_its_sealed_parts_are_set_apart() -> None:
    form = ReportForm.model_validate(REPORT)
    assert (form.channel, form.reporter_kind, form.immediate_danger) == (Channel.PHONE, ReporterKind.FAMILY, False)
    assert form.child.sealed() == {"given_name": "Izmišljeno", "birth_date": "2018-05-05", "sex": "male"}
    assert form.sealed_reporter() == {"name": "Izmišljena Tetka", "contact": "+387 00 000 000"}


def test_an_anonymous_reporters_name_is_not_kept_even_when_it_is_sent() -> None:
    form = ReportForm.model_validate({**REPORT, "anonymous": True})
    assert form.sealed_reporter() == {}
    assert form.reporter_kind is ReporterKind.FAMILY


def test_an_anonymous_report_needs_no_reporter() -> None:
    form = ReportForm.model_validate({**without("reporter"), "anonymous": True})
    assert form.reporter_kind is ReporterKind.OTHER


@pytest.mark.parametrize(
    "change",
    [
        {"reporter": None},
        {"surprise": 1},
        {"concerns": []},
        {"concerns": ["sorcery"]},
        {"occurred_at": 1_700_000_000},
        {"occurred_at": "2026-03-02T09:00:00"},
        {"occurred_at": "yesterday"},
        {"anonymous": "yes"},
        {"immediate_danger": 1},
        {"unit": "rs-bil; drop table"},
        {"unit": "RS-BIL\u0000"},
        {"narrative": "x" * 20_001},
        {"child": {"birth_date": 0}},
        {"child": {"birth_date": "1989-12-31"}},
        {"child": {"given_name": "x" * 121}},
        {"child": {"surprise": "x"}},
        {"child": None},
        {"reporter": {"kind": "family", "surprise": "x"}},
    ],
    ids=str,
)
def test_a_report_that_is_not_as_described_is_refused_without_quoting_it(change: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError) as refusal:
        ReportForm.model_validate({**REPORT, **change})
    assert "Tetka" not in str(refusal.value)


def test_a_decision_is_read_with_each_need_once() -> None:
    form = AcceptForm.model_validate({**ACCEPT, "needs": ["counselling", "mediation", "counselling"]})
    assert form.needs == ["counselling", "mediation"]


@pytest.mark.parametrize(
    "change",
    [
        {"needs": []},
        {"needs": ["Counselling!"]},
        {"needs": "counselling"},
        {"answers": {}},
        {"answers": {"item": 1}},
        {"override": {"band": "high"}},
        {"override": {"band": "extreme", "reason": "Izmišljeno."}},
        {"outcome": "screened_out"},
        {"reason": "unfounded"},
    ],
    ids=str,
)
def test_an_acceptance_that_is_not_as_described_is_refused(change: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AcceptForm.model_validate({**ACCEPT, **change})


def test_a_dismissal_names_its_reason_and_no_needs() -> None:
    dismissal = {"outcome": "screened_out", "answers": {"item": "option"}, "reason": "other_unit"}
    assert ScreenOutForm.model_validate(dismissal).reason == "other_unit"
    with pytest.raises(ValidationError):
        ScreenOutForm.model_validate({**dismissal, "needs": ["counselling"]})


def without(field: str) -> dict[str, Any]:
    """The report without one field."""
    return {name: value for name, value in REPORT.items() if name != field}
