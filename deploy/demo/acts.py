"""The acts of a story, in their order: each asks the house for something and waits until its consequence is seen."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deploy.demo import papers
from deploy.demo.cast import Asked, Cast
from deploy.demo.desk import Desk, about
from deploy.demo.telling import Teller
from deploy.demo.visitor import NotObserved, Visitor, expect
from deploy.house import House

REPORTS = "/intake/v1/reports"
REFERRALS = "/referral/v1/referrals"
ALERTS = "/notifications/v1/alerts"
FIGURES = "/analytics/v1/figures"
SEEN_SECONDS_MAX = 20.0
LOOK_SECONDS = 0.05
NOTED_WITHIN = timedelta(minutes=1)


@dataclass(slots=True)
class Play:
    """What the acts hand on to one another."""

    house: House
    cast: Cast
    teller: Teller
    report: str = ""
    second_report: str = ""
    case: str = ""
    asked: tuple[Asked, ...] = ()
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    desks: list[Desk] = field(default_factory=list)

    async def desk(self, role: str, place: str) -> Desk:
        """A desk that listens until the story ends."""
        self.desks.append(await self.cast.desk(role, place))
        return self.desks[-1]

    async def leave(self) -> None:
        """Everybody goes home."""
        for desk in self.desks:
            await desk.drop()

    def wait_until(self, moment: str) -> None:
        """Let the story's time pass until just after a moment."""
        self.house.advance(datetime.fromisoformat(moment) - self.house.now() + timedelta(minutes=1))


async def seen(look: Callable[[], Awaitable[Any]], what: str, seconds_max: float = SEEN_SECONDS_MAX) -> Any:
    """What `look` finds, as soon as it finds something."""
    try:
        async with asyncio.timeout(seconds_max):
            while not (found := await look()):  # noqa: ASYNC110 - from outside one can only look again
                await asyncio.sleep(LOOK_SECONDS)
            return found
    except TimeoutError:
        raise NotObserved(f"within {seconds_max:.0f} s nobody saw {what}") from None


async def reports(play: Play) -> None:
    """A school reports; it is heard once, whoever repeats it."""
    play.teller.heading("A concern is reported")
    school, now = play.cast.client(f"{play.cast.unit}.school"), play.house.now()
    caseload = await play.desk("caseworker", play.cast.unit)
    form = papers.report(play.cast.unit, now - timedelta(hours=3))
    first = await school.post(REPORTS, form, key="story-report-0001")
    expect(first, 201, REPORTS)
    play.report = first.json()["report"]
    play.teller.observed(f"The school reports a concern and gets a reference: {play.report}.")
    again = await school.post(REPORTS, form, key="story-report-0001")
    if (again.status_code, again.content) != (first.status_code, first.content):
        raise NotObserved("the same request was not given the same answer")
    play.teller.observed("The same request again gets the same answer, byte for byte, and nothing new.")
    other = await school.post(REPORTS, {**form, "concerns": ["begging"]}, key="story-report-0001")
    expect(other, 422, "the same key with another body")
    play.teller.observed("The same key with another body is refused, and says why.")
    await caseload.until(lambda f: f["subject"] == play.report and f["kind"] == "raised", "the new report")
    play.teller.observed("The caseworker's desk hears of it on its open stream.")
    worker = play.cast.person("caseworker", play.cast.unit)
    await _nameless(play, worker)
    paper = await worker.does(REPORTS, papers.on_paper(play.cast.unit, now - timedelta(days=4)), status=201)
    kept = await worker.get(f"{REPORTS}/{paper['report']}")
    if not kept["occurred_at"] < kept["received_at"]:
        raise NotObserved("the paper's own date")
    play.teller.observed("A paper four days old is typed in: it keeps its own date and the date it arrived.")


async def _nameless(play: Play, worker: Visitor) -> None:
    form = papers.anonymous(play.cast.unit, play.house.now())
    taken = await worker.does(REPORTS, form, status=201)
    play.second_report = taken["report"]
    kept = await worker.get(f"{REPORTS}/{play.second_report}")
    if kept["reporter"] is not None or any(form["reporter"][part] in str(kept) for part in ("name", "contact")):
        raise NotObserved("a report whose reporter is not kept")
    if not kept["anonymous"] or kept["narrative"] != form["narrative"]:
        raise NotObserved("a report that is kept without its reporter")
    play.teller.observed("A neighbour calls who wants no name kept: the report reads back whole, without a reporter.")


