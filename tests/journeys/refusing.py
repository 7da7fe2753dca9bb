"""How a refusal must look, whatever was wrong; and proof, from below, that it left nothing behind."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from deploy.house import House
from tests.journeys.looking import rows

SAYS_WHAT_TO_DO = re.compile(
    r"\b(accept|ask|check|choose|close|complete|correct|decline|follow|get|give|leave|name|read|report|send|start|use|"
    r"wait|withdraw|write|see)\b",
    re.IGNORECASE,
)
MEMBERS = {"type", "title", "status", "code", "detail", "correlation_id"}

LEFT_BEHIND = {
    "intake": """SELECT (SELECT count(*) FROM reports) AS reports, (SELECT count(*) FROM cases) AS cases,
        (SELECT count(*) FROM vault) AS vault, (SELECT count(*) FROM concerned) AS concerned,
        (SELECT count(*) FROM pseudonyms) AS pseudonyms, (SELECT count(*) FROM idempotency) AS replies,
        (SELECT count(*) FROM access_log) AS openings,
        (SELECT count(*) FROM outbox WHERE topic <> 'spis.intake.access_log.v1') AS said,
        (SELECT count(*) FROM stream_events WHERE stream LIKE 'report/%') AS decided""",
    "referral": """SELECT (SELECT count(*) FROM idempotency) AS replies,
        (SELECT count(*) FROM stream_events WHERE actor <> 'system') AS decided""",
    "notifications": """SELECT (SELECT count(*) FROM idempotency) AS replies,
        (SELECT count(*) FROM alerts WHERE acknowledged_by IS NOT NULL) AS noted""",
}
"""Counts that only a request can raise; what the house does by itself meanwhile is not among them."""


def refused(answer: httpx2.Response, status: int, code: str, sent: Iterable[str] = ()) -> dict[str, Any]:
    """The problem of a refusal, once it is seen to say what to do and to repeat nothing of what was sent."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code), problem
    assert problem.keys() >= MEMBERS
    assert answer.headers["x-correlation-id"] == problem["correlation_id"]
    errors = problem.get("errors", [])
    assert SAYS_WHAT_TO_DO.search(problem["detail"]), problem["detail"]
    assert all(error.keys() == {"place", "rule", "says"} for error in errors)
    # By chance any four digits stand in the name of a journey.
    said = answer.text.replace(problem["correlation_id"], "")
    assert not [text for text in sent if text in said]
    return problem


@asynccontextmanager
async def without_effect(house: House) -> AsyncIterator[None]:
    """Whatever is asked inside leaves every count as it was."""
    before = await _counts(house)
    yield
    after = await _counts(house)
    assert after == before, "something was left behind, or somebody else asked meanwhile"


async def _counts(house: House) -> dict[str, dict[str, int]]:
    return {room: dict((await rows(house, room, statement))[0]) for room, statement in LEFT_BEHIND.items()}
