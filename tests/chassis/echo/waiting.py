"""Waiting for something to become true, with a bound, and never by guessing how long it takes."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_AGAIN_SECONDS = 0.02


async def until(is_true: Callable[[], T | Awaitable[T]], seconds_max: float = 20.0) -> T:
    """Ask until the answer is true, and give it; the last answer is told when it never is."""
    answer: object = None
    try:
        async with asyncio.timeout(seconds_max):
            while True:
                answer = is_true()
                if inspect.isawaitable(answer):
                    answer = await answer
                if answer:
                    return answer  # type: ignore[return-value] # what is awaited is a T
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
    except TimeoutError:
        raise AssertionError(f"not within {seconds_max} s; the last answer was {answer!r}") from None