async def screening(play: Play) -> None:
    """A caseworker screens the report, and a case opens with its needs."""
    play.teller.heading("The report is screened")
    worker = play.cast.person("caseworker", play.cast.unit)
    play.asked = await play.cast.needs(worker)
    answers = papers.first_answers()
    needs = [asked.need for asked in play.asked]
    done = await worker.does(f"{REPORTS}/{play.report}/screen", papers.screening(needs, answers))
    play.case = done["case"]
    play.teller.observed(
        f"The instrument scores {done['score']}; the caseworker sets the band to {done['risk']} and says why."
    )
    file = await worker.get(f"/intake/v1/cases/{play.case}")
    if file["risk"] != "high" or len(file["needs"]) != len(needs):
        raise NotObserved("the case with its band and needs")
    play.teller.observed(f"Case {play.case} opens with {len(needs)} needs.")
    out = await worker.does(f"{REPORTS}/{play.second_report}/screen", papers.screened_out(answers))
    if out.get("case"):
        raise NotObserved("a report that does not become a case")
    play.teller.observed("Another report does not become a case, with its reason kept.")


async def referrals(play: Play) -> None:
    """Each need becomes one referral, and the right desk is alerted and acknowledges."""
    play.teller.heading("Each need is referred")
    worker = play.cast.person("caseworker", play.cast.unit)

    async def all_sent() -> list[dict[str, Any]]:
        listed = (await worker.get(REFERRALS, case=play.case))["items"]
        return listed if len(listed) == len(play.asked) else []

    for referral in await seen(all_sent, "one referral for each need"):
        play.sent[referral["need"]] = referral
        by = datetime.fromisoformat(referral["answer_by"])
        play.teller.observed(f"{referral['need']}: {referral['receiver']} owes an answer by {by:%a %d.%m. %H:%M} UTC.")
    first = play.sent[play.asked[0].need]
    steady, shaky = await play.desk("provider", first["receiver"]), await play.desk("provider", first["receiver"])
    alert = await steady.until(about(first, "REFERRAL_SENT", "raised"), "its referral")
    await shaky.until(about(first, "REFERRAL_SENT", "raised"), "its referral")
    play.teller.observed(f"The receiver's desk hears why: “{alert['reason']['bs']}”")
    await shaky.drop()
    await _acknowledged(play, steady, first, alert["alert"])
    await shaky.listen()
    await shaky.until(about(first, "REFERRAL_SENT", "acknowledged"), "what happened meanwhile")
    if [heard.number for heard in steady.heard] != [heard.number for heard in shaky.heard]:
        raise NotObserved("the same frames on a stream that was dropped and taken up again")
    play.teller.observed("A stream that was dropped goes on after its last frame: no gap, no repeat.")


async def _acknowledged(play: Play, desk: Desk, referral: dict[str, Any], alert: str) -> None:
    await desk.visitor.does(f"{ALERTS}/{alert}/acknowledge")
    noted = await desk.until(about(referral, "REFERRAL_SENT", "acknowledged"), "the acknowledgement")
    listed = (await desk.visitor.get(ALERTS, state="acknowledged"))["items"]
    kept = next((line for line in listed if line["alert"] == alert), None)
    if kept is None or kept["acknowledged_by"] != desk.visitor.account or not kept["acknowledged_at"]:
        raise NotObserved(f"who acknowledged {alert}, and when")
    moment = datetime.fromisoformat(kept["acknowledged_at"])
    if abs(play.house.now() - moment) > NOTED_WITHIN:
        raise NotObserved(f"the moment of the acknowledgement: {moment} is kept, and it is now {play.house.now()}")
    in_time = "in time" if noted["in_time"] else "late"
    play.teller.observed(
        f"{kept['acknowledged_by']} acknowledges it {in_time}; kept: who, and {moment:%d.%m. %H:%M:%S} UTC."
    )


