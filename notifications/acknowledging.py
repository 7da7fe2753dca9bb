"""Taking note of an alert, whether a page or a machine asks for it."""

from collections.abc import Awaitable, Callable

from notifications.alert import Alert, acknowledge
from notifications.replies import noted
from notifications.views import alert_of
from notifications.watch import record
from services.http.calls import Call, Reply
from services.security.rights import Record
from services.storage.work import Work


def noting(call: Call, *refs: str) -> Callable[[Work], Awaitable[Reply]]:
    """Take note of alerts on desks of the caller: they climb no further; the first of them is the answer."""

    async def action(work: Work) -> Reply:
        # Held in one order, whoever asks for them in which.
        noted_now = {ref: await note(work, ref) for ref in sorted(set(refs))}
        return Reply(200, noted(noted_now[refs[0]]).plain())

    async def note(work: Work, ref: str) -> Alert:
        row = await work.fetch_row("hold_alert", ref)
        call.allow_to_see(Record(unit=row["unit"], desk=row["desk"]) if row else None)
        assert row is not None
        alert = alert_of(row)
        if change := acknowledge(alert, call.person.account, work.stamp.now):
            await record(work, change)
            alert = change.alert
        return alert

    return action
