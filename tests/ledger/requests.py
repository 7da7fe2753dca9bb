"""What the clients of a run send: invented reports, answers and decisions, and requests that must be refused.

Chance is passed in; nothing here sends anything.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.contracts.codes import CaseOutcome, Concern, DeclineReason, Outcome, ScreenedOutReason

Json = dict[str, Any]

LARGE_BYTES = 300_000


def report(unit: str, now: datetime, chance: Random) -> Json:
    """An invented concern about an invented child."""
    anonymous = chance.random() < 0.1
    late = chance.random() < 0.1
    occurred = now - timedelta(days=chance.randint(1, 6)) if late else now - timedelta(minutes=chance.randint(1, 300))
    body: Json = {
        "unit": unit,
        "channel": "paper" if late else "integration",
        "concerns": sorted(chance.sample([concern.value for concern in Concern], chance.randint(1, 3))),
        "child": {
            "given_name": f"Izmišljeno {chance.randint(1, 9999)}",
            "birth_date": f"{chance.randint(2010, 2025)}-05-05",
        },
        "narrative": f"Invented for a fault campaign: {chance.getrandbits(64):x}.",
        "occurred_at": occurred.isoformat(),
        "anonymous": anonymous,
        "immediate_danger": chance.random() < 0.08,
    }
    if not anonymous:
        body["reporter"] = {"kind": "school", "name": "Izmišljena Učiteljica"}
    return body


def screening(needs: tuple[str, ...], chance: Random) -> Json:
    """A worker's decision: mostly a case with its needs, sometimes none, now and then against the instrument."""
    answers = {
        "neglect": chance.choice(["none", "occasional", "chronic"]),
        "carer": chance.choice(["limited", "unable"]),
    }
    if chance.random() < 0.06:
        answers["immediate_danger"] = "yes"
    body: Json = {"answers": answers}
    if chance.random() < 0.1:
        body["override"] = {"band": chance.choice(["low", "high"]), "reason": "Invented: seen on a visit."}
    if chance.random() < 0.15:
        return body | {"outcome": "screened_out", "reason": chance.choice(list(ScreenedOutReason)).value}
    return body | {"outcome": "accepted", "needs": chance.sample(needs, chance.choice([1, 1, 2]))}


def decline(chance: Random) -> Json:
    """A reason to say no."""
    return {"reason": chance.choice(list(DeclineReason)).value}


def complete(chance: Random) -> Json:
    """What came of a service."""
    return {"outcome": chance.choice(list(Outcome)).value}


def close(chance: Random) -> Json:
    """Why a centre ends its care, sometimes with a word about it."""
    body: Json = {"outcome": chance.choice(list(CaseOutcome)).value}
    return body | {"note": "Invented for a fault campaign."} if chance.random() < 0.3 else body


def bad_reports(unit: str, elsewhere: str, now: datetime, chance: Random) -> Iterator[tuple[str, bytes | Json, Json]]:
    """Reports that must be refused: what is wrong, the body, and how it is sent otherwise than a good one."""
    good = report(unit, now, chance)
    yield "unknown field", good | {"surname": "Izmišljeno"}, {}
    yield "wrong type", good | {"concerns": "neglect"}, {}
    yield "absurd date", good | {"occurred_at": (now + timedelta(days=400)).isoformat()}, {}
    yield "before all children", good | {"occurred_at": "1871-01-01T00:00:00Z"}, {}
    yield "unknown unit", good | {"unit": "NOWHERE"}, {}
    yield "another unit", good | {"unit": elsewhere}, {}
    yield "broken off", b'{"unit": "', {}
    yield "too large", good | {"narrative": "x" * LARGE_BYTES}, {}
    yield "no key", good, {"key": ""}
    yield "malformed key", good, {"key": "a b"}
    yield "forged token", good, {"headers": {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}}
    yield "no child", good | {"child": None}, {}
