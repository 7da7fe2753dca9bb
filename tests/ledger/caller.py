"""A client of the house: asks for one thing until it is answered, under one key, and records every try."""

import asyncio
import base64
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from deploy.house import House
from tests.ledger.record import Recorder, digest

ANSWER_SECONDS_MAX = 8.0
ASK_SECONDS_MAX = 300.0
AGAIN_SECONDS = (0.2, 0.5, 1.0, 2.0)
TOKEN_SECONDS = 200.0
CONNECTIONS_MAX = 400
BUSY = frozenset({"still_running"})
"""Codes of a 409 that says nothing about the request yet."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Want:
    """One thing to ask for; `bad` ones must be refused."""

    id: str
    op: str
    account: str
    path: str
    body: bytes
    about: str = ""
    key: str = ""
    bad: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def correlation(self) -> str:
        """The thread of events it begins: the same on every try."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.id))


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that settled it."""

    status: int
    body: Json


class Caller:
    """Speaks for every account of a run through the one origin."""

    def __init__(self, house: House, recorder: Recorder, run: str) -> None:
        limits = httpx2.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX)
        self.http = httpx2.AsyncClient(
            base_url=house.origin, timeout=ANSWER_SECONDS_MAX, limits=limits, trust_env=False
        )
        self.asking = 0
        self._house = house
        self._recorder = recorder
        self._run = run
        self._tokens: dict[str, tuple[str, float]] = {}
        self._renewing: dict[str, asyncio.Lock] = {}
        self._numbers = 0

    def want(self, op: str, account: str, path: str, body: Json | bytes, **more: Any) -> Want:
        """Something to ask for, under a key of its own."""
        self._numbers += 1
        id_ = f"{self._run}-{self._numbers}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Want(id_, op, account, path, content, **{"key": f"ledger-{id_}", **more})

    async def ask(self, want: Want) -> Answer | None:
        """Ask until there is an answer; None when there was none in all the time there is."""
        self.asking += 1
        try:
            async with asyncio.timeout(ASK_SECONDS_MAX):
                attempt = 0
                while True:
                    attempt += 1
                    answer = await self._try(want, attempt)
                    if answer is not None:
                        return answer
                    await asyncio.sleep(AGAIN_SECONDS[min(attempt, len(AGAIN_SECONDS)) - 1])
        except TimeoutError:
            return None
        finally:
            self.asking -= 1

    async def bearer(self, account: str) -> str:
        """A token of an account, renewed before it ends."""
        lock = self._renewing.setdefault(account, asyncio.Lock())
        async with lock:
            token, until = self._tokens.get(account, ("", 0.0))
            if time.monotonic() > until:
                token = await self._new_token(account)
                self._tokens[account] = (token, time.monotonic() + TOKEN_SECONDS)
            return token

    def forget_token(self, account: str) -> None:
        """Have a new token made at the next request."""
        self._tokens.pop(account, None)

    async def open(self, account: str, path: str, about: str) -> Json | None:
        """Read what is shared about somebody; each time something was shown is kept."""
        return await self.see(account, path, shown=about)

    async def see(self, account: str, path: str, *, shown: str = "", **query: Any) -> Json | None:
        """Read something, trying again while the house is away; None when it is not shown to this account."""
        deadline = time.monotonic() + ASK_SECONDS_MAX
        while time.monotonic() < deadline:
            correlation = str(uuid.uuid4())
            try:
                headers = {"Authorization": f"Bearer {await self.bearer(account)}", "X-Correlation-Id": correlation}
                answer = await self.http.get(path, params=query, headers=headers)
            except httpx2.HTTPError:
                answer = None
            match answer.status_code if answer else 0:
                case 200:
                    if shown:
                        self._recorder.note("shown", account=account, about=shown, correlation=correlation)
                    return _json(answer) if answer else None
                case 401:
                    self.forget_token(account)
                case status if 400 <= status < 500 and status != 429:
                    return None
                case _:
                    pass
            await asyncio.sleep(AGAIN_SECONDS[-1])
        return None

    async def _try(self, want: Want, attempt: int) -> Answer | None:
        who = {"op": want.op, "key": want.key, "caller": want.account, "about": want.about, "bad": want.bad}
        body = digest(want.body)
        try:
            token = want.headers.get("Authorization") or f"Bearer {await self.bearer(want.account)}"
        except httpx2.HTTPError:
            return None
        invoked = {"intent": want.id, "attempt": attempt}
        self._recorder.note("invoke", **invoked, **who, body=body, correlation=want.correlation)
        headers = {"Content-Type": "application/json", "X-Correlation-Id": want.correlation, **want.headers}
        headers |= {"Authorization": token} | ({"Idempotency-Key": want.key} if want.key else {})
        try:
            answer = await self.http.post(want.path, content=want.body, headers=headers)
        except httpx2.HTTPError as error:
            self._recorder.note("unknown", **invoked, status=type(error).__name__)
            return None
        return self._settle(want, invoked, answer)

    def _settle(self, want: Want, invoked: Mapping[str, Any], answer: httpx2.Response) -> Answer | None:
        said = _json(answer)
        match answer.status_code:
            case status if 200 <= status < 300:
                reply = refs_of(want.op, said)
                self._recorder.note("ok", **invoked, status=status, reply=reply, digest=digest(answer.content))
                return Answer(status, said)
            case 401 if not want.bad:
                self.forget_token(want.account)
            case 409 if said.get("code") in BUSY:
                pass
            case status if 400 <= status < 500 and status != 429:
                self._recorder.note("fail", **invoked, status=status, code=said.get("code", ""))
                return Answer(status, said)
            case _:
                pass
        self._recorder.note("unknown", **invoked, status=answer.status_code, code=said.get("code", ""))
        return None

    async def _new_token(self, account: str) -> str:
        name, _, place = account.partition("@")
        if name != "client":
            return await asyncio.to_thread(self._house.token, name, place)
        client, secret = await asyncio.to_thread(self._house.client, place)
        basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
        form = {"grant_type": "client_credentials"}
        answer = await self.http.post("/id/token", data=form, headers={"Authorization": f"Basic {basic}"})
        answer.raise_for_status()
        return str(answer.json()["access_token"])


def refs_of(op: str, said: Json) -> dict[str, Any]:
    """What of an answer the record keeps: references and where things stand."""
    match op:
        case "report":
            return {"ref": said["report"]}
        case "screen":
            return {"ref": said["report"], "case": said["case"], "outcome": said["outcome"]}
        case "acknowledge":
            return {"ref": said["alert"], "state": said["state"]}
        case "close":
            return {"ref": said["case"], "outcome": said["outcome"]}
        case _:
            return {"ref": said["referral"], "state": said["state"]}


def _json(answer: httpx2.Response) -> Json:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


Heard = Callable[[str, Json], None]
"""What is done about a frame: the account that heard it, and its data."""
