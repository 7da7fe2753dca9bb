"""Which cases are closed, so that nobody is asked for them any more: read for one, or at once for a whole batch."""

from collections.abc import Sequence

from services.contracts.intake import CaseClosed
from services.storage.work import Work

CLOSED = "closed"


async def learn_closed(work: Work, cases: Sequence[str]) -> None:
    """Read of several cases whether they are closed."""
    closed = {row["case_ref"] for row in await work.fetch("closed_cases", cases)}
    work.known |= {(CLOSED, case): case in closed for case in cases}


async def is_closed(work: Work, case: str) -> bool:
    """Whether a case is closed, as far as this work has read or heard."""
    if (CLOSED, case) not in work.known:
        await learn_closed(work, [case])
    return bool(work.known[CLOSED, case])


async def keep_closed(work: Work, closed: CaseClosed) -> None:
    """Remember that a case is closed."""
    await work.fetch("keep_closed_case", closed.case, closed.outcome, closed.closed_at)
    work.known[CLOSED, closed.case] = True
