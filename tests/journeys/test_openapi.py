"""Every room's own contract, tried out by a machine: what it promises it keeps, and what breaks it is refused."""

import asyncio
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2
import pytest

from deploy.demo.acts import REPORTS
from deploy.house import House
from deploy.house.layout import ROOMS
from tests.journeys.town import CASES, NEED, NEED_OF_ANOTHER, Town

SECONDS_MAX = 240.0
EXAMPLES = 6
SEED = "20260302"
UNIT = "RS-LAK"
ACCEPTABLE = ("2xx", "400", "403", "404", "409", "412", "422", "428")
"""What a request that fits the contract may be answered: data has rules of its own. A valid token is never refused."""

REJECTED = ("400", "401", "403", "404", "405", "409", "412", "413", "414", "415", "422", "428")
PROBABLY = 0.8
COUNTED = re.compile(
    r'^spis_http_requests_total{method="(\w+)",room="\w+",route="([^"]+)",status="(\d+)"} (\S+)$', re.MULTILINE
)
Known = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Trial:
    """How the trial of one contract ended, what was told of it, and which operations it got past every check."""

    code: int
    told: str
    reached: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for some of the operations, and what they always ask about."""

    paths: str
    token: str
    always: Mapping[str, str] = field(default_factory=dict)


def beside(path: str, others: str) -> str:
    """The addresses that a pattern means, without those of another."""
    return f"^(?!.*{path}).*{others.removeprefix('^')}" if others != ".*" else f"^(?!.*{path})"


async def known_to(here: Town) -> dict[str, dict[str, list[str]]]:
    """Codes and references that exist, by room and by the place in a request where they belong."""
    reports = [await here.report() for _ in range(4)]
    case = await here.case(NEED, NEED_OF_ANOTHER)
    referrals = [(await here.asked(case, need))["referral"] for need in (NEED, NEED_OF_ANOTHER)]
    alert = await here.alert(here.worker, "REPORT_RECEIVED", reports[0])
    report_of_case = (await here.worker.get(f"{CASES}/{case}"))["report"]
    october = {"from": "2025-10-01", "to": "2025-10-31", "indicators": ["referrals_declined"]}
    release = await here.cast.person("analyst", "BIH").does("/analytics/v1/releases", october, status=202)
    needs, units = [NEED, NEED_OF_ANOTHER, "mediation"], [here.unit, "RS", "BD-BRC"]
    receivers = [f"{here.unit}.school", f"{here.unit}.health"]
    return {
        "intake": {
            "path.ref": [*reports[2:], report_of_case, case],
            "body.unit": units,
            "body.needs[*]": needs,
            "body.occurred_at": [here.house.now().isoformat()],
        },
        "referral": {
            "path.ref": referrals,
            "query.unit": units,
            "query.need": needs,
            "query.case": [case],
            "body.case": [case],
            "body.need": needs,
            "body.receiver": receivers,
        },
        "notifications": {"path.ref": [alert["alert"]]},
        "analytics": {
            "query.unit": [*units, here.unit],
            "query.indicator": ["cases_opened", "reports_received"],
            "path.ref": [release["release"]],
            "body.indicators[*]": ["cases_opened"],
        },
    }


def written(known: Known, askers: Iterable[Asker]) -> str:
    """The settings of one trial."""
    names = {place: f"known_{number}" for number, place in enumerate(known)}
    lines = ["[checks.positive_data_acceptance]", f"expected-statuses = {json.dumps(ACCEPTABLE)}"]
    lines += ["[checks.negative_data_rejection]", f"expected-statuses = {json.dumps(REJECTED)}"]
    for place, values in known.items():
        lines += [f"[dictionaries.{names[place]}]", f"values = {json.dumps(values)}"]
    lines += ["[parameters]"]
    lines += [f'"{place}" = {{ dictionary = "{name}", probability = {PROBABLY} }}' for place, name in names.items()]
    for asker in askers:
        lines += ["[[operations]]", f"include-path-regex = {json.dumps(asker.paths)}"]
        lines += [f'headers = {{ Authorization = "Bearer {asker.token}" }}']
        always = ", ".join(f'"{place}" = "{value}"' for place, value in asker.always.items())
        lines += [f"parameters = {{ {always} }}"] if always else []
    return "\n".join(lines) + "\n"


async def tried(house: House, room: str, settings: Path) -> Trial:
    """Let the machine try one contract: examples, every boundary, and chance under a fixed seed."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"]
    command += [f"{house.origin}/{room}/openapi.json", "--seed", SEED, "--max-examples", str(EXAMPLES)]
    command += ["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-color"]
    command += ["--generation-database", "none", "--request-timeout", "15"]
    if room == "notifications":
        # A live stream has no end to wait for; its tests are in test_streams.py.
        command += ["--exclude-path-regex", "/stream$"]
    before = await carried_out(house, room)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=settings.parent, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ
    )
    try:
        told, _ = await asyncio.wait_for(process.communicate(), SECONDS_MAX)
    except TimeoutError:
        process.kill()
        told, _ = await process.communicate()
    reached = {operation for operation, times in (await carried_out(house, room)).items() if times > before[operation]}
    return Trial(process.returncode or 0, told.decode(), frozenset(reached))


