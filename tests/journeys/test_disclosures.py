"""Who reads a name by a referral, and who sees that they did: through the gateway, all rooms, and a kill in between."""

import asyncio
import json
from collections.abc import Callable

from deploy.demo.acts import seen
from deploy.demo.visitor import Visitor
from deploy.house import House
from deploy.house.verifying import verified
from tests.journeys.looking import rows
from tests.journeys.town import CASES, Town, referral_path, shared_path
from tests.prove.disclosures import Reading, accepted, missing_entries, read_while_killing

UNIT = "FBIH-USK-SMO"
READS, SEED = 40, 20260302


async def status(visitor: Visitor, path: str) -> int:
    """What somebody is answered."""
    return int((await visitor.http.get(path, headers=await visitor.bearer())).status_code)


async def test_a_receiver_reads_the_name_while_its_referral_is_live_and_the_supervisor_sees_it(
    town: Callable[[str], Town],
) -> None:
    here = town(UNIT)
    referral, school = await here.asked_for(), here.provider()
    path = shared_path(referral)
    elsewhere = [here.cast.person("provider", place) for place in (f"{UNIT}.health", "RS-CEL.school")]
    await here.known(referral, "sent")
    assert (await school.get(path))["child"] is None
    await school.does(referral_path(referral, "accept"))
    await here.known(referral, "accepted")
    assert (await school.get(path))["child"]["family_name"] == here.paper()["child"]["family_name"]
    assert [await status(one, path) for one in elsewhere] == [404, 404]
    await school.does(referral_path(referral, "start"))
    await school.does(referral_path(referral, "complete"), {"outcome": "need_met"})
    await here.known(referral, "completed")
    assert [await status(one, path) for one in (school, *elsewhere)] == [404, 404, 404]
    supervisor = here.cast.person("supervisor", UNIT)
    looked = (await supervisor.get(f"{CASES}/{referral['case']}/accesses"))["items"]
    by_referral = [(line["account"], line["action"]) for line in looked if line["referral"]]
    refused = [(one.account, "refused") for one in reversed(elsewhere)]
    assert by_referral == [
        *refused,
        (school.account, "refused"),
        *refused,
        (school.account, "open child"),
        (school.account, "share age_band sex name birth_date"),
        (school.account, "share age_band sex"),
    ]
    assert here.worker.account in {line["account"] for line in looked if not line["referral"]}


async def test_nothing_that_was_shown_is_unnoted_when_the_room_is_killed(
    house: House, town: Callable[[str], Town]
) -> None:
    reading = Reading(READS, SEED)
    await read_while_killing(house, [await accepted(town(UNIT))], reading, (20, 30))
    assert len(reading.shown) >= READS
    assert reading.kills > 0
    assert await missing_entries(house, reading) == []


async def test_the_head_of_the_log_is_kept_by_another_room(house: House, town: Callable[[str], Town]) -> None:
    here = town(UNIT)
    await here.worker.get(f"{CASES}/{await here.case()}")

    async def kept() -> list[tuple[int, str]]:
        found = await rows(house, "referral", "SELECT length, head FROM heads_kept")
        return [(row["length"], row["head"]) for row in found]

    heads = await seen(kept, "the head of the access log in referral")
    chain = await rows(house, "intake", "SELECT number, encode(hash, 'hex') AS hash FROM access_chain")
    assert set(heads) <= {(row["number"], row["hash"]) for row in chain}
    told = await asyncio.to_thread(verified, house)
    assert told.returncode == 0, told.stdout + told.stderr
    verdict = json.loads(told.stdout)
    assert (verdict["found"], verdict["heads"] >= 1, verdict["entries"] >= heads[0][0]) == (0, True, True)
