"""What a receiver is shown at intake's own door, on a real database: while it is live, noted, and to nobody else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest

from deploy.house import House
from services.contracts.codes import Outcome
from services.contracts.referral import ReferralAccepted, ReferralCompleted, ReferralFellSilent
from tests.chassis.intake_door import REPORT, SCHOOL, WORKER, IntakeDoor, open_intake
from tests.core.intake_stories import CENTRE, MONDAY, UNIT, sent
from tests.core.intake_stories import SCHOOL as RECEIVER

CANARY = "anarinka"
PROVIDER, SUPERVISOR = "provider@RS-BIL.school", "supervisor@RS-BIL"
STRANGERS = ("provider@RS-BIL.health", "caseworker@RS-GAC", "supervisor@RS-GAC", WORKER)
NAMED = {name: REPORT["child"][name] for name in ("given_name", "family_name", "birth_date")}


@pytest.fixture(scope="module")
async def intake(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    """Intake, open."""
    async with open_intake(house, tmp_path_factory.mktemp("intake")) as door:
        yield door


@dataclass
class Referred:
    """A case of its own, and one referral of it as intake hears of it."""

    door: IntakeDoor
    case: str
    referral: str
    need: str

    async def asked(self) -> None:
        """The receiver is asked."""
        await self.door.hear(replace(sent(self.referral, self.need), case=self.case))

    async def accepted(self) -> None:
        """The receiver takes it on."""
        await self.door.hear(ReferralAccepted(self.referral, self.case, UNIT, CENTRE, RECEIVER, MONDAY))

    async def completed(self) -> None:
        """The receiver reports an outcome."""
        met = Outcome.NEED_MET
        await self.door.hear(ReferralCompleted(self.referral, self.case, UNIT, CENTRE, RECEIVER, met, MONDAY))

    async def read(self, account: str = PROVIDER) -> httpx2.Response:
        """What an account is answered that asks what is shared."""
        return await self.door.get(f"/referrals/{self.referral}/disclosure", account)

    async def entries(self) -> list[tuple[str, str, str, str]]:
        """What was noted about the referral: who, what, by which right, for which referral."""
        pool = self.door.around.database.pool
        rows = await pool.fetch(
            "SELECT account, action, by_right, referral FROM access_log WHERE record = $1", self.case
        )
        return [tuple(row) for row in rows if row["referral"] == self.referral]


@pytest.fixture
async def referred(intake: IntakeDoor, request: pytest.FixtureRequest) -> Referred:
    """A case with one referral that was just sent."""
    case = await intake.opened()
    referred = Referred(intake, case, case.replace("C-", "F-"), getattr(request, "param", "teaching_assistant"))
    await referred.asked()
    return referred


async def test_before_acceptance_a_receiver_reads_an_age_band_and_a_sex(referred: Referred) -> None:
    answer = await referred.read()
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["state"], shown["age_band"], shown["sex"]) == ("waiting", "7_14", "female")
    assert (shown["child"], shown["narrative"]) == (None, None)
    assert CANARY not in answer.text
    assert await referred.entries() == [(PROVIDER, "share age_band sex", "disclosure.read", referred.referral)]


async def test_after_acceptance_it_reads_the_name_and_each_reading_is_noted(referred: Referred) -> None:
    await referred.accepted()
    shown = (await referred.read()).json()
    assert (shown["state"], shown["child"]) == ("accepted", {**NAMED, "address": None})
    assert shown["narrative"] is None
    noted = await referred.entries()
    assert [each[1] for each in noted] == ["share age_band sex name birth_date", "open child"]
    assert {each[2:] for each in noted} == {("disclosure.read", referred.referral)}


@pytest.mark.parametrize("referred", ["mobile_team"], indirect=True)
async def test_a_service_that_depends_on_it_reads_the_address_and_what_was_seen(referred: Referred) -> None:
    await referred.accepted()
    answer = await referred.read(SCHOOL)
    shown = answer.json()
    assert shown["child"] == {**NAMED, "address": REPORT["child"]["address"]}
    assert shown["narrative"] == REPORT["narrative"]
    assert "Kanarinka-Prijavilac" not in answer.text, "the reporter is never shared"
    assert [each[1] for each in await referred.entries()][1:] == ["open child", "open narrative"]


async def test_silence_changes_nothing_of_what_is_shared(referred: Referred) -> None:
    risk = sent("F-1", "counselling").risk
    silent = ReferralFellSilent(referred.referral, referred.case, UNIT, CENTRE, RECEIVER, risk, MONDAY, MONDAY)
    await referred.door.hear(silent)
    assert (await referred.read()).json()["state"] == "waiting"


async def test_after_the_end_it_is_as_if_there_were_no_referral(referred: Referred) -> None:
    await referred.accepted()
    await referred.completed()
    ended = await referred.read()
    none = await referred.door.get("/referrals/F-22222-22222-2/disclosure", PROVIDER)
    assert ended.status_code == none.status_code == 404
    assert {**ended.json(), "correlation_id": ""} == {**none.json(), "correlation_id": ""}
    assert await referred.entries() == [(PROVIDER, "refused", "disclosure.read", referred.referral)]
    noted = await referred.door.around.database.pool.fetch(
        "SELECT * FROM access_log WHERE action = 'refused' ORDER BY id"
    )
    assert (noted[-1]["record"], noted[-1]["referral"], noted[-1]["account"]) == ("", "", PROVIDER)
    assert "22222" not in str(noted), "what somebody sent is not kept: it may hold a name"


@pytest.mark.parametrize("account", STRANGERS)
async def test_to_everybody_else_it_is_as_if_there_were_no_referral(referred: Referred, account: str) -> None:
    for step in (referred.accepted, referred.completed):
        answer = await referred.read(account)
        assert (answer.status_code, answer.json()["code"]) == (404, "record_unknown")
        await step()
    assert (await referred.read("coordinator@RS")).status_code == 403
    assert await referred.entries() == 2 * [(account, "refused", "disclosure.read", referred.referral)]


async def test_what_cannot_be_noted_is_not_shown(referred: Referred) -> None:
    await referred.accepted()
    pool = referred.door.around.database.pool

    role = await pool.fetchval("SELECT current_user")
    await referred.door.owner(f"REVOKE INSERT ON access_log FROM {role}")
    try:
        for answer in (await referred.read(), await referred.door.get(f"/cases/{referred.case}")):
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert CANARY not in answer.text
    finally:
        await referred.door.owner(f"GRANT INSERT ON access_log TO {role}")
    assert (await referred.read()).json()["child"]["given_name"] == NAMED["given_name"]
    assert len(await referred.entries()) == 2


async def test_the_supervisor_sees_who_looked_and_is_seen_looking(referred: Referred) -> None:
    await referred.accepted()
    await referred.read()
    await referred.door.get(f"/cases/{referred.case}")
    path = f"/cases/{referred.case}/accesses"
    page = (await referred.door.get(path, SUPERVISOR)).json()
    seen = [(line["account"], line["action"], line["right"], line["referral"]) for line in page["items"]]
    assert seen == [
        (WORKER, "open child", "case.see_child", None),
        (PROVIDER, "open child", "disclosure.read", referred.referral),
        (PROVIDER, "share age_band sex name birth_date", "disclosure.read", referred.referral),
        (WORKER, "open child", "report.screen", None),
    ]
    assert (await referred.door.get(path, "director@RS-BIL")).json()["items"][0]["account"] == SUPERVISOR
    assert CANARY not in str(page)


async def test_the_list_of_who_looked_is_paged_and_nobody_elses(referred: Referred) -> None:
    for _ in range(4):
        await referred.read()
    path, whole = f"/cases/{referred.case}/accesses", list[Any]()
    after: dict[str, str] = {}
    while True:
        page = (await referred.door.get(path, SUPERVISOR, limit=2, **after)).json()
        whole += [line for line in page["items"] if line["account"] == PROVIDER]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(whole) == 4
    refused: dict[str, Any] = {"supervisor@RS-GAC": 404, WORKER: 403, PROVIDER: 403, "coordinator@RS": 403}
    for account, status in refused.items():
        assert (await referred.door.get(path, account)).status_code == status
