"""The steps of a referral, whether a page or a machine asks for them: who may, what is decided, how it then stands."""

from collections.abc import Awaitable, Callable

from referral import rights
from referral.attempts import ask_again
from referral.closed_cases import is_closed
from referral.showing import moved, need_of_row, record_of, record_of_row
from referral.streams import REFERRAL
from referral.terms import Terms
from referral.words import Command
from services.contracts.failures import Refused
from services.http.calls import Call, Reply
from services.security.rights import Record
from services.storage.work import Work

Step = Callable[[Work], Awaitable[Reply]]

TAKEN = "This attempt was sent before; read the case's referrals and ask again."


def moving(call: Call, ref: str, asked: Command) -> Step:
    """Answer, begin, close or take back a referral."""

    async def action(work: Work) -> Reply:
        _may(call, record_of(await work.state(REFERRAL, ref)))
        await work.carry_out(REFERRAL, ref, asked)
        return Reply(200, moved(ref, await work.state(REFERRAL, ref)))

    return action


def sending(call: Call, terms: Terms, case: str, need: str, receiver: str, after: int | None = None) -> Step:
    """Ask an institution for a need of a case; `after` is the attempt that its sender knew as the last, if any."""

    async def action(work: Work) -> Reply:
        row = await work.fetch_row("need_of_case", case, need)
        _may(call, Record(row["unit"], sender=row["sender"]) if row else None)
        assert row is not None
        # Asked once the need is held: whoever hears of the closing at this moment waits, or was before us.
        closed = await is_closed(work, case)
        ref, asking = ask_again(
            need_of_row(row, case_closed=closed), receiver, terms, call.person.account, work.stamp.now
        )
        if after not in (None, row["attempts"]) or not await work.carry_out(REFERRAL, ref, asking):
            raise Refused("attempt_taken", TAKEN)
        answer = moved(ref, await work.state(REFERRAL, ref))
        return Reply(201, answer, {"Location": f"/referral/v1/referrals/{ref}"})

    return action


def sending_after(call: Call, terms: Terms, ref: str, receiver: str) -> Step:
    """Ask another institution for the need of a referral that came to nothing, if that was the last attempt at it."""

    async def action(work: Work) -> Reply:
        row = await work.fetch_row("referral_row", ref)
        call.allow_to_see(record_of_row(row) if row else None, rights.SEE)
        assert row is not None
        again = sending(call, terms, row["case_ref"], row["need"], receiver, after=row["attempt"])
        return await again(work)

    return action


def _may(call: Call, record: Record | None) -> None:
    """404 for whoever may not see it, 403 for whoever sees it and may not do this."""
    call.allow_to_see(record, rights.SEE)
    assert record is not None
    call.allow(record)