async def acceptance(play: Play) -> None:
    """One institution accepts, and the sender is told."""
    play.teller.heading("One institution helps")
    first, sender = play.sent[play.asked[0].need], play.desks[0]
    provider, path = play.cast.person("provider", first["receiver"]), f"{REFERRALS}/{first['referral']}"
    await provider.does(f"{path}/accept")
    await sender.until(about(first, "REFERRAL_ACCEPTED", "raised"), "the acceptance")
    play.teller.observed(f"{first['receiver']} accepts, and the sender's desk is told.")
    receiver = play.desks[1]
    await receiver.until(about(first, "REFERRAL_SENT", "resolved"), "the end of its alert")
    play.teller.observed("The alert that asked for an answer resolves by itself.")


async def outcome(play: Play) -> None:
    """It starts and reports an outcome: the loop closes."""
    first, sender = play.sent[play.asked[0].need], play.desks[0]
    provider, path = play.cast.person("provider", first["receiver"]), f"{REFERRALS}/{first['referral']}"
    await provider.does(f"{path}/start")
    await provider.does(f"{path}/complete", {"outcome": "need_met"})
    await sender.until(about(first, "REFERRAL_COMPLETED", "raised"), "the outcome")
    play.teller.observed("The service starts and its outcome is reported: the loop closes and the sender is told.")


async def refusal(play: Play) -> None:
    """Another declines with a reason; the sender asks somebody else for the same need."""
    play.teller.heading("Another institution declines")
    asked, sender = play.asked[1], play.desks[0]
    second = play.sent[asked.need]
    provider = play.cast.person("provider", second["receiver"])
    await provider.does(f"{REFERRALS}/{second['referral']}/decline", {"reason": "no_capacity"})
    await sender.until(about(second, "REFERRAL_DECLINED", "raised"), "the refusal")
    play.teller.observed(f"{second['receiver']} declines (no_capacity), and the sender's desk is told.")
    form = {"case": play.case, "need": asked.need, "receiver": asked.others[0]}
    again = await sender.visitor.does(REFERRALS, form, status=201)
    if again["referral"] == second["referral"]:
        raise NotObserved("a new referral for the same need")
    await sender.until(about(second, "REFERRAL_DECLINED", "resolved"), "the end of that loose end")
    play.teller.observed(f"The sender asks {asked.others[0]} for the same need: {again['referral']}.")


async def silence(play: Play) -> None:
    """A third stays silent, and its silence climbs through the levels of government by itself."""
    play.teller.heading("A third stays silent")
    third, sender = play.sent[play.asked[2].need], play.desks[0]
    receiver = await play.desk("provider", third["receiver"])
    asked = await receiver.until(about(third, "REFERRAL_SENT", "raised"), "its referral")
    await receiver.visitor.does(f"{ALERTS}/{asked['alert']}/acknowledge")
    play.teller.observed("Its desk acknowledges the alert and does nothing more: the referral's own clock goes on.")
    play.wait_until(third["answer_by"])
    for desk in (sender, receiver):
        await desk.until(about(third, "REFERRAL_FELL_SILENT", "raised"), "the silence")
    play.teller.observed("The date passes: the referral fell silent, and both the sender and the receiver hear it.")
    heard: list[str] = []
    for unit in play.cast.above():
        climbed = await play.desk("coordinator", unit)
        now = await sender.visitor.get(f"{REFERRALS}/{third['referral']}")
        play.wait_until(now["next_check"])
        await climbed.until(about(third, "REFERRAL_ESCALATED", "raised"), f"the silence at {unit}")
        heard.append(unit)
        play.teller.observed(f"Still silent: {unit} hears of it, and nobody had to do anything.")
    top = await sender.visitor.get(f"{REFERRALS}/{third['referral']}")
    if not top["next_check"] or top["escalated_to"] != heard[-1]:
        raise NotObserved("a next dated step at the top")
    play.teller.observed("At the top the silence stays visible and has a next date.")


async def figures(play: Play) -> None:
    """The same events are counted, at every level that lies above the place."""
    play.teller.heading("The figures")
    for unit in play.cast.above():
        analyst = play.cast.person("analyst", unit)
        for indicator, number in (("cases_opened", 1), ("referrals_sent", len(play.sent))):

            async def counted(who: Visitor = analyst, what: str = indicator, least: int = number) -> bool:
                answer = await who.get(FIGURES, indicator=what, unit=play.cast.unit)
                return bool(answer["value"] >= least)

            await seen(counted, f"{indicator} in the figures of {unit}")
    levels = ", ".join(play.cast.above())
    play.teller.observed(f"The case and its referrals are counted in the working figures at every level: {levels}.")
