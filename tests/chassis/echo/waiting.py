"""Waiting for something to become true, with a bound, and never by guessing how long it takes."""

import asyncio
from collections.abc import Awaitable, Callable

LOOK_AGAIN_SECONDS = 0.02


async def until(is_true: Callable[[], Awaitable[object]], seconds_max: float = 20.0) -> None:
    """Ask until the answer is true; the last answer is told when it never is."""
    answer: object = None
    try:
        async with asyncio.timeout(seconds_max):
            while not (answer := await is_true()):  # noqa: ASYNC110 (what is waited for is in other processes)
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
    except TimeoutError:
        raise AssertionError(f"not within {seconds_max} s; the last answer was {answer!r}") from None
