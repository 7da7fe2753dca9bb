"""A desk that listens: one open stream of alerts, which may be dropped and taken up again where it stopped."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

from deploy.demo.visitor import NotObserved, Visitor, expect

STREAM = "/notifications/v1/alerts/stream"
RETURN_SECONDS = 0.3
OPEN_SECONDS_MAX = 20.0

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame of a stream, with the number it came under and the moment at which it came."""

    number: int
    data: Frame
    at: float = field(default_factory=time.time, compare=False)


class Desk:
    """The stream of one visitor; `heard` grows while it is open."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.heard: list[Heard] = []
        self._more = asyncio.Condition()
        self._open = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    async def listen(self) -> "Desk":
        """Open the stream after the last frame heard, and come back whenever it ends."""
        self._open.clear()
        self._listening = asyncio.create_task(self._listen())
        opened = asyncio.create_task(self._open.wait())
        await asyncio.wait((opened, self._listening), timeout=OPEN_SECONDS_MAX, return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()
        self._stop_if_refused()
        if not self._open.is_set():
            await self.drop()
            raise NotObserved(f"{self.visitor.account} got no stream of alerts within {OPEN_SECONDS_MAX:.0f} s")
        return self

    async def drop(self) -> None:
        """Lose the connection."""
        if self._listening:
            self._listening.cancel()
            with suppress(asyncio.CancelledError, NotObserved):
                await self._listening
            self._listening = None

    async def until(self, wanted: Callable[[Frame], bool], what: str, seconds_max: float = 20.0) -> Frame:
        """The first frame of this kind, heard before or still to come."""
        try:
            async with asyncio.timeout(seconds_max), self._more:
                while True:
                    found = next((heard.data for heard in self.heard if wanted(heard.data)), None)
                    if found is not None:
                        return found
                    await self._more.wait()
        except TimeoutError:
            self._stop_if_refused()
            said = [(heard.data["kind"], heard.data["code"]) for heard in self.heard][-6:]
            raise NotObserved(f"{self.visitor.account} did not hear {what}; it heard {said}") from None

    def _stop_if_refused(self) -> None:
        """Say what the house answered when it gave this desk no stream."""
        if self._listening and self._listening.done():
            self._listening.result()

    async def _listen(self) -> None:
        while True:
            with suppress(httpx2.TransportError, httpx2.StreamError):
                await self._read_stream()
            await asyncio.sleep(RETURN_SECONDS)

    async def _read_stream(self) -> None:
        headers = await self.visitor.bearer()
        if self.heard:
            headers["Last-Event-ID"] = str(self.heard[-1].number)
        async with self.visitor.http.stream("GET", STREAM, headers=headers, timeout=None) as answer:
            if answer.status_code != 200:
                await answer.aread()
                expect(answer, 200, STREAM)
            self._open.set()
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                if line:
                    fields[name] = value.strip()
                elif "data" in fields:
                    await self._keep(Heard(int(fields["id"]), json.loads(fields["data"])))
                    fields = {}

    async def _keep(self, heard: Heard) -> None:
        async with self._more:
            self.heard.append(heard)
            self._more.notify_all()


def about(referral: Mapping[str, Any], code: str, kind: str) -> Callable[[Frame], bool]:
    """Whether a frame tells this of a referral."""

    def wanted(frame: Frame) -> bool:
        return (frame["subject"], frame["code"], frame["kind"]) == (referral["referral"], code, kind)

    return wanted
