"""Plays the course of one case: whatever somebody does or is due happens in its order, and every room hears of it.

It knows the people of the course; what follows from what they do is decided by the rooms.
"""

import heapq
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from deploy.load.country import ROOMS, Country
from deploy.load.doing import Doing
from deploy.load.drawing import TRIES_AT_CLOSING, Answer, Course, noted_after
from deploy.load.remembered import Due
from services.bus.heard import Heard, Reaction
from services.contracts import intake as of_intake
from services.contracts import referral as of_referral
from services.contracts.catalog import BY_EVENT, Announcement
from services.contracts.envelope import Envelope
from services.contracts.failures import Refused
from services.contracts.notifications import AlertRaised
from services.runtime.room import OnDue
from services.storage.stamp import Stamp
from services.storage.work import Work

Said = list[tuple[Announcement, Envelope]]
Step = Callable[[datetime], Awaitable[None]]
CLOSES_AGAIN_AFTER = timedelta(days=7)


class Rooms(Protocol):
    """The rooms, wherever their rows are."""

    async def act(self, room: str, stamp: Stamp, action: Callable[[Work], Awaitable[Any]]) -> Said: ...

    async def next_due(self) -> Due | None: ...

    async def take(self, due: Due) -> None: ...


@dataclass(frozen=True, slots=True)
class Crew:
    """What the rooms do when they hear something, and by a date."""

    reactions: Mapping[str, Mapping[type, Reaction]]
    on_due: Mapping[str, Mapping[str, OnDue]]

    @classmethod
    def of(cls, country: Country) -> "Crew":
        """The crew of every room."""
        return cls(
            {name: room.hears(country.around[name]) for name, room in ROOMS.items()},
            {name: room.on_due(country.around[name]) for name, room in ROOMS.items()},
        )


class Play:
    """One course, played until a moment."""

    def __init__(self, country: Country, crew: Crew, rooms: Rooms, doing: Doing, course: Course) -> None:
        self._country = country
        self._crew = crew
        self._rooms = rooms
        self._doing = doing
        self._course = course
        self._chance = Random(f"{course.seed}/{course.number}/noting")
        self._steps: list[tuple[datetime, int, Step]] = []
        self._planned = 0
        self._actions = 0

    async def play(self, until: datetime) -> None:
        """Let everything happen that happens before `until`."""
        self._plan(self._course.reported_at, self._report)
        while True:
            due = await self._rooms.next_due()
            step = self._steps[0][0] if self._steps else None
            if due and due[0] <= until and (step is None or due[0] <= step):
                await self._keep(due)
            elif step and step <= until:
                moment, _, doing = heapq.heappop(self._steps)
                with suppress(Refused):  # somebody was faster, or what was asked is over
                    await doing(moment)
            else:
                return

    def _plan(self, moment: datetime, step: Step) -> None:
        self._planned += 1
        heapq.heappush(self._steps, (moment, self._planned, step))

    async def _keep(self, due: Due) -> None:
        """Keep an appointment of a room."""
        moment, room, kind, subject, journey = due
        await self._rooms.take(due)
        stamp = Stamp(moment, "system", journey or self._journey())
        await self._tell(await self._rooms.act(room, stamp, lambda work: self._crew.on_due[room][kind](work, subject)))

    async def _do(self, room: str, moment: datetime, account: str, action: Callable[[Work], Awaitable[Any]]) -> None:
        await self._tell(await self._rooms.act(room, Stamp(moment, account, self._journey()), action))

    async def _tell(self, said: Said) -> None:
        """Let every reader hear what was said, and whatever is said of that."""
        while said:
            answered: Said = []
            for announcement, envelope in said:
                for reader in BY_EVENT[type(announcement)].readers:
                    answered += await self._hears(reader, announcement, envelope)
                self._follow(announcement, envelope.recorded_time)
            said = answered

    async def _hears(self, reader: str, announcement: Announcement, envelope: Envelope) -> Said:
        reaction = self._crew.reactions[reader].get(type(announcement))
        if reaction is None:
            return []
        stamp = Stamp(envelope.recorded_time, "system", envelope.correlation_id, envelope.traceparent)
        return await self._rooms.act(reader, stamp, lambda work: reaction(work, Heard(announcement, envelope)))

    def _journey(self) -> str:
        self._actions += 1
        return f"load-{self._course.seed}-{self._course.number}-{self._actions}"

    def _follow(self, said: Announcement, at: datetime) -> None:
        """What people will do because of what was said."""
        for after, step in self._next(said):
            self._plan(at + after, step)

    def _next(self, said: Announcement) -> Iterator[tuple[timedelta, Step]]:
        course, doing = self._course, self._doing
        match said:
            case of_intake.ReportReceived(report=report):
                yield course.screened_after, lambda at: self._screen(at, report)
            case of_intake.CaseOpened(case=case) if course.closes_after:
                yield course.closes_after, lambda at: self._close(at, case, TRIES_AT_CLOSING)
            case of_referral.ReferralSent(referral=ref, receiver=receiver, attempt=attempt, need=need, answer_by=by):
                answer = self._answer(need, attempt)
                after = (by - said.sent_at + answer.late) if answer.late else answer.after
                yield after, lambda at: self._act("referral", at, receiver, doing.answer(ref, answer, receiver, at))
            case of_referral.ReferralAccepted(referral=ref, receiver=receiver):
                after = course.second.starts_after
                yield after, lambda at: self._act("referral", at, receiver, doing.start(ref, receiver, at))
            case of_referral.ServiceStarted(referral=ref, receiver=receiver):
                outcome, after = course.second.outcome, course.second.serves
                yield after, lambda at: self._act("referral", at, receiver, doing.complete(ref, outcome, receiver, at))
            case of_referral.ReferralDeclined(case=case, need=need, receiver=receiver):
                yield course.asked_again_after, lambda at: self._ask_again(at, case, need, receiver)
            case AlertRaised(alert=alert, desk=desk, acknowledge_by=by) if by:
                after = noted_after(self._chance, self._country.year)
                yield after, lambda at: self._note(at, alert, desk)

    def _answer(self, need: str, attempt: int) -> Answer:
        return self._course.answers[need] if attempt == 1 else self._course.second

    async def _report(self, at: datetime) -> None:
        person = self._doing.reporter(self._course.unit)
        await self._do("intake", at, person.account, self._doing.report(self._course, person, at))

    async def _screen(self, at: datetime, report: str) -> None:
        account = self._doing.worker(self._course.unit)
        await self._do("intake", at, account, self._doing.screen(self._course, report, account, at))

    async def _close(self, at: datetime, case: str, tries: int) -> None:
        account = self._doing.worker(self._course.unit)
        try:
            await self._do("intake", at, account, self._doing.close(case, self._course.outcome, account, at))
        except Refused:  # something is live: later, once or twice more
            if tries:
                self._plan(at + CLOSES_AGAIN_AFTER, lambda later: self._close(later, case, tries - 1))

    async def _act(self, room: str, at: datetime, institution: str, action: Callable[[Work], Awaitable[Any]]) -> None:
        await self._do(room, at, self._doing.at(institution), action)

    async def _ask_again(self, at: datetime, case: str, need: str, declined: str) -> None:
        account = self._doing.worker(self._course.unit)
        await self._do("referral", at, account, self._doing.ask_again(case, need, declined, account, at))

    async def _note(self, at: datetime, alert: str, desk: str) -> None:
        account = self._country.listed.covered.get(desk)
        if account:
            await self._do("notifications", at, account, self._doing.note(alert, account, at))
