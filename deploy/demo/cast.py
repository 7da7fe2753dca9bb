"""Who plays in a story: the people of one unit, and the needs whose institutions answer, decline and stay silent.

Everybody is invented; whom a need is asked of follows from the unit's directory alone.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx2

from deploy.demo.desk import Desk
from deploy.demo.visitor import NotObserved, Visitor, credentials_token
from deploy.house import House
from deploy.house.layout import REPOSITORY

UNITS = REPOSITORY / "deploy" / "units"
SENDER = "csw"
REPORTER = "school"
NEEDS_OF_A_STORY = 3
INSTITUTIONS = "/referral/v1/institutions"


@dataclass(frozen=True, slots=True)
class Asked:
    """A need, who will be asked first, and who could be asked after that."""

    need: str
    receiver: str
    others: tuple[str, ...]


@dataclass(slots=True)
class Cast:
    """The people of one unit, and those above it."""

    house: House
    http: httpx2.AsyncClient
    unit: str

    def above(self) -> list[str]:
        """The unit that coordinates and those above it, from the same files the house reads."""
        units = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in UNITS.glob("*.toml")}
        above = [units[self.unit]["coordinating_unit"]]
        while parent := units[above[-1]].get("parent"):
            above.append(parent)
        return above

    def person(self, role: str, place: str) -> Visitor:
        """Somebody with a role at a unit or institution."""

        async def token() -> str:
            return self.house.token(role, place)

        return Visitor(f"{role}@{place}", self.http, token)

    def client(self, institution: str) -> Visitor:
        """The own system of an institution, with its own credentials."""

        async def token() -> str:
            return await credentials_token(self.http, *self.house.client(institution))

        return Visitor(f"client@{institution}", self.http, token)

    async def desk(self, role: str, place: str) -> Desk:
        """Somebody with an open stream."""
        return await Desk(self.person(role, place)).listen()

    async def needs(self, worker: Visitor) -> tuple[Asked, ...]:
        """The parts of this unit, as the house itself answers who serves what."""
        mine = (await worker.get(INSTITUTIONS, unit=self.unit))["institutions"]
        served: dict[str, list[str]] = {}
        for need in sorted({need for institution in mine for need in institution["needs"]}):
            listed = (await worker.get(INSTITUTIONS, unit=self.unit, need=need))["institutions"]
            served[need] = [institution["institution"] for institution in listed]
        return parts(self.unit, served)


def parts(unit: str, served: Mapping[str, Sequence[str]]) -> tuple[Asked, ...]:
    """Three needs asked of three institutions of the unit: one helps, one declines, one stays silent.

    `served` names for each need who serves it, in the order in which they are asked. For the need that is declined
    somebody else can be asked; that may be the centre itself, which is never the first.
    """
    centre = f"{unit}.{SENDER}"
    found: dict[str, Asked] = {}
    for need in sorted(served):
        others = [code for code in served[need] if code != centre]
        if not others or not others[0].startswith(f"{unit}."):
            continue
        asked = Asked(need, others[0], (*others[1:], *(code for code in served[need] if code == centre)))
        if asked.receiver not in found or _choice(asked, centre) > _choice(found[asked.receiver], centre):
            found[asked.receiver] = asked
    # The one that declines must leave somebody else to ask, better not only those who asked.
    ordered = sorted(found.values(), key=lambda asked: -_choice(asked, centre))
    if len(ordered) < NEEDS_OF_A_STORY or not ordered[0].others:
        raise NotObserved(f"the directory of {unit} has too few institutions for a story")
    return ordered[1], ordered[0], ordered[2]


def _choice(asked: Asked, centre: str) -> int:
    """How well the refusal of this need can be answered."""
    return 2 * (asked.others[:1] not in ((), (centre,))) + bool(asked.others)
