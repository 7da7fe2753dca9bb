"""An observer outlives whatever the Kafka client does, and a run whose own client broke is no run."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.ledger.watch_topics import within
from tests.ledger.workload import Workload

MOMENT = datetime(2026, 3, 2, 8, tzinfo=UTC)


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


async def test_a_client_that_broke_is_told_and_not_forgotten() -> None:
    async def breaks() -> None:
        raise LookupError("invented")

    workload = Workload(None, None, 1, lambda: MOMENT)  # type: ignore[arg-type] # nobody is asked anything
    workload._do(breaks())
    assert workload.busy == 1
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(LookupError):
        _ = workload.busy
