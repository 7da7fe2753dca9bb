"""What is put on the topic of reports: invented cases of two events each, and bad events of each kind."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from deploy.demo.story import STARTS
from services.bus.kafka import KafkaSettings, producer
from services.contracts.catalog import BY_EVENT, REPORTS, body
from services.contracts.codes import Channel, Concern, ReporterKind, RiskBand, ScreenedOutReason, ScreeningOutcome
from services.contracts.envelope import BODY_BYTES_MAX, Envelope, Headers, encode
from services.contracts.intake import ReportReceived, ReportScreened
from tests.prove.poisoned.stage import HANGS, KILLS, RAISES

UNITS = ("RS-BIL", "RS-GAC", "FBIH-K10-LIV", "RS-PRN")
BEGAN = datetime.fromisoformat(STARTS)
MALFORMED, UNKNOWN, HUGE = "R-MALF", "R-UNKN", "R-HUGE"
QUIET_KINDS = (MALFORMED, UNKNOWN, HUGE, RAISES)
"""The kinds that may cost other cases next to nothing."""

Record = tuple[bytes, bytes, Headers]


@dataclass(frozen=True, slots=True)
class Put:
    """A record, and the event it is where it can be read and is a good one."""

    record: Record
    event: str | None


def good(number: int) -> Iterator[Put]:
    """A report that comes in and is screened out."""
    yield from _case(f"R-{number:05d}-GOOD", number)


def bad(kind: str, name: str, number: int, *, poisoned: bool) -> Iterator[Put]:
    """A bad event, and the good one behind it; in a clean run only what a mended house makes of them."""
    first, second = _envelopes(f"{kind}-{name}", number)
    match kind:
        case k if k == MALFORMED and poisoned:
            yield Put(encode(replace(first, data=b'{"report": 7}')), None)
            yield Put(encode(second), None)
        case k if k == MALFORMED:
            yield Put(encode(replace(second, sequence=1)), None)
        case k if k == UNKNOWN and poisoned:
            yield Put(encode(replace(first, type="ba.spis.intake.report.invented.v9")), None)
        case k if k == HUGE and poisoned:
            yield Put(encode(replace(first, data=b" " * (3 * BODY_BYTES_MAX))), None)
        case k if k in (RAISES, KILLS, HANGS):
            yield Put(encode(first), None)
            yield Put(encode(second), None)
        case _:
            return


async def send(servers: str, puts: Sequence[Put], a_second: float) -> dict[str, float]:
    """Put records on the topic at an even pace; when each good event was sent."""
    client = producer(KafkaSettings(servers=servers), "proof")
    await client.start()
    sent: dict[str, float] = {}
    waiting = []
    try:
        began = time.monotonic()
        for place, put in enumerate(puts):
            await asyncio.sleep(max(0.0, began + place / a_second - time.monotonic()))
            key, value, headers = put.record
            if put.event:
                sent[put.event] = time.time()
            waiting.append(await client.send(REPORTS.name, value=value, key=key, headers=headers))
        await asyncio.gather(*waiting)
    finally:
        await client.stop()
    return sent


def run_of(run: int, cases: int, bads: int, *, poisoned: bool) -> list[Put]:
    """One run: good cases, and bad events spread evenly among them."""
    chance = Random(f"run/{run}")
    between = max(1, cases // max(1, bads))
    puts: list[Put] = []
    for number in range(cases):
        puts += good(run * 1_000_000 + number)
        if number % between == between - 1 and number // between < bads:
            nth = number // between
            kind = QUIET_KINDS[nth % len(QUIET_KINDS)]
            puts += bad(kind, f"{run}-{nth:04d}", chance.randrange(1_000_000), poisoned=poisoned)
    return puts


def _case(ref: str, number: int) -> Iterator[Put]:
    for envelope in _envelopes(ref, number):
        yield Put(encode(envelope), envelope.id)


def _envelopes(ref: str, number: int) -> tuple[Envelope, Envelope]:
    at = BEGAN + timedelta(seconds=number % 300)
    unit = UNITS[number % len(UNITS)]
    received = ReportReceived(
        ref, unit, Channel.INTEGRATION, ReporterKind.SCHOOL, f"{unit}.school", False, (Concern.NEGLECT,), False, at, at
    )
    outcome, why = ScreeningOutcome.SCREENED_OUT, next(iter(ScreenedOutReason))
    screened = ReportScreened(ref, unit, outcome, None, RiskBand.LOW, False, why, "invented", at)
    return _envelope(received, 1, at), _envelope(screened, 2, at)


def _envelope(said: ReportReceived | ReportScreened, sequence: int, at: datetime) -> Envelope:
    name = f"{said.report}/{sequence}"
    return Envelope(
        id=name, source="/intake", type=BY_EVENT[type(said)].type, subject=said.report, key=said.report,
        sequence=sequence, incarnation=1, time=at, recorded_time=at, correlation_id=name, unit=said.unit,
        traceparent=None, data=body(said),
    )  # fmt: skip
