"""Who plays in a story: the people of one unit, and the needs whose institutions answer, decline and stay silent.

Everybody is invented; whom a need is asked of follows from the unit's directory alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx2

from deploy.demo.desk import Desk
from deploy.demo.visitor import NotObserved, Visitor, credentials_token
from deploy.house import House

SENDER = "csw"
REPORTER = "school"
NEEDS_OF_A_STORY = 3


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

    @property
    def centre(self) -> str:
        """The centre for social work that sends the referrals."""
        return f"{self.unit}.{SENDER}"

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
        """Three needs that three institutions of the unit serve; somebody else could be asked for the second."""
        found: dict[str, Asked] = {}
        for need in await self._codes(worker):
            listed = await worker.get("/referral/v1/institutions", unit=self.unit, need=need)
            asked = self._asked(need, listed["institutions"])
            if asked is None or asked.receiver in found or not asked.receiver.startswith(f"{self.unit}."):
                continue
            found[asked.receiver] = asked
        # The one that declines must leave somebody else to ask.
        ordered = sorted(found.values(), key=lambda asked: not asked.others)
        if len(ordered) < NEEDS_OF_A_STORY or not ordered[0].others:
            raise NotObserved(f"the directory of {self.unit} has too few institutions for a story")
        return ordered[1], ordered[0], ordered[2]

    async def _codes(self, worker: Visitor) -> Iterable[str]:
        listed = await worker.get("/referral/v1/institutions", unit=self.unit)
        return sorted({need for institution in listed["institutions"] for need in institution["needs"]})

    def _asked(self, need: str, listed: list[dict[str, Any]]) -> Asked | None:
        codes = [institution["institution"] for institution in listed if institution["institution"] != self.centre]
        return Asked(need, codes[0], tuple(codes[1:])) if codes else None
