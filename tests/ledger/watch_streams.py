"""Observers of live alerts: one stream for each account, taken up again after the last frame whenever it ends."""

import asyncio
import json
from collections.abc import Mapping
from random import Random

import httpx2

from tests.ledger.caller import Caller, Heard
from tests.ledger.record import Recorder

STREAM = "/notifications/v1/alerts/stream"
SILENCE_SECONDS_MAX = 20.0
RETURN_SECONDS = 0.3
DROPS = 0.004
"""How often an observer lets go of its stream by itself, for each frame."""


class Observers:
    """The streams of a run."""

    def __init__(self, caller: Caller, recorder: Recorder, heard: Heard, chance: Random) -> None:
        self.last: dict[str, int] = {}
        self._caller = caller
        self._recorder = recorder
        self._heard = heard
        self._chance = chance

    async def watch(self, accounts: Mapping[str, object]) -> None:
        """Watch the streams of all accounts until cancelled."""
        async with asyncio.TaskGroup() as group:
            for account in accounts:
                self.last[account] = 0
                group.create_task(self._watch(account), name=f"stream of {account}")

    async def _watch(self, account: str) -> None:
        while True:
            try:
                await self._read(account)
            except (httpx2.HTTPError, httpx2.StreamError):
                pass
            await asyncio.sleep(RETURN_SECONDS)

    async def _read(self, account: str) -> None:
        headers = {"Authorization": f"Bearer {await self._caller.bearer(account)}"}
        if self.last[account]:
            headers["Last-Event-ID"] = str(self.last[account])
        timeout = httpx2.Timeout(SILENCE_SECONDS_MAX)
        async with self._caller.http.stream("GET", STREAM, headers=headers, timeout=timeout) as answer:
            if answer.status_code != 200:
                if answer.status_code == 401:
                    self._caller.forget_token(account)
                return
            self._recorder.note("stream", account=account, after=self.last[account])
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value
                elif "data" in fields:
                    self._keep(account, int(fields["id"]), fields["data"])
                    if self._chance.random() < DROPS:
                        return
                    fields = {}

    def _keep(self, account: str, number: int, value: str) -> None:
        data = {name: content for name, content in json.loads(value).items() if name != "reason"}
        self._recorder.note("frame", account=account, number=number, data=data)
        is_new = number > self.last[account]
        self.last[account] = max(self.last[account], number)
        if is_new:
            self._heard(account, data)
