"""Every page of the house, who reads it, and a town in which each of them has something to show."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.journeys.town import NEED_OF_ANOTHER, Town, referral_path

TOWN = "FBIH-K10-LIV"
WORKER, SUPERVISOR = f"caseworker@{TOWN}", f"supervisor@{TOWN}"
PROVIDER = f"provider@{TOWN}.school"
COORDINATOR, ANALYST, OPERATOR = "coordinator@K10", "analyst@BIH", "operator@BIH"

TownOf = Callable[[str], Town]


@dataclass(frozen=True, slots=True)
class Stop:
    """One page: who reads it, where it is, and which status it is answered with."""

    account: str
    path: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """The references that the pages of single things are about."""

    report: str
    case: str
    closed: str
    waiting: str
    accepted: str
    declined: str

    def stops(self) -> tuple[Stop, ...]:
        """The whole tour."""
        return (
            Stop(WORKER, "/notifications/inbox"),
            Stop(WORKER, "/notifications/inbox?state=acknowledged"),
            Stop(WORKER, "/intake/day"),
            Stop(WORKER, "/intake/report"),
            Stop(WORKER, "/intake/import"),
            Stop(WORKER, f"/intake/reports/{self.report}"),
            Stop(WORKER, f"/intake/cases/{self.case}"),
            Stop(WORKER, f"/intake/cases/{self.case}/child"),
            Stop(WORKER, f"/intake/cases/{self.closed}"),
            Stop(WORKER, "/referral/board"),
            Stop(WORKER, "/referral/board/ended"),
            Stop(WORKER, "/referral/board/live/waiting"),
            Stop(WORKER, f"/referral/referrals/{self.declined}"),
            Stop(WORKER, "/intake/cases/C-22222-22222-2", 404),
            Stop(WORKER, "/analytics/dashboard", 403),
            Stop(WORKER, "/sign-in/here"),
            Stop(SUPERVISOR, "/analytics/dashboard"),
            Stop(PROVIDER, "/referral/board"),
            Stop(PROVIDER, f"/referral/referrals/{self.waiting}"),
            Stop(PROVIDER, f"/intake/referrals/{self.accepted}"),
            Stop(PROVIDER, "/referral/integrate"),
            Stop(PROVIDER, "/analytics/published"),
            Stop(COORDINATOR, "/referral/silence"),
            Stop(COORDINATOR, "/notifications/inbox"),
            Stop(COORDINATOR, "/analytics/dashboard"),
            Stop(ANALYST, "/analytics/dashboard"),
            Stop(ANALYST, "/analytics/published"),
            Stop(OPERATOR, f"/intake/journey?of={self.case}"),
        )


async def set_stage(town: TownOf) -> Stage:
    """Have the people of one town do a little of everything, and then let some days pass."""
    here = town(TOWN)
    closed, case = await here.case(), await here.case("teaching_assistant", NEED_OF_ANOTHER)
    ending = await here.asked(closed)
    for step in ("accept", "start"):
        await here.provider().does(referral_path(ending, step))
    await here.provider().does(referral_path(ending, "complete"), {"outcome": "need_met"})
    await here.known(ending, "completed")
    await here.worker.does(f"/intake/v1/cases/{closed}/close", {"outcome": "needs_met", "note": "Izmišljeno."})
    declined, accepted = [await _answered(here, step) for step in ("decline", "accept")]
    silent = await here.asked(case)
    here.wait_until(silent["answer_by"])
    await here.known(silent, "silent")
    await here.report(immediate_danger=True)
    report = await here.report()
    await here.alert(here.worker, "REPORT_RECEIVED", report)
    # Asked once the days have passed, so that it waits in time.
    fresh = await here.asked_for()
    return Stage(report, case, closed, fresh["referral"], accepted["referral"], declined["referral"])


async def _answered(here: Town, step: str) -> dict[str, str]:
    referral = await here.asked_for()
    form = {"reason": "no_capacity"} if step == "decline" else {}
    await here.provider().does(referral_path(referral, step), form)
    await here.known(referral, {"decline": "declined", "accept": "accepted"}[step])
    return referral
