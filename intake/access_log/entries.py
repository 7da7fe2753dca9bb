"""Says for one transaction why something is opened, so that each entry of the access log knows; it opens nothing."""

from services.http.calls import Call
from services.storage.work import Work


async def under(work: Work, right: str, record: str, referral: str = "") -> None:
    """Whatever this work opens from here on, it opens by this right, about this case or report, for this referral."""
    await work.fetch("under_right", right, record, referral)


async def note(work: Work, action: str, subject: str) -> None:
    """Leave an entry of something shown without opening a seal; it is kept by the commit or nothing is."""
    stamp = work.stamp
    await work.fetch("note_access", stamp.actor, action, subject, stamp.correlation_id, stamp.now)


async def note_refusal(call: Call, referral: str) -> None:
    """Leave an entry of somebody who was refused; the house writes it in the end, for they see nothing of it."""
    stamp = call.stamp

    async def action(work: Work) -> None:
        work.change("note_refusal", referral, stamp.actor, call.action, stamp.correlation_id, stamp.now)

    await call.database.transact(stamp, action)
