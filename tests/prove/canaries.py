"""`./spis prove canaries`: people are named in every field while processes are killed; their names are found nowhere.

Then all of them are forgotten, and what was sealed opens with no key that is left, nor with an older copy after the
agency's key was changed. A word written on purpose in each place shows that the search looks there.
"""

import argparse
import asyncio
import base64
import json
import logging
import os
import resource
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import structlog

from deploy.demo.acts import REPORTS, seen
from deploy.demo.story import STARTS
from deploy.demo.visitor import NotObserved, client
from deploy.house import House
from deploy.house.files import write_whole
from deploy.house.layout import REPOSITORY
from tests.journeys.planting import Planted, odd_requests
from tests.journeys.town import CASES, Town, referral_path, shared_path
from tests.prove.persisting import does, shows
from tests.prove.searching import Search, clear_controls, plant_controls, wanted
from tests.prove.trying_keys import copied, opened

PLACE = "FBIH-ZDK-TES"
AT_ONCE = 3
KILL_SECONDS = 1.0
SEEN_SECONDS_MAX = 90.0
SHOWN_MAX = 20
KILLED = ("intake-api", "intake-worker", "referral-api", "referral-worker", "postgres", "gateway")


@dataclass
class Run:
    """One run: who was named, each by words that begin alike, and how often something was killed."""

    town: Town
    name: str
    planted: list[Planted]
    people: list[str] = field(default_factory=list)
    kills: int = 0
    done: int = 0


async def live_through(run: Run, planted: Planted) -> None:
    """One child's way from the report to the end, named in every field that can name anybody."""
    here, worker = run.town, run.town.worker
    report = (await does(here.school, REPORTS, planted.report(here)))["report"]
    override = {"band": "critical", "reason": f"{planted.word('because')} {base64.b64encode(planted.seed.encode())!r}"}
    case = (await does(worker, f"{REPORTS}/{report}/screen", here.screening(override=override)))["case"]

    async def asked() -> Any:
        return (await shows(worker, "/referral/v1/referrals", case=case))["items"]

    (referral,) = await seen(asked, "a referral", SEEN_SECONDS_MAX)
    for step, body in (("accept", {}), ("start", {}), ("complete", {"outcome": "need_met"})):
        await does(here.provider(), referral_path(referral, step), body)
        if step == "start":
            await seen(lambda: _shared(here, referral), "what is shared", SEEN_SECONDS_MAX)
    file = await shows(worker, f"{REPORTS}/{report}")
    if planted.word("family") not in str(file) or planted.word("because") not in str(file):
        raise NotObserved("the names in the file of the centre's own people")

    async def ended() -> bool:
        return all(need["progress"] == "completed" for need in (await shows(worker, f"{CASES}/{case}"))["needs"])

    await seen(ended, "the end of the case", SEEN_SECONDS_MAX)
    note = planted.word("ending")
    await does(worker, f"{CASES}/{case}/close", {"outcome": "needs_met", "note": note})
    if (await shows(worker, f"{CASES}/{case}"))["closing_note"] != note:
        raise NotObserved("what was written at the end, in the file of the centre's own people")
    run.people += [file["person"], file["reporter_person"]]
    run.done += 1


async def _shared(here: Town, referral: Mapping[str, Any]) -> bool:
    provider = here.provider()
    try:
        answer = await provider.http.get(shared_path(referral), headers=await provider.bearer())
    except httpx2.TransportError:
        return False  # whoever would have passed it on was killed: look again
    return answer.status_code == 200


async def ask_oddly(run: Run) -> None:
    """Name somebody where no field is for it."""
    worker = run.town.worker
    for path, form, query, headers in odd_requests(run.town, run.planted[0]):
        told = {**await worker.bearer(), "Idempotency-Key": f"odd-{uuid4()}", **headers}
        method = "POST" if form is not None else "GET"
        answer = await worker.http.request(method, path, json=form, params=query, headers=told)
        if run.planted[0].seed in answer.text + str(answer.headers):
            raise NotObserved(f"an answer of {path} that does not repeat what was sent")


async def kill_in_turn(run: Run, house: House) -> None:
    """Kill one process after another, each so that it would leave a picture of its memory if it could."""
    while run.done < len(run.planted) or run.kills < len(KILLED):
        await asyncio.sleep(KILL_SECONDS)
        name = KILLED[run.kills % len(KILLED)]
        if pid := house.process(name).pid:
            os.kill(pid, signal.SIGKILL if name == "postgres" else signal.SIGABRT)
            run.kills += 1
        await asyncio.to_thread(house.wait_ready, SEEN_SECONDS_MAX)


