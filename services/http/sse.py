"""A live stream of numbered frames: the letterbox is a table, the doorbell only says that it is worth looking.

A stream ends when its token does, when its account may no longer see it, or when the process stops; the client returns
with Last-Event-ID and misses nothing. No database connection is held while it waits.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic_core import to_json
from starlette.responses import StreamingResponse

from services.contracts.failures import Unavailable
from services.http.problems import Problem
from services.telemetry.metrics import OPEN_STREAMS

RETURN_AFTER_MILLISECONDS = 1_000
STREAMS_PER_ACCOUNT_MAX = 8
FRAME_NUMBER_MAX = 2**63 - 1

LastEventId = Annotated[
    int | None,
    Header(alias="Last-Event-ID", ge=0, le=FRAME_NUMBER_MAX, description="The stream goes on after this frame."),
]


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a stream does what nobody rings for; a lost right ends it after the last two together at the latest."""

    heartbeat_seconds: float = 15.0
    look_anyway_seconds: float = 5.0
    ask_again_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One numbered thing to tell; `data` holds codes and references, never a name."""

    number: int
    event: str
    data: Mapping[str, Any]


FramesAfter = Callable[[int], Awaitable[Sequence[Frame]]]
"""The frames with a higher number, in order and at most a page of them."""


class EventStream(StreamingResponse):
    """The answer of an endpoint that streams; its endpoint is no generator, so that it can still refuse."""

    media_type = "text/event-stream"


class OpenStreams:
    """How many streams each account has open at this process."""

    def __init__(self, room: str) -> None:
        self._gauge = OPEN_STREAMS.labels(room)
        self._open: Counter[str] = Counter()

    def check(self, account: str) -> None:
        """Refuse one stream too many."""
        if self._open[account] >= STREAMS_PER_ACCOUNT_MAX:
            says = f"This account has {STREAMS_PER_ACCOUNT_MAX} streams open: close one, or share one between windows."
            raise Problem(429, "too_many_streams", says, headers={"Retry-After": "30"})

    @contextmanager
    def one_more(self, account: str) -> Iterator[None]:
        """Count a stream while it is open."""
        self._open[account] += 1
        try:
            with self._gauge.track_inprogress():
                yield
        finally:
            self._open[account] -= 1


async def letterbox(
    *,
    frames_after: FramesAfter,
    last: int,
    rings: Sequence[Callable[[float], Awaitable[object]]],
    seconds_left: Callable[[], float],
    still_allowed: Callable[[], Awaitable[bool]],
    stopping: asyncio.Event,
    pace: Pace = Pace(),
) -> AsyncIterator[bytes]:
    """The bytes of one stream, from the frame after `last` until it must end."""
    loop = asyncio.get_running_loop()
    spoke_at = asked_at = loop.time()
    yield format_sse_event(comment="open", retry=RETURN_AFTER_MILLISECONDS)
    # When the database is away the stream ends too: the client returns, and hears then what it missed.
    with suppress(Unavailable):
        while seconds_left() > 0 and not stopping.is_set():
            if loop.time() - asked_at >= pace.ask_again_seconds:
                if not await still_allowed():
                    return
                asked_at = loop.time()
            # The doorbell is listened to before the look, so that a ring during the look is not missed.
            seconds = min(pace.look_anyway_seconds, seconds_left())
            waiting = [asyncio.ensure_future(each) for each in (*(ring(seconds) for ring in rings), stopping.wait())]
            try:
                frames = await frames_after(last)
                for told in frames:
                    yield format_sse_event(data_str=to_json(told.data).decode(), event=told.event, id=str(told.number))
                    last, spoke_at = told.number, loop.time()
                if not frames:
                    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waiting:
                    each.cancel()
                await asyncio.gather(*waiting, return_exceptions=True)
            if loop.time() - spoke_at >= pace.heartbeat_seconds:
                yield KEEPALIVE_COMMENT
                spoke_at = loop.time()
