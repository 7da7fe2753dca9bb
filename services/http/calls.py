"""One request as a room sees it: who asks, by which right, and an answer that is given once for each key.

A room asks `allow` before it shows or does anything; what it forgets to ask, the gate refuses to send.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from hmac import compare_digest
from typing import Any, TypeVar

import asyncpg
import structlog
from fastapi import Response
from pydantic_core import to_json

from services.contracts.failures import AccountUnknown, Refused, Unavailable
from services.contracts.session import Sessions
from services.contracts.units import UnitTree
from services.http.pace import Pace
from services.http.paging import Place, link_to, read_cursor, scope_of, write_cursor
from services.http.problems import Problem, missing, walk_stopped
from services.http.sse import EventStream, FramesAfter, OpenStreams, letterbox
from services.security.identity import Claims, Verifier, real_now
from services.security.rights import Person, Reach, Record, Right, allowed, reach, visible
from services.storage.database import Database, opening
from services.storage.stamp import Clock, Stamp
from services.storage.work import Work

T = TypeVar("T")
PlaceOf = Callable[[Any], Place]
Show = Callable[[Any], Mapping[str, Any]]

REPLY_KEY, AGAIN = "idempotency_pkey", {"Idempotent-Replayed": "true"}
JSON = "application/json"
OPENINGS_KEPT_MAX = 2_048

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers: 200 to 299 and a body of JSON, kept as it is for the next time the key comes."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reception:
    """What answering any request of a room needs, put together once when the process starts."""

    room: str
    database: Database
    verifier: Verifier
    rights: tuple[Right, ...]
    tree: UnitTree
    opening: Callable[[Person], str]
    clock: Clock
    secret: bytes
    pace: Pace
    streams: OpenStreams
    stopping: asyncio.Event
    sessions: Sessions | None = None


def openings(rights: tuple[Right, ...], tree: UnitTree) -> Callable[[Person], str]:
    """How a transaction of each person begins; drawn up once for whoever asks often."""
    return lru_cache(OPENINGS_KEPT_MAX)(lambda person: opening(person.account, visible(rights, person, tree)))


@dataclass(slots=True)
class Call:
    """One authenticated request for one action; a command has a key, and a fingerprint of what was sent."""

    action: str
    person: Person
    stamp: Stamp
    reception: Reception
    claims: Claims
    path: str
    query: str
    key: str = ""
    fingerprint: bytes = b""
    judged: bool = False
    missed: bool = False
    came: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def database(self) -> Database:
        """The room's database as this person may see it."""
        return self.reception.database.seen_by(self.reception.opening(self.person))

    def sees(self, record: Record, by: str = "") -> bool:
        """Whether this person may do this action to a record, or the one that is named instead."""
        self.judged = True
        return allowed(self.reception.rights, self.person, by or self.action, record, self.reception.tree)

    def allow(self, record: Record) -> None:
        """Refuse with 403 unless this person may do this action to a record they may know of."""
        if not self.sees(record):
            self.missed = True
            log.info("not_allowed", action=self.action, account=self.person.account, unit=record.unit)
            says = "Your account may not do this to this record: ask a colleague whose role and place allow it."
            raise Problem(403, "not_yours", says)

    def allow_to_see(self, record: Record | None, by: str = "") -> None:
        """Refuse with 404, the same whether the record is not there or not this person's to know of."""
        if self.person.stopped_seconds:
            raise walk_stopped(self.person.stopped_seconds)
        # Judged even where there is nothing, so that both take the same time.
        if not self.sees(record or Record(""), by) or record is None:
            self.missed = True
            log.info("not_shown", action=self.action, account=self.person.account)
            raise missing()

    def reach(self) -> Reach:
        """What a list may show this person, in the form a query can ask for."""
        self.judged = True
        return reach(self.reception.rights, self.person, self.action, self.reception.tree)

    async def once(self, action: Callable[[Work], Awaitable[Reply]]) -> Response:
        """Carry out a command for the first time its key comes, and give that answer again whenever it comes again."""

        async def in_turn(work: Work) -> Response:
            account, key = self.person.account, self.key
            row = await work.fetch_row("recall_reply", account, key)
            assert row is not None
            if row["status"] is not None:
                return self._again(row)
            if not row["my_turn"]:
                says = "The same request is still being carried out: send it again in a moment."
                raise Problem(409, "still_running", says, headers={"Retry-After": "1"})
            reply = await action(work)
            if not (200 <= reply.status <= 299 and self.judged):
                raise RuntimeError(f"{self.action} did not ask whether it may, or answered {reply.status}")
            body, headers = to_json(reply.body), dict(reply.headers)
            work.change("keep_reply", account, key, self.fingerprint, reply.status, body, json.dumps(headers))
            return Response(body, reply.status, headers, JSON)

        try:
            return await self.database.transact(self.stamp, in_turn)
        except (Refused, asyncpg.UniqueViolationError) as error:
            if isinstance(error, asyncpg.UniqueViolationError) and error.constraint_name != REPLY_KEY:
                raise
            # Perhaps by what its own first sending has just done, or does beside it: now its answer can be read.
            return await self.database.transact(self.stamp, in_turn)

    async def see(self, action: Callable[[Work], Awaitable[T]]) -> T:
        """Read what leaves an entry in the access log; what it gives may be shown, for the entry is committed."""
        try:
            return await self.database.transact(self.stamp, action)
        except asyncpg.InsufficientPrivilegeError as error:
            raise Unavailable("what is shown here cannot be written into the access log") from error

    def place(self, after: str | None) -> Place | None:
        """Where in its list a page begins, or None for the first."""
        if after is None:
            return None
        return read_cursor(self.reception.secret, scope_of(self.path, self.query), after)

    def page(self, rows: Sequence[Any], limit: int, *, place_of: PlaceOf, show: Show, **more: object) -> Response:
        """One page of a list, given one row more than fits if there are that many; `more` stands beside the items."""
        shown, headers, cursor = rows[:limit], {}, None
        if len(rows) > limit:
            cursor = write_cursor(self.reception.secret, scope_of(self.path, self.query), place_of(shown[-1]))
            headers = {"Link": link_to(self.path, self.query, cursor)}
        body = {"items": [show(row) for row in shown], "next": cursor, **more}
        return Response(to_json(body), headers=headers, media_type=JSON)

    def stream(self, channels: Sequence[str], frames_after: FramesAfter, last: int) -> EventStream:
        """Open a live stream of the frames after `last`; `channels` are the doorbell's."""
        self.reception.streams.check(self.person.account)
        return EventStream(self._frames(channels, frames_after, last), headers={"X-Accel-Buffering": "no"})

    def _again(self, row: Any) -> Response:
        if not compare_digest(row["fingerprint"], self.fingerprint):
            raise Problem(422, "key_reused", "This key named another request: send a new key with a new request.")
        self.judged = True
        return Response(row["reply"], row["status"], json.loads(row["headers"]) | AGAIN, JSON)

    async def _frames(self, channels: Sequence[str], frames_after: FramesAfter, last: int) -> Any:
        with self.reception.streams.one_more(self.person.account):
            async for part in letterbox(
                frames_after=frames_after,
                last=last,
                rings=[partial(self.database.doorbell.wait, channel) for channel in channels],
                seconds_left=lambda: (self.claims.expires_at - real_now()).total_seconds(),
                still_allowed=self._still_the_same,
                stopping=self.reception.stopping,
            ):
                yield part

    async def _still_the_same(self) -> bool:
        try:
            return await self.reception.verifier.person(self.reception.database, self.claims) == self.person
        except AccountUnknown:
            return False
