"""What stands at the end: through the public addresses where there is one, else in the rooms' own rows, read only."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from tests.ledger.caller import Caller
from tests.ledger.databases import Databases
from tests.ledger.plan import ROOMS
from tests.ledger.record import Recorder
from tests.ledger.world import World

PAGE = 200
PAGES_MAX = 2_000
NOTHING: Mapping[str, str] = {}

COUNTERS = "SELECT topic, key, incarnation, drawn FROM counters"
UNPUBLISHED = "SELECT topic, type, subject FROM outbox WHERE published_at IS NULL"
SET_ASIDE = """SELECT event_id, topic || '/' || partition || '/' || "offset" AS record, reason FROM set_aside"""
WITNESS = "SELECT n, event_id, source, topic, key, incarnation, sequence FROM witness ORDER BY n"
WENT_BACK = "SELECT topic, partition, next_offset, to_offset FROM went_back"
DEADLINES = "SELECT kind, subject, due_at FROM deadlines"
STREAM_EVENTS = "SELECT stream, version, type, correlation_id FROM stream_events"
CASE_FACTS = "SELECT case_ref, what, referral, step FROM case_facts"
FACTS = "SELECT event_id FROM facts"
FIGURES = """SELECT indicator, scope AS unit, sum(number) AS number,
    scope = (SELECT scope FROM scopes GROUP BY scope ORDER BY count(*) DESC LIMIT 1) AS top
FROM cells WHERE breakdown = '' AND indicator = ANY ($1::text[]) GROUP BY indicator, scope"""
ENTRIES = "SELECT account, correlation_id FROM access_log WHERE action LIKE 'share%'"
FRAMES = "SELECT number, desk, alert, kind FROM frames ORDER BY number"
ALERTS = """SELECT ref, code, desk, cause, subject, step, state, raised_at, acknowledge_by, acknowledged_at, resolved_at
FROM alerts"""


SOURCES = {
    "intake": """SELECT 'reports_received' AS indicator, unit, count(*) AS number FROM reports GROUP BY unit
        UNION ALL SELECT 'cases_opened', unit, count(*) FROM cases GROUP BY unit
        UNION ALL SELECT 'cases_closed', unit, count(*) FROM cases WHERE state = 'closed' GROUP BY unit""",
    "referral": """SELECT i.indicator, r.unit, count(*) AS number
        FROM stream_events e JOIN referrals r ON e.stream = 'referral/' || r.ref
        JOIN (VALUES ('ReferralSent.v1', 'referrals_sent'), ('ReferralAccepted.v1', 'referrals_accepted'),
            ('ReferralDeclined.v1', 'referrals_declined'), ('ReferralCompleted.v1', 'referrals_completed'),
            ('ReferralFellSilent.v1', 'referrals_fallen_silent'), ('ReferralEscalated.v1', 'referrals_escalated'),
            ('NeedUnserved.v1', 'needs_unserved')
        ) AS i (type, indicator) ON i.type = e.type GROUP BY i.indicator, r.unit""",
    "notifications": """SELECT 'alerts_to_acknowledge' AS indicator, unit, count(*) AS number
        FROM alerts a WHERE acknowledge_by IS NOT NULL AND EXISTS (SELECT FROM frames f WHERE f.alert = a.ref)
        GROUP BY unit""",
}
"""What the rows of the rooms amount to, in the words of the indicators that count their events."""

COUNTED = (
    *("reports_received", "cases_opened", "cases_closed", "referrals_sent", "referrals_accepted"),
    *("referrals_declined", "referrals_completed", "referrals_fallen_silent", "referrals_escalated"),
    *("needs_unserved", "alerts_to_acknowledge"),
)


async def record_final(world: World, caller: Caller, databases: Databases, recorder: Recorder) -> None:
    """Record everything the rules ask about."""
    await _record_rows(databases, recorder)
    for unit in world.units:
        async for row in _pages(caller, world.workers[unit], "/intake/v1/reports"):
            recorder.row("reports", {"ref": row["report"], "state": row["state"], "unit": row["unit"]})
        async for row in _pages(caller, world.workers[unit], "/intake/v1/cases"):
            recorder.row("cases", {"ref": row["case"], "report": row["report"]})
        async for row in _pages(caller, world.workers[unit], "/referral/v1/referrals", direction="sent"):
            recorder.row("referrals", {"ref": row["referral"], **_some(row, "state", "receiver", "case", "next_check")})
    shown: dict[str, str] = {}
    for account in world.accounts:
        async for row in _pages(caller, account, "/notifications/v1/alerts"):
            shown[row["alert"]] = row["state"]
    for ref, state in shown.items():
        recorder.row("shown_alerts", {"ref": ref, "state": state})


async def _record_rows(databases: Databases, recorder: Recorder) -> None:
    for room in ROOMS:
        for table, question in (("counters", COUNTERS), ("unpublished", UNPUBLISHED), ("set_aside", SET_ASIDE)):
            await _each(databases, recorder, room, table, question, {"room": room})
        await _each(databases, recorder, room, f"{room}.witness", WITNESS)
        await _each(databases, recorder, room, "went_back", WENT_BACK, {"room": room})
    for room in ("referral", "notifications"):
        await _each(databases, recorder, room, "deadlines", DEADLINES)
    for room in ("intake", "referral"):
        await _each(databases, recorder, room, f"{room}.stream_events", STREAM_EVENTS)
    await _each(databases, recorder, "intake", "intake.case_facts", CASE_FACTS)
    await _each(databases, recorder, "analytics", "analytics.facts", FACTS)
    for room, question in SOURCES.items():
        await _each(databases, recorder, room, "sources", question)
    for row in await databases.ask("analytics", FIGURES, list(COUNTED)):
        recorder.row("figures", dict(row))
    await _each(databases, recorder, "intake", "access_log", ENTRIES)
    await _each(databases, recorder, "notifications", "notifications.frames", FRAMES)
    await _each(databases, recorder, "notifications", "alerts", ALERTS)


async def _each(
    databases: Databases,
    recorder: Recorder,
    room: str,
    table: str,
    question: str,
    more: Mapping[str, Any] | None = None,
) -> None:
    for row in await databases.ask(room, question):
        recorder.row(table, {**(more or {}), **dict(row)})


async def _pages(caller: Caller, account: str, path: str, **query: str) -> AsyncIterator[Mapping[str, Any]]:
    """Every row of a list, page by page."""
    after: dict[str, str] = {}
    for _ in range(PAGES_MAX):
        page = await caller.see(account, path, limit=PAGE, **query, **after)
        if page is None:
            raise LookupError(f"{account} is not shown {path}")
        for row in page["items"]:
            yield row
        if not page["next"]:
            return
        after = {"after": page["next"]}
        await asyncio.sleep(0)
    raise LookupError(f"{path} never ends")


def _some(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
