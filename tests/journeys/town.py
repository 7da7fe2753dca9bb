"""The people of one town as they use the house: report, screen, be asked, answer. Everybody is invented."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2

from deploy.demo import papers
from deploy.demo.acts import ALERTS, REFERRALS, REPORTS, seen
from deploy.demo.cast import Cast
from deploy.demo.visitor import Visitor
from deploy.house import House
from deploy.house.layout import REPOSITORY

CASES = "/intake/v1/cases"
INSTRUMENT = REPOSITORY / "deploy" / "instruments" / "intake_risk.toml"
NEED = "teaching_assistant"
NEED_OF_ANOTHER = "vaccination"
SERVING = {NEED: "school", NEED_OF_ANOTHER: "health"}
"""Two needs that the school and the health centre of every town serve."""


class Town:
    """One municipality; a test uses one of its own, or its own reports in it."""

    def __init__(self, house: House, http: httpx2.AsyncClient, unit: str) -> None:
        self.house = house
        self.unit = unit
        self.cast = Cast(house, http, unit)
        self.worker = self.cast.person("caseworker", unit)
        self.school = self.cast.client(f"{unit}.school")
        answers = tomllib.loads(INSTRUMENT.read_text(encoding="utf-8"))["items"]
        self.answers = {item["code"]: item["options"][0]["code"] for item in answers}

    def provider(self, need: str = NEED) -> Visitor:
        """Somebody at the institution that is asked for a need first."""
        return self.cast.person("provider", f"{self.unit}.{SERVING[need]}")

    def paper(self, **changes: object) -> dict[str, Any]:
        """A report as the school writes one; a change to None leaves a field out."""
        whole = papers.report(self.unit, self.house.now() - timedelta(hours=1)) | changes
        return {name: value for name, value in whole.items() if value is not None}

    def screening(self, *needs: str, **changes: object) -> dict[str, Any]:
        """A decision to open a case."""
        return papers.screening(list(needs or (NEED,)), self.answers) | changes

    async def report(self, **changes: object) -> str:
        """A report of the school, taken in."""
        answer = await self.school.does(REPORTS, self.paper(**changes), status=201)
        return str(answer["report"])

    async def case(self, *needs: str) -> str:
        """A case with these needs, opened from a report of its own."""
        report = await self.report()
        answer = await self.worker.does(f"{REPORTS}/{report}/screen", self.screening(*needs))
        return str(answer["case"])

    async def asked(self, case: str, need: str = NEED) -> dict[str, Any]:
        """The newest referral of a need, as soon as there is one."""

        async def look() -> Any:
            items = (await self.worker.get(REFERRALS, case=case, need=need))["items"]
            return items and items[0]

        found: dict[str, Any] = await seen(look, f"a referral for {need}")
        return found

    async def asked_for(self, need: str = NEED) -> dict[str, Any]:
        """The referral of a case of its own."""
        return await self.asked(await self.case(need), need)

    async def known(self, referral: Mapping[str, Any], progress: str) -> None:
        """Wait until intake knows that a referral stands there."""

        async def look() -> bool:
            needs = (await self.worker.get(f"{CASES}/{referral['case']}"))["needs"]
            return any((need["referral"], need["progress"]) == (referral["referral"], progress) for need in needs)

        await seen(look, f"{referral['referral']} {progress} in intake")

    async def alert(self, visitor: Visitor, code: str, about: str) -> dict[str, Any]:
        """An alert on a desk of this visitor, as soon as it is there."""

        async def look() -> Any:
            items = (await visitor.get(ALERTS, limit="200"))["items"]
            return next((item for item in items if (item["code"], item["subject"]) == (code, about)), None)

        found: dict[str, Any] = await seen(look, f"{code} about {about}")
        return found

    def wait_until(self, moment: str) -> None:
        """Let the town's time pass until just after a moment; nobody is taken back in time."""
        ahead = datetime.fromisoformat(moment) - self.house.now() + timedelta(minutes=1)
        if ahead > timedelta():
            self.house.advance(ahead)


def shared_path(referral: Mapping[str, Any]) -> str:
    """The address at which a receiver reads what is shared with it."""
    return f"/intake/v1/referrals/{referral['referral']}/disclosure"


def referral_path(referral: Mapping[str, Any], step: str = "") -> str:
    """The address of a referral, or of something that is asked of it."""
    return f"{REFERRALS}/{referral['referral']}{'/' if step else ''}{step}"
