"""A live stream misses nothing, repeats nothing, and ends when its token, its account's rights or its process does."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from services.contracts.failures import Unavailable
from services.http.sse import STREAMS_PER_ACCOUNT_MAX, Frame, Pace, letterbox
from tests.chassis.invented.door import Door

QUICK = Pace(heartbeat_seconds=0.05, look_anyway_seconds=0.02, ask_again_seconds=0.1)


@dataclass
class Heard:
    """One frame as a client hears it."""

    id: int
    event: str
    data: dict[str, str]


async def frames(answer: httpx2.Response) -> AsyncIterator[Heard]:
    """The frames of an open stream, comments left out."""
    found: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value
        elif found.get("data"):
            yield Heard(int(found["id"]), found["event"], json.loads(found["data"]))
            found = {}


@contextlib.asynccontextmanager
async def listening(door: Door, last: int | None = None) -> AsyncIterator[httpx2.Response]:
    """A stream of an account."""
    headers = {"Authorization": f"Bearer {door.token()}"} | ({} if last is None else {"Last-Event-ID": str(last)})
    async with door.client.stream("GET", "/invented/v1/notes/stream", headers=headers) as answer:
        yield answer


async def test_a_frame_comes_when_the_doorbell_rings_not_when_somebody_looks(door: Door) -> None:
    async with listening(door, 10**6) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
    last = await door.count()
    async with listening(door, last) as answer, asyncio.timeout(3):
        await door.write(code="rung")
        async for frame in frames(answer):
            assert frame.data["code"] == "rung"
            break


async def test_a_dropped_stream_goes_on_after_the_last_number_without_gap_or_repeat(door: Door) -> None:
    start = await door.count()
    codes = [f"resumed-{number}" for number in range(12)]
    writing = asyncio.create_task(_write_all(door, codes))
    seen: list[Heard] = []
    async with asyncio.timeout(15):
        while len(seen) < len(codes):
            async with listening(door, seen[-1].id if seen else start) as answer:
                async for frame in frames(answer):
                    seen.append(frame)
                    if len(seen) % 5 == 0 or len(seen) == len(codes):
                        break
        await writing
    assert [frame.data["code"] for frame in seen] == codes
    numbers = [frame.id for frame in seen]
    assert numbers == sorted(set(numbers))


async def _write_all(door: Door, codes: Sequence[str]) -> None:
    for code in codes:
        await door.write(code=code)


async def test_an_odd_last_number_is_refused_before_the_stream_opens(door: Door) -> None:
    for odd in ("x", "-1", str(2**64)):
        headers = {"Authorization": f"Bearer {door.token()}", "Last-Event-ID": odd}
        answer = await door.client.get("/invented/v1/notes/stream", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


async def test_one_stream_too_many_is_refused_and_a_closed_one_makes_room(door: Door) -> None:
    async with contextlib.AsyncExitStack() as stack:
        streams = []
        for _ in range(STREAMS_PER_ACCOUNT_MAX):
            answer = await stack.enter_async_context(listening(door))
            streams.append(answer.aiter_raw())
            await anext(streams[-1])
        refused = await door.get("/notes/stream")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    async with asyncio.timeout(5):
        while (await _status(door)) == 429:  # noqa: ASYNC110 (the server notices a closed connection in its own time)
            await asyncio.sleep(0.05)


async def _status(door: Door) -> int:
    async with listening(door) as answer:
        return answer.status_code


class Letters:
    """Everything a letterbox asks, answered by the test."""

    def __init__(self, numbers: Sequence[int] = ()) -> None:
        self.numbers = list(numbers)
        self.allowed = True
        self.away = False
        self.seconds = 60.0
        self.stopping = asyncio.Event()
        self.asked = 0
        self.rings: Sequence[Callable[[float], Awaitable[object]]] = [asyncio.sleep]
        self.pace = QUICK

    async def frames_after(self, last: int) -> list[Frame]:
        if self.away:
            raise Unavailable("away")
        return [Frame(number, "note", {"n": number}) for number in self.numbers if number > last][:2]

    async def still_allowed(self) -> bool:
        self.asked += 1
        return self.allowed

    def open(self, last: int = 0) -> AsyncIterator[bytes]:
        return letterbox(
            frames_after=self.frames_after,
            last=last,
            rings=self.rings,
            pace=self.pace,
            seconds_left=lambda: self.seconds,
            still_allowed=self.still_allowed,
            stopping=self.stopping,
        )


async def rest(stream: AsyncIterator[bytes]) -> list[bytes]:
    async with asyncio.timeout(2):
        return [part async for part in stream]


async def test_frames_come_in_order_page_after_page_and_then_heartbeats() -> None:
    letters = Letters(range(1, 6))
    stream = letters.open(last=1)
    parts = [await anext(stream) for _ in range(7)]
    assert parts[0] == b": open\nretry: 1000\n\n"
    assert [part.splitlines()[2] for part in parts[1:5]] == [f"id: {number}".encode() for number in range(2, 6)]
    assert parts[1] == b'event: note\ndata: {"n":2}\nid: 2\n\n'
    assert parts[5:] == [b": ping\n\n"] * 2
    letters.stopping.set()
    await rest(stream)


async def test_any_of_its_bells_wakes_a_stream() -> None:
    letters, bell = Letters(), asyncio.Event()
    letters.rings, letters.pace = [asyncio.sleep, lambda _: bell.wait()], Pace()
    stream = letters.open()
    await anext(stream)
    coming = asyncio.ensure_future(anext(stream))
    assert not (await asyncio.wait([coming], timeout=0.1))[0], "nothing was told yet"
    letters.numbers.append(1)
    bell.set()
    assert b"id: 1" in await asyncio.wait_for(coming, 2)
    letters.stopping.set()
    await rest(stream)


async def test_the_token_s_end_the_process_s_end_and_a_database_away_each_close_it() -> None:
    for change in ({"seconds": 0.0}, {"away": True}, {}):
        letters = Letters()
        stream = letters.open()
        await anext(stream)
        for name, value in change.items():
            setattr(letters, name, value)
        if not change:
            letters.stopping.set()
        assert all(part == b": ping\n\n" for part in await rest(stream))


async def test_an_account_that_lost_its_right_hears_no_more() -> None:
    letters = Letters()
    stream = letters.open()
    await anext(stream)
    letters.allowed = False
    await rest(stream)
    assert letters.asked == 1


async def test_closing_in_the_middle_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    stream = Letters().open()
    await anext(stream)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() - before if not task.done()] == []


SERVED = """
import asyncio, sys
from fastapi import FastAPI
from services.http.serving import serve
from services.http.sse import EventStream, letterbox
app = FastAPI()
stopping = asyncio.Event()
async def nothing(_): return []
async def yes(): return True
@app.get("/stream")
async def stream():
    return EventStream(letterbox(frames_after=nothing, last=0, rings=[asyncio.sleep], seconds_left=lambda: 99,
                                         still_allowed=yes, stopping=stopping))
asyncio.run(serve(app, ("127.0.0.1", int(sys.argv[1])), "127.0.0.1", stopping))
"""


STOPS_SECONDS_MAX = 4.5


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_stopping_a_process_does_not_wait_for_its_open_streams(how: signal.Signals, unused_tcp_port: int) -> None:
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVED, str(unused_tcp_port), cwd=root)
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}", timeout=10) as client:
            async with asyncio.timeout(10):
                while True:
                    with contextlib.suppress(httpx2.ConnectError):
                        async with client.stream("GET", "/stream") as answer:
                            parts = answer.aiter_raw()
                            assert (await anext(parts)).startswith(b": open")
                            process.send_signal(how)
                            # Less than the server would wait for a stream, and more than a busy machine needs.
                            async with asyncio.timeout(STOPS_SECONDS_MAX):
                                assert await process.wait() == 0
                            break
                    await asyncio.sleep(0.05)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
