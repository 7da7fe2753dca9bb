"""One request as a room sees it: who asks, by which right, and an answer that is given once for each key.

A room asks `allow` before it shows or does anything; what it forgets to ask, the gate refuses to send.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, TypeVar

import asyncpg
import structlog
from fastapi import Response
from pydantic_core import to_json

from services.http.paging import Place, link_to, read_cursor, scope_of, write_cursor
from services.http.problems import Problem, missing
from services.http.reception import Reception
from services.http.sse import EventStream, FramesAfter, letterbox
from services.security.identity import AccountUnknown, Claims, real_now
from services.security.rights import Person, Reach, Record, allowed, reach
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work

T = TypeVar("T")

REPLY_KEY = "idempotency_pkey"
JSON = "application/json"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers: 200 to 299 and a body of JSON, kept as it is for the next time the key comes."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """The request behind a call: its address, and its key and fingerprint when it is a command."""

    path: str
    query: str
    key: str = ""
    fingerprint: bytes = b""


class Call:
    """One authenticated request for one action."""

    def __init__(
        self, reception: Reception, action: str, person: Person, claims: Claims, stamp: Stamp, asked: Asked
    ) -> None:
        self.action = action
        self.person = person
        self.stamp = stamp
        self.judged = False
        self._reception = reception
        self._claims = claims
        self._asked = asked

    @property
    def database(self) -> Database:
        """For reads outside a command."""
        return self._reception.database

    def sees(self, record: Record) -> bool:
        """Whether this person may do this action to a record."""
        self.judged = True
        return allowed(self._reception.rights, self.person, self.action, record, self._reception.tree)

    def allow(self, record: Record) -> None:
        """Refuse with 403 unless this person may do this action to a record they may know of."""
        if not self.sees(record):
            log.info("not_allowed", action=self.action, account=self.person.account, unit=record.unit)
            says = "Your account may not do this to this record: ask a colleague whose role and place allow it."
            raise Problem(403, "not_yours", says)

    def allow_to_see(self, record: Record | None) -> None:
        """Refuse with 404, the same whether the record is not there or not this person's to know of."""
        self.judged = True
        if record is None or not self.sees(record):
            log.info("not_shown", action=self.action, account=self.person.account)
            raise missing()

    def reach(self) -> Reach:
        """What a list may show this person, in the form a query can ask for."""
        self.judged = True
        return reach(self._reception.rights, self.person, self.action, self._reception.tree)

    async def once(self, action: Callable[[Work], Awaitable[Reply]]) -> Response:
        """Carry out a command for the first time its key comes, and give that answer again whenever it comes again."""

        async def in_turn(work: Work) -> Response:
            account, key = self.person.account, self._asked.key
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
            work.change("keep_reply", account, key, self._asked.fingerprint, reply.status, body, json.dumps(headers))
            return Response(body, reply.status, headers, JSON)

        try:
            return await self.database.transact(self.stamp, in_turn)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != REPLY_KEY:
                raise
            # The first of two committed just before this one took its turn: now its answer can be read.
            return await self.database.transact(self.stamp, in_turn)

    async def see(self, action: Callable[[Work], Awaitable[T]]) -> T:
        """Read what leaves an entry in the access log; what it gives may be shown, for the entry is committed."""
        return await self.database.transact(self.stamp, action)

    def place(self, after: str | None) -> Place | None:
        """Where in its list a page begins, or None for the first."""
        if after is None:
            return None
        return read_cursor(self._reception.secret, scope_of(self._asked.path, self._asked.query), after)

    def page(
        self,
        rows: Sequence[T],
        limit: int,
        *,
        place_of: Callable[[T], Place],
        show: Callable[[T], Mapping[str, Any]],
        **more: object,
    ) -> Response:
        """One page of a list, given one row more than fits if there are that many; `more` stands beside the items."""
        shown, headers, cursor = rows[:limit], {}, None
        if len(rows) > limit:
            path, query = self._asked.path, self._asked.query
            cursor = write_cursor(self._reception.secret, scope_of(path, query), place_of(shown[-1]))
            headers = {"Link": link_to(path, query, cursor)}
        body = {"items": [show(row) for row in shown], "next": cursor, **more}
        return Response(to_json(body), headers=headers, media_type=JSON)

    def stream(self, channel: str, frames_after: FramesAfter, last: int) -> EventStream:
        """Open a live stream of the frames after `last`; `channel` is the doorbell's."""
        self._reception.streams.check(self.person.account)
        return EventStream(self._frames(channel, frames_after, last), headers={"X-Accel-Buffering": "no"})

    def _again(self, row: Any) -> Response:
        if not compare_digest(row["fingerprint"], self._asked.fingerprint):
            raise Problem(422, "key_reused", "This key named another request: send a new key with a new request.")
        self.judged = True
        return Response(row["reply"], row["status"], json.loads(row["headers"]), JSON)

    async def _frames(self, channel: str, frames_after: FramesAfter, last: int) -> Any:
        with self._reception.streams.one_more(self.person.account):
            async for part in letterbox(
                frames_after=frames_after,
                last=last,
                ring=lambda seconds: self.database.doorbell.wait(channel, seconds),
                seconds_left=lambda: (self._claims.expires_at - real_now()).total_seconds(),
                still_allowed=self._still_the_same,
                stopping=self._reception.stopping,
            ):
                yield part

    async def _still_the_same(self) -> bool:
        try:
            return await self._reception.verifier.person(self.database, self._claims) == self.person
        except AccountUnknown:
            return False
