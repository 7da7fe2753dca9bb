"""Verifies the access log against its chain, and that against the heads another room kept; it changes nothing."""

import json
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from intake.access_log.chain import BEGINNING, Head, sealed
from services.contracts.failures import Refused
from services.runtime.room import Surroundings

FINDINGS_SHOWN_MAX = 20
ROWS_AT_ONCE = 5_000
READ_SECONDS_MAX = 3_600.0
WAITS_AT_MOST = timedelta(minutes=1)
HEADS_BYTES_MAX = 16_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed: gap, missing, changed, unsealed, or head."""

    kind: str
    number: int | None = None
    entry: int | None = None


@dataclass(slots=True)
class Verdict:
    """What a verification found; `beyond` entries are sealed, but no other room was told of them yet."""

    entries: int = 0
    heads: int = 0
    beyond: int = 0
    waiting: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep the first of them."""
        self.found += 1
        if len(self.findings) < FINDINGS_SHOWN_MAX:
            self.findings.append(finding)


async def verify(conn: Any, statements: Mapping[str, str], kept: Iterable[Head]) -> Verdict:
    """Go through the whole log, link by link, in the transaction that a connection is in."""
    verdict, expected = Verdict(), {(head.length, head.hash) for head in kept}
    verdict.heads = len(expected)
    told = max((length for length, _ in expected), default=0)
    head = BEGINNING
    async for row in conn.cursor(statements["every_link"], prefetch=ROWS_AT_ONCE, timeout=READ_SECONDS_MAX):
        head = _follow(verdict, head, row)
        verdict.entries += 1
        verdict.beyond += head.length > told
        expected.discard((head.length, head.hash))
    for length, _ in sorted(expected):
        verdict.add(Finding("head", number=length))
    async for row in conn.cursor(statements["entries_without_link"], WAITS_AT_MOST, timeout=READ_SECONDS_MAX):
        verdict.waiting += row["waits"]
        if not row["waits"]:
            verdict.add(Finding("unsealed", entry=row["id"]))
    return verdict


def _follow(verdict: Verdict, head: Head, row: Any) -> Head:
    """The head after one more link; what is wrong with it is told once, and the chain goes on from what is there."""
    if row["number"] != head.length + 1:
        verdict.add(Finding("gap", row["number"], row["entry"]))
        head = Head(row["number"] - 1, head.hash)
    if row["id"] is None:
        verdict.add(Finding("missing", row["number"], row["entry"]))
    elif sealed(head, row["entry"], row).hash != row["hash"]:
        verdict.add(Finding("changed", row["number"], row["entry"]))
    return Head(row["number"], row["hash"])


async def verify_access_log(around: Surroundings) -> Mapping[str, Any]:
    """What an operator does with the heads that referral kept, given on the input: 0 findings, or a refusal."""
    kept = [Head(row["length"], bytes.fromhex(row["head"])) for row in _heads_given()]
    if not kept:
        raise Refused(
            "no_head", "No other room keeps a head yet, so nothing shows where the log ended: try again later."
        )
    began = time.monotonic()
    async with (
        around.database.pool.acquire() as conn,
        conn.transaction(isolation="repeatable_read", readonly=True),
    ):
        verdict = await verify(conn, around.database.statements, kept)
    seconds = time.monotonic() - began
    told = asdict(verdict) | {"entries_a_second": round(verdict.entries / max(seconds, 0.001))}
    if verdict.found:
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        raise Refused("access_log_changed", f"{verdict.found} places are not as they were sealed.")
    return told


def _heads_given() -> list[dict[str, Any]]:
    """The output of `python -m referral heads`."""
    text = sys.stdin.read(HEADS_BYTES_MAX)
    try:
        return list(json.loads(text)["heads"])
    except (ValueError, KeyError, TypeError):
        raise Refused("heads_unreadable", "give what `python -m referral heads` prints on the input") from None
