"""Events that break their contract: set aside with a reason, while other cases go on; a person looks and decides."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaProducer

from deploy.demo.acts import seen
from deploy.house import House
from deploy.house.layout import REPOSITORY
from services.contracts.catalog import BY_EVENT, REFERRALS, REPORTS, body
from services.contracts.codes import Channel, Concern, ReporterKind
from services.contracts.envelope import Envelope, encode
from services.contracts.ids import new_reference
from services.contracts.intake import ReportReceived
from tests.journeys.looking import log_lines, rows
from tests.journeys.town import Town, referral_path

READERS = ("notifications", "analytics")
PLANTED = "Podmetnuto"
ASIDE = 'SELECT id, reason, sequence, key FROM set_aside WHERE topic = $1 AND partition = $2 AND "offset" = $3'
COMMAND_SECONDS_MAX = 90.0


@dataclass(frozen=True, slots=True)
class Record:
    """What somebody writes straight onto a topic."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Said:
    """The exit of a command and what it printed."""

    code: int
    out: str
    err: str


def received(unit: str, *, report: str, sequence: int = 1, data: bytes | None = None, **changes: Any) -> Record:
    """An event about a report, from a source of its own, whole or with something wrong."""
    now = datetime.now(UTC)
    event = ReportReceived(
        report=report,
        unit=unit,
        channel=Channel.PAPER,
        reporter_kind=ReporterKind.OTHER,
        reporter_institution=None,
        anonymous=True,
        concerns=(Concern.NEGLECT,),
        immediate_danger=False,
        occurred_at=now,
        received_at=now,
    )
    envelope = Envelope(
        id=str(uuid4()),
        source="spis/invented",
        type=BY_EVENT[ReportReceived].type,
        subject=report,
        key=report,
        sequence=sequence,
        incarnation=1,
        time=now,
        recorded_time=now,
        correlation_id=str(uuid4()),
        unit=unit,
        traceparent=None,
        data=body(event) if data is None else data,
    )
    return Record(*encode(replace(envelope, **changes)))


async def produce(house: House, topic: str, *sent: Record) -> list[tuple[str, int, int]]:
    """Write records straight onto a topic; where each lies."""
    producer = AIOKafkaProducer(bootstrap_servers=house.kafka, acks="all")
    await producer.start()
    try:
        places = [
            await producer.send_and_wait(topic, record.value, record.key, headers=list(record.headers))
            for record in sent
        ]
        return [(place.topic, place.partition, place.offset) for place in places]
    finally:
        await producer.stop()


async def set_aside(house: House, room: str, place: tuple[str, int, int]) -> asyncpg.Record:
    """The row that a room keeps about a record, as soon as there is one."""

    async def look() -> asyncpg.Record | None:
        found = await rows(house, room, ASIDE, *place)
        return found[0] if found else None

    row: asyncpg.Record = await seen(look, f"what {room} did about {place}")
    return row


