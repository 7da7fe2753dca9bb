"""An observer outlives whatever the Kafka client does: a call that nobody cancelled may end as if somebody had."""

import asyncio

import pytest

from tests.ledger.watch_topics import within


async def test_a_call_that_cancels_itself_is_an_answer_that_never_came() -> None:
    async def cancels_itself() -> None:
        raise asyncio.CancelledError

    with pytest.raises(TimeoutError):
        await within(5.0, cancels_itself())


async def test_an_answer_is_passed_on_and_a_failure_too() -> None:
    async def fails() -> None:
        raise LookupError("invented")

    assert await within(5.0, asyncio.sleep(0, "an answer")) == "an answer"
    with pytest.raises(LookupError):
        await within(5.0, fails())