async def carried_out(house: House, room: str) -> Counter[tuple[str, str]]:
    """How often each operation was carried out or refused by a rule, by the room's own figures."""
    async with httpx2.AsyncClient() as inside:
        page = (await inside.get(f"http://{house.listens(f'{room}-api')}/{room}/metrics")).text
    times: Counter[tuple[str, str]] = Counter()
    for method, route, status, count in COUNTED.findall(page):
        if status in ("200", "201", "202", "409"):
            times[(method, route)] += int(float(count))
    return times


async def askers_of_intake(house: House, here: Town, known: dict[str, dict[str, list[str]]]) -> list[Asker]:
    """Who asks intake for what: what hangs together too much for chance is asked about what it fits."""
    worker, supervisor = house.token("caseworker", UNIT), house.token("supervisor", UNIT)
    case, referral = known["referral"]["query.case"][0], known["referral"]["path.ref"][0]
    looking, closing, shared, people, merging = "/accesses$", "/close$", "/disclosure$", "/(forget|hold)$", "/merge$"
    # The example of the contract is tried on a report that waits.
    screening, waiting = "/screen$", await here.report()
    child, version = "/child$", (await here.worker.get(f"{CASES}/{case}"))["child_version"]
    file = await here.worker.get(f"{REPORTS}/{waiting}")
    known["intake"]["body.into"] = [file["person"]]
    return [
        Asker(screening, worker, {"path.ref": waiting}),
        Asker(looking, supervisor, {"path.ref": case}),
        Asker(child, worker, {"path.ref": case, "header.If-Match": version}),
        Asker(closing, worker, {"path.ref": case}),
        Asker(shared, house.token("provider", f"{UNIT}.school"), {"path.ref": referral}),
        Asker(people, house.token("director", UNIT), {"path.ref": file["person"]}),
        # By somebody else: the key of the contract's example names one request of an account.
        Asker(merging, supervisor, {"path.ref": file["person"]}),
        Asker(f"^(?!.*({screening}|{looking}|{closing}|{shared}|{people}|{merging}|{child}))", worker),
    ]


@pytest.fixture(scope="session")
async def trials(
    house: House, town: Callable[[str], Town], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Trial]:
    """The trials of all rooms, side by side."""
    here = town(UNIT)
    known = await known_to(here)
    worker, provider = house.token("caseworker", UNIT), house.token("provider", f"{UNIT}.school")
    answering, releases, hops = "(accept|decline|start|complete)$", "/releases", "/journeys$"
    askers = {
        "intake": await askers_of_intake(house, here, known),
        "referral": [Asker(answering, provider), Asker(f"^(?!.*{answering})", worker)],
        "notifications": [Asker(".*", worker)],
        "analytics": [
            Asker(releases, house.token("analyst", "BIH")),
            Asker(f"^(?!.*{releases})", house.token("coordinator", "RS")),
        ],
    }
    operator, running = Asker(hops, house.token("operator", "BIH")), []
    for room in ROOMS:
        folder = tmp_path_factory.mktemp(room)
        those = [operator, *(replace(each, paths=beside(hops, each.paths)) for each in askers[room])]
        (folder / "settings.toml").write_text(written(known[room], those), encoding="utf-8")
        running.append(tried(house, room, folder / "settings.toml"))
    return dict(zip(ROOMS, await asyncio.gather(*running), strict=True))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("room", ROOMS)
async def test_a_room_keeps_every_promise_of_its_contract_and_refuses_what_breaks_it(
    http: httpx2.AsyncClient, trials: dict[str, Trial], room: str
) -> None:
    trial = trials[room]
    assert trial.code == 0, trial.told[-8_000:]
    assert "Test cases:" in trial.told
    document = (await http.get(f"/{room}/openapi.json")).json()
    wanted = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert {operation for operation in wanted if not operation[1].endswith("/stream")} <= trial.reached


@pytest.mark.parametrize("room", ROOMS)
async def test_a_contract_tells_each_refusal_and_how_to_be_let_in(http: httpx2.AsyncClient, room: str) -> None:
    document = (await http.get(f"/{room}/openapi.json")).json()
    for path, operations in document["paths"].items():
        assert path.startswith(f"/{room}/v1/")
        for method, operation in operations.items():
            assert operation["security"], (method, path)
            assert operation["description"], (method, path)
            assert "503" in operation["responses"]
            assert {"4XX", "401"} & operation["responses"].keys()
            keys = [each for each in operation.get("parameters", []) if each["name"] == "Idempotency-Key"]
            assert bool(keys) == (method != "get"), (method, path)