async def park(house: House, room: str, *arguments: str) -> Said:
    """What the room's own command says and does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", room, "park", *arguments, "--json"),
        cwd=REPOSITORY,
        env=house.env(room),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), COMMAND_SECONDS_MAX)
    return Said(process.returncode or 0, out.decode(), err.decode())


async def test_an_event_that_breaks_its_contract_waits_with_its_reason_until_somebody_gives_it_up(
    house: House, town: Callable[[str], Town]
) -> None:
    here, report = town("FBIH-SBK-NTR"), new_reference("R")
    broken = received(here.unit, report=report, data=f'{{"report": "{PLANTED}", "unit": 7}}'.encode())
    places = await produce(house, REPORTS.name, broken, received(here.unit, report=report, sequence=2))
    parked = {room: await set_aside(house, room, places[0]) for room in READERS}
    held = {room: await set_aside(house, room, places[1]) for room in READERS}
    for room in READERS:
        assert str(parked[room]["reason"]).startswith(
            "malformed: ba.spis.intake.report.received.v1 breaks its contract"
        )
        assert "unit" in parked[room]["reason"]
        assert PLANTED not in parked[room]["reason"]
        assert (held[room]["reason"], held[room]["sequence"]) == (None, 2)
    await here.alert(here.worker, "REPORT_RECEIVED", await here.report())
    said = await _looked_at_and_tried(house, parked["notifications"], held["notifications"])
    assert await _alerts_about(here, report) == 0
    for room in READERS:
        given_up = await park(house, room, "drop", str(parked[room]["id"]), "--reason", "invented for a test")
        assert (given_up.code, json.loads(given_up.out)["dropped"]) == (0, parked[room]["id"])
        assert not [place for place in places if await rows(house, room, ASIDE, *place)]
    await here.alert(here.worker, "REPORT_RECEIVED", report)
    assert PLANTED not in said + json.dumps(list(log_lines(house)))


async def _looked_at_and_tried(house: House, parked: Any, held: Any) -> str:
    """What the command says of a parked event, of trying it again and of giving it up without a reason."""
    number = str(parked["id"])
    listed, shown, rehearsed, tried, without_reason = await asyncio.gather(
        park(house, "notifications", "list"),
        park(house, "notifications", "show", number),
        park(house, "notifications", "replay", number, "--dry-run"),
        park(house, "notifications", "replay", number),
        park(house, "notifications", "drop", number),
    )
    assert {entry["id"] for entry in json.loads(listed.out)} >= {int(number), held["id"]}
    (entry,) = json.loads(shown.out)
    assert (entry["key"], entry["reason"]) == (parked["key"], parked["reason"])
    for refused, says in (
        (rehearsed, "failed again"),
        (tried, "failed again"),
        (without_reason, "--reason"),
    ):
        assert refused.code != 0
        assert says in refused.err
        assert "Traceback" not in refused.err
    return "".join(said.out + said.err for said in (listed, shown, rehearsed, tried, without_reason))


def breakages(unit: str) -> dict[str, tuple[Record, str]]:
    """Each way to break a contract, and what the reason says of it."""

    def about(**changes: Any) -> Record:
        return received(unit, report=new_reference("R"), **changes)

    fine = about()
    headers = dict(fine.headers)
    return {
        "no headers": (replace(fine, headers=()), "not a CloudEvents 1.0 record"),
        "another version of the envelope": (_but(fine, ce_specversion=b"0.3"), "not a CloudEvents 1.0 record"),
        "no number": (_but(fine, ce_sequence=None), "ce_sequence is missing"),
        "a number that is a word": (_but(fine, ce_sequence=PLANTED.encode()), "a header cannot be read"),
        "the number nought": (_but(fine, ce_sequence=b"0"), "start at 1"),
        "a time that is none": (_but(fine, ce_time=b"yesterday"), "a header cannot be read"),
        "bytes that are no text": (_but(fine, ce_subject=b"\xff\xfe"), "a header cannot be read"),
        "another key than it says": (replace(fine, key=b"R-22222-22222-2"), "is not its partitionkey"),
        "no key": (replace(fine, key=None), "is not its partitionkey"),
        "no body": (replace(fine, value=None), "the body is missing"),
        "a body without end": (replace(fine, value=b"1" * 300_000), "larger than"),
        "a type nobody knows": (about(type="ba.spis.intake.report.invented.v1"), "unknown event type"),
        "half a body": (about(data=b'{"report": "Podmetnuto'), "the body"),
        "a body that is a list": (about(data=b'["Podmetnuto"]'), "the body"),
        "a code that is none": (about(data=_with(fine, channel=PLANTED)), "channel"),
        "a date that is none": (about(data=_with(fine, received_at=PLANTED)), "received_at"),
        "everything right": (replace(fine, headers=tuple(headers.items())), ""),
    }


async def test_every_way_to_break_a_contract_is_named_and_stops_nobody_else(
    house: House, town: Callable[[str], Town]
) -> None:
    here = town("FBIH-SBK-NTR")
    ways = breakages(here.unit)
    fine, _ = ways.pop("everything right")
    places = await produce(house, REPORTS.name, *(record for record, _ in ways.values()), fine)
    wrong = {}
    for (name, (_, reason)), place in zip(ways.items(), places, strict=False):
        for room in READERS:
            row = await set_aside(house, room, place)
            if reason not in str(row["reason"]) or PLANTED in str(row["reason"]):
                wrong[(name, room)] = row["reason"]
    assert not wrong
    await here.alert(here.worker, "REPORT_RECEIVED", str(fine.key and fine.key.decode()))


async def test_other_cases_go_on_while_one_waits(house: House, town: Callable[[str], Town]) -> None:
    here = town("FBIH-SBK-NTR")
    case = new_reference("C")
    strange = received(here.unit, report=case, data=b"{}", type="ba.spis.referral.referral.sent.v1")
    (place,) = await produce(house, REFERRALS.name, strange)
    for room in ("intake", *READERS):
        assert "breaks its contract" in str((await set_aside(house, room, place))["reason"])
    referral = await here.asked_for()
    await here.provider().does(referral_path(referral, "accept"))
    await here.alert(here.worker, "REFERRAL_ACCEPTED", referral["referral"])


async def _alerts_about(here: Town, subject: str) -> int:
    items = (await here.worker.get("/notifications/v1/alerts", limit="200"))["items"]
    return sum(item["subject"] == subject for item in items)


def _but(record: Record, **headers: bytes | None) -> Record:
    changed = dict(record.headers) | headers
    return replace(record, headers=tuple((name, value) for name, value in changed.items() if value is not None))


def _with(record: Record, **changes: str) -> bytes:
    return json.dumps(json.loads(record.value or b"{}") | changes).encode()