async def name_everybody(run: Run, house: House, say: Callable[[str], None]) -> None:
    """Let everybody live through their way, a few at a time, while processes are killed."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(planted: Planted) -> None:
        async with turns:
            await live_through(run, planted)
            say(f"{run.done} of {len(run.planted)} children named, {run.kills} processes killed")

    killing = asyncio.create_task(kill_in_turn(run, house))
    try:
        await asyncio.gather(*(in_turn(planted) for planted in run.planted))
    finally:
        await asyncio.wait([killing], timeout=SEEN_SECONDS_MAX)
    await asyncio.to_thread(house.wait_ready, SEEN_SECONDS_MAX)
    await ask_oddly(run)


async def forget_everybody(run: Run, say: Callable[[str], None]) -> None:
    """Have the director forget all of them, children and reporters."""
    director = run.town.cast.person("director", run.town.unit)
    for person in run.people:
        await director.does(f"/intake/v1/people/{person}/forget", {"ground": "court_order"})
    say(f"{len(run.people)} people forgotten")


def rotate(house: House) -> None:
    """Change the agency's key: a new line, every key under it, the old line away."""
    path = house.folder.secret("agency-key")
    old, new = path.read_text(encoding="ascii"), base64.b64encode(secrets.token_bytes(32)).decode() + "\n"
    write_whole(path, new + old, mode=0o600)
    line, told = [sys.executable, "-m", "intake", "rewrap"], house.env("intake")
    subprocess.run(line, env=told, cwd=house.plan.code, check=True, capture_output=True)
    write_whole(path, new, mode=0o600)


async def search_all(run: Run, house: House, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Look everywhere for what was planted, and for a word that lies in each place on purpose."""
    control = f"control{uuid4().hex}"
    must = await plant_controls(house, control, folder)
    births = {one.born: {"as it is": one.born.encode()} for one in run.planted}
    search = Search(house, {**wanted([control, run.name]), **births})
    await search.everywhere(folder)
    await clear_controls(house, folder)
    found = search.places_of(control)
    hits = sorted(hit for hit in search.hits if hit[1] != control)
    for hit in hits[:SHOWN_MAX]:
        say(f"found: {hit}")
    pictures = [str(path) for place in (REPOSITORY, house.folder.root, folder) for path in place.glob("core*")]
    looked = dict(sorted(search.places.items()))
    return {"looked_at": looked, "hits": len(hits), "controls_missed": sorted(must - found), "pictures": pictures}


async def prove(house: House, children: int, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Name, kill, search, forget, search and try every key."""
    async with client(house.origin) as http:
        births = [f"199{number % 10}-0{1 + number % 9}-1{number % 10}" for number in range(children)]
        name = uuid4().hex
        run = Run(Town(house, http, PLACE), name, [Planted(f"{name}{at:03d}", born) for at, born in enumerate(births)])
        await seen(lambda: _known(run.town), "who works where", SEEN_SECONDS_MAX)
        await name_everybody(run, house, say)
        named = await search_all(run, house, folder, say)
        say(f"searched: {named['hits']} hits")
        copy = await copied(house, run.people)
        before = await opened(house, copy.sealed, copy.wrapped)
        await forget_everybody(run, say)
        dark = await search_all(run, house, folder, say)
        left = await copied(house, run.people)
        after = await opened(house, copy.sealed, left.wrapped)
        rotate(house)
        older = await opened(house, copy.sealed, copy.wrapped)
    return {
        "children": children,
        "killed": run.kills,
        "named": named,
        "forgotten": len(run.people),
        "after_forgetting": dark,
        "sealed": len(copy.sealed),
        "opened": {"before": before, "after": after, "from_a_copy_after_rotation": older},
        "sealed_left": len(left.sealed),
    }


def faults_of(result: Mapping[str, Any]) -> list[str]:
    """What the proof found, in words; nothing where all is well."""
    searches = (result["named"], result["after_forgetting"])
    opened_by = result["opened"]
    found = {
        "a planted word was found": any(search["hits"] for search in searches),
        "a word written on purpose was not found": any(search["controls_missed"] for search in searches),
        "a process left a picture of its memory": any(search["pictures"] for search in searches),
        "the keys did not open what they should": not result["sealed"] or opened_by["before"] != result["sealed"],
        "something sealed was left": bool(result["sealed_left"]),
        "something opened after it was forgotten": bool(opened_by["after"] or opened_by["from_a_copy_after_rotation"]),
    }
    return [what for what, is_so in found.items() if is_so]


async def _known(here: Town) -> bool:
    answers = [await one.http.get(CASES, headers=await one.bearer()) for one in (here.worker, here.school)]
    return [answer.json().get("code", "") for answer in answers] == ["", "not_your_role"]


def main(words: Sequence[str]) -> int:
    """Run the proof: 0 only when nothing was found that was planted, and all that was written on purpose."""
    parser = argparse.ArgumentParser(prog="./spis prove canaries")
    parser.add_argument("--children", type=int, default=24)
    options = parser.parse_args(list(words))

    def say(text: str) -> None:
        sys.stdout.write(f"  {text}\n")
        sys.stdout.flush()

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # Whoever starts the house would let processes leave pictures of their memory: the house must not.
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="canaries-") as folder:
        os.environ["TMPDIR"] = folder
        with House.temporary(clock=STARTS) as house:
            result = asyncio.run(prove(house, options.children, Path(folder), say))
    faults = faults_of(result)
    for fault in faults:
        say(f"FAULT: {fault}")
    sys.stdout.write(json.dumps({**result, "faults": faults}) + "\n")
    return 1 if faults else 0
