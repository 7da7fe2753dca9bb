"""The papers of a story: reports and screenings about children who do not exist."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deploy.house.layout import REPOSITORY

INSTRUMENT = REPOSITORY / "deploy" / "instruments" / "intake_risk.toml"


def report(unit: str, occurred_at: datetime) -> dict[str, Any]:
    """What a school writes about an invented child."""
    return {
        "unit": unit,
        "channel": "integration",
        "reporter": {"kind": "school", "name": "Izmišljena Učiteljica", "contact": "izmisljena@skola.example"},
        "concerns": ["neglect", "dropout_risk"],
        "child": {"given_name": "Izmišljeno", "family_name": "Dijete", "birth_date": "2016-05-05", "sex": "female"},
        "narrative": "Izmišljeno: dijete već dvije sedmice ne dolazi na nastavu.",
        "occurred_at": occurred_at.isoformat(),
    }


def anonymous(unit: str, occurred_at: datetime) -> dict[str, Any]:
    """A neighbour who gives a name on the telephone and wants it not kept."""
    return {
        "unit": unit,
        "channel": "phone",
        "anonymous": True,
        "reporter": {"kind": "citizen", "name": "Izmišljeni Komšija", "contact": "komsija@primjer.example"},
        "concerns": ["housing"],
        "narrative": "Izmišljeno: noću se čuje plač.",
        "occurred_at": occurred_at.isoformat(),
    }


def on_paper(unit: str, occurred_at: datetime) -> dict[str, Any]:
    """A paper from a place without a line, typed in days later."""
    return {**report(unit, occurred_at), "channel": "paper", "concerns": ["not_immunised"]}


def first_answers() -> dict[str, str]:
    """The first option of each item of the screening instrument."""
    items = tomllib.loads(INSTRUMENT.read_text(encoding="utf-8"))["items"]
    return {item["code"]: item["options"][0]["code"] for item in items}


def screening(needs: list[str], answers: Mapping[str, str]) -> dict[str, Any]:
    """A caseworker's answers, with a judgement of her own."""
    reason = "Izmišljeno: sestra je već u programu, porodicu poznajemo."
    override = {"band": "high", "reason": reason}
    return {"outcome": "accepted", "needs": needs, "answers": dict(answers), "override": override}


def screened_out(answers: Mapping[str, str]) -> dict[str, Any]:
    """A report that does not become a case."""
    return {"outcome": "screened_out", "reason": "unfounded", "answers": dict(answers)}
