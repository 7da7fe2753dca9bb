"""Taking note of an alert, whether a page or a machine asks for it."""

from collections.abc import Awaitable, Callable

from notifications.alert import acknowledge
from notifications.replies import noted
from notifications.views import alert_of
from notifications.watch import record
from services.http.calls import Call, Reply
from services.security.rights import Record
from services.storage.work import Work


def noting(call: Call, ref: str) -> Callable[[Work], Awaitable[Reply]]:
    """Take note of an alert on a desk of the caller: it climbs no further."""

    async def action(work: Work) -> Reply:
        row = await work.fetch_row("hold_alert", ref)
        call.allow_to_see(Record(unit=row["unit"], desk=row["desk"]) if row else None)
        assert row is not None
        alert = alert_of(row)
        if change := acknowledge(alert, call.person.account, work.stamp.now):
            await record(work, change)
            alert = change.alert
        return Reply(200, noted(alert).plain())

    return action
