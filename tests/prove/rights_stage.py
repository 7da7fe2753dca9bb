"""What a proof of the rights asks about: reports, cases, referrals, what is shared of them, and alerts, each in the
state that is wanted. All of it lies in one town and is about children who do not exist.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from deploy.demo.acts import ALERTS, REPORTS, seen
from deploy.demo.papers import screened_out
from deploy.demo.visitor import NotObserved, Visitor
from deploy.house import House
from tests.journeys.looking import rows
from tests.journeys.printed_rights import Thing
from tests.journeys.town import CASES, NEED, Town, referral_path
from tests.prove.people import ABOVE, ELSEWHERE, HERE, NEIGHBOUR

NEEDS = (NEED, "school_transport")
"""Needs that the school of the town is asked for first: one case gives a referral for each."""
NEED_OF_THE_CENTRE = "mediation"
"""What nobody serves but the centre: it asks itself."""
DAYS_MAX = 12
SEEN_SECONDS_MAX = 3.0
PUBLISHER = "BIH"
RELEASES = "/analytics/v1/releases"
RELEASE = {"from": "2025-11-01", "to": "2025-11-30", "indicators": ["needs_unserved"]}
UNITS = (HERE, NEIGHBOUR, ABOVE, ELSEWHERE, "BIH")

STATES: Mapping[str, tuple[str, ...]] = {
    "report": ("waiting", "accepted", "screened_out"),
    "case": ("open",),
    "person": ("case", "report"),
    "referral": ("waiting", "accepted", "under_way", "completed", "declined", "withdrawn"),
    "shared": ("waiting", "accepted", "ended"),
    "shared with the centre": ("waiting", "accepted"),
    "referral of the centre": ("waiting", "accepted", "under_way"),
    "alert": ("raised", "acknowledged", "resolved"),
    "alert of the caseworker": ("raised",),
    "alert of the director": ("raised",),
    "alert of the coordinator": ("raised",),
    "release": ("published",),
    "press": ("any",),
    "unit": UNITS,
    "list": ("any",),
}
"""What can be asked about, and in which states; a unit has none, so each unit stands for one."""

STEPS: Mapping[str, tuple[str, ...]] = {
    "waiting": (),
    "accepted": ("accept",),
    "under_way": ("accept", "start"),
    "completed": ("accept", "start", "complete"),
    "declined": ("decline",),
    "withdrawn": ("withdraw",),
    "ended": ("accept", "start", "complete"),
}
FORMS: Mapping[str, Mapping[str, str]] = {
    "close": {"outcome": "needs_met"},
    "complete": {"outcome": "need_met"},
    "decline": {"reason": "no_capacity"},
    "withdraw": {"reason": "sent_in_error"},
}
HEARD = {"waiting": "sent", "accepted": "accepted", "ended": "completed"}
STANDS = {
    "report": ("intake", "SELECT state FROM reports WHERE report = $1"),
    "referral": ("referral", "SELECT state FROM referrals WHERE ref = $1"),
    "alert": ("notifications", "SELECT state FROM alerts WHERE ref = $1"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """One thing: its reference, how rights see it, and what a request about it may have to name."""

    kind: str
    ref: str
    thing: Thing
    names: Mapping[str, str] = field(default_factory=dict)


class Stage:
    """Keeps what was made, by kind and state, and makes what is lacking."""

    def __init__(self, house: House, here: Town) -> None:
        self._house = house
        self.here = here
        self._kept: defaultdict[tuple[str, str], list[Known]] = defaultdict(list)

    async def take(self, kind: str, state: str) -> Known:
        """A thing of a kind in a state; it stays here, to be asked about again."""
        if not self._kept[(kind, state)]:
            for made in await self._make(kind, state):
                self._kept[(kind, state)].append(made)
        return self._kept[(kind, state)][0]

    async def settle(self, known: Known) -> bool:
        """Put a thing where it stands now; whether it stands elsewhere than before."""
        if known.kind.partition(" ")[0] not in STANDS:
            return False
        if await self._stands(known.kind, known.ref, known.thing.state):
            return False
        now = await self._state(known.kind, known.ref)
        self._kept[(known.kind, known.thing.state)].remove(known)
        self._kept[(known.kind, now)].append(replace(known, thing=replace(known.thing, state=now)))
        return True

    async def _state(self, kind: str, ref: str) -> str:
        room, question = STANDS[kind.partition(" ")[0]]
        return str((await rows(self._house, room, question, ref))[0]["state"])

    async def _stands(self, kind: str, ref: str, state: str) -> bool:
        return await self._state(kind, ref) == state

    def everything(self) -> list[Known]:
        """All that is kept."""
        return [known for kept in self._kept.values() for known in kept]

    async def _make(self, kind: str, state: str) -> list[Known]:
        match kind:
            case "report":
                return [Known(kind, await self._report(state), Thing(HERE, state=state))]
            case "case":
                return [Known(kind, await self.here.case(NEED), Thing(HERE, owner=f"{HERE}.csw", state=state))]
            case "person":
                return [await self._person(state)]
            case "referral":
                return await self._referrals(state)
            case "shared" | "shared with the centre":
                return [await self._shared(kind, NEED if kind == "shared" else NEED_OF_THE_CENTRE, state)]
            case "referral of the centre":
                case = await self.here.case(NEED_OF_THE_CENTRE)
                return [await self._referral(kind, case, NEED_OF_THE_CENTRE, state)]
            case "alert":
                return [await self._alert(state)]
            case "alert of the caseworker" | "alert of the director" | "alert of the coordinator":
                return [await self._alert_of(kind, kind.rpartition(" ")[2])]
            case "release":
                return [await self._release()]
            case "press":
                return [Known(kind, "", Thing(PUBLISHER))]
            case "unit":
                return [Known(kind, state, Thing(state))]
            case _:
                return [Known(kind, "", Thing(HERE))]

    async def _release(self) -> Known:
        """A release of a month in which nothing happened yet."""
        analyst = self.here.cast.person("analyst", PUBLISHER)
        await analyst.does(RELEASES, RELEASE, status=202)

        async def published() -> Any:
            # Whoever was let ask for one before asked for the same days, which are released once.
            found = (await analyst.get(RELEASES))["items"]
            days = [each for each in found if (each["state"], each["from"]) == ("published", RELEASE["from"])]
            return days and days[0]["release"]

        ref = await seen(published, "the release")
        return Known("release", ref, Thing(PUBLISHER, state="published"))

    async def _report(self, state: str) -> str:
        report, path = await self.here.report(), f"{REPORTS}/{{}}/screen"
        if state == "accepted":
            await self.here.worker.does(path.format(report), self.here.screening())
        if state == "screened_out":
            await self.here.worker.does(path.format(report), screened_out(self.here.answers))
        return report

    async def _person(self, state: str) -> Known:
        """Whom a case of the centre, or a report without one, is about; too early to be forgotten, so nobody is."""
        path = f"{CASES}/{await self.here.case(NEED)}" if state == "case" else f"{REPORTS}/{await self.here.report()}"
        owner = f"{HERE}.csw" if state == "case" else ""
        return Known("person", (await self.here.worker.get(path))["person"], Thing(HERE, owner=owner, state=state))

    async def _referrals(self, state: str) -> list[Known]:
        case = await self.here.case(*NEEDS)
        return [await self._referral("referral", case, need, state) for need in NEEDS]

    async def _referral(self, kind: str, case: str, need: str, state: str) -> Known:
        referral = await self.here.asked(case, need)
        await self._step(referral, state)
        thing = Thing(HERE, sender=f"{HERE}.csw", receiver=referral["receiver"], state=state)
        names = {"case": case, "need": need, "receiver": referral["receiver"]}
        return Known(kind, referral["referral"], thing, names)

    async def _shared(self, kind: str, need: str, state: str) -> Known:
        referral = await self.here.asked_for(need)
        await self._step(referral, state)
        await self.here.known(referral, HEARD[state])
        thing = Thing(HERE, receiver=referral["receiver"], state=state)
        return Known(kind, referral["referral"], thing)

    async def _alert(self, state: str) -> Known:
        referral, provider = await self.here.asked_for(NEED), self.here.provider()
        alert = await self.here.alert(provider, "REFERRAL_SENT", referral["referral"])
        if state == "acknowledged":
            await provider.does(f"{ALERTS}/{alert['alert']}/acknowledge")
        if state == "resolved":
            await self._step(referral, "accepted")
            await seen(partial(self._stands, "alert", alert["alert"], state), f"{alert['alert']} {state}")
        return Known("alert", alert["alert"], Thing(HERE, desk=alert["desk"], state=state))

    async def _alert_of(self, kind: str, role: str) -> Known:
        """A report that nobody takes note of climbs, day by day, to the desk of whoever is meant."""
        visitor = self.here.cast.person(role, ABOVE if role == "coordinator" else HERE)
        await self.here.report()
        for _ in range(DAYS_MAX):
            try:
                items = await seen(lambda: self._raised(visitor), "an alert", SEEN_SECONDS_MAX)
            except NotObserved:
                self._house.advance(timedelta(days=1))
                continue
            alert = items[0]
            return Known(kind, alert["alert"], Thing(alert["unit"], desk=alert["desk"], state="raised"))
        raise NotObserved(f"no alert came to the {role} in {DAYS_MAX} days")

    async def _raised(self, visitor: Visitor) -> Any:
        return (await visitor.get(ALERTS, state="raised"))["items"]

    async def _step(self, referral: Mapping[str, Any], state: str) -> None:
        for step in STEPS.get(state, ()):
            asked = referral["receiver"] == f"{HERE}.csw"
            visitor = self.here.worker if step == "withdraw" or asked else self.here.provider()
            await visitor.does(referral_path(referral, step), FORMS.get(step))
