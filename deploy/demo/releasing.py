"""The act in which the country publishes its figures: one child's case is in them, and nobody can see it there.

It needs a house in which nothing else happened: among many cases there would be nothing to hide.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from deploy.demo.acts import Play, seen
from deploy.demo.visitor import NotObserved

RELEASES = "/analytics/v1/releases"
JUDGED_SECONDS_MAX = 60.0


async def release(play: Play) -> None:
    """When the month of the case is over, its figures are released, and small counts are not in them."""
    play.teller.heading("The release")
    top = play.cast.above()[-1]
    analyst = play.cast.person("analyst", top)
    worker = play.cast.person("caseworker", play.cast.unit)
    opened = datetime.fromisoformat((await worker.get(f"/intake/v1/cases/{play.case}"))["opened_at"])
    first, after = month_of(opened)
    over = datetime(after.year, after.month, after.day, 6, tzinfo=UTC)
    if play.house.now() < over:
        play.wait_until(over.isoformat())
    asked = {"from": f"{first}", "to": f"{after - timedelta(days=1)}", "indicators": ["cases_opened"]}
    ref = (await analyst.does(RELEASES, asked, status=202))["release"]

    async def settled() -> Any:
        found = await analyst.get(f"{RELEASES}/{ref}")
        return found if found["state"] in ("published", "refused") else None

    released = await seen(settled, "the release", JUDGED_SECONDS_MAX)
    told = {(cell["unit"], tuple(cell["of"])): cell["value"] for cell in released["cells"]}
    if released["state"] != "published" or told.get((play.cast.unit, ()), 0) is not None:
        raise NotObserved(f"a release that does not tell of the one case, but {released['state']} {released['reason']}")
    play.teller.observed(f"{top} releases the month: the case is in it, and no page tells of fewer than five.")
    if any(value for value in told.values()):
        raise NotObserved("a release in which nothing gives the one case away")
    reader = play.cast.person("provider", play.asked[0].receiver)
    if (await reader.get(f"{RELEASES}/{ref}"))["cells"] != released["cells"]:
        raise NotObserved("the same release for everybody")
    play.teller.observed("Everybody who is signed in reads the same, and learns nothing of any child.")


def month_of(moment: datetime) -> tuple[date, date]:
    """The first day of a month and the first of the next."""
    first = moment.date().replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)
