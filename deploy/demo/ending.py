"""The act in which the case ends: refused while somebody is still asked, and afterwards nobody is asked any more."""

from typing import Any

from deploy.demo.acts import REFERRALS, Play, seen
from deploy.demo.visitor import NotObserved

CASES = "/intake/v1/cases"
LIVE = ("waiting", "accepted", "under_way")
REFUSED = 409


async def closing(play: Play) -> None:
    """The centre ends its care; too early it is told what is still live."""
    play.teller.heading("The case ends")
    worker, path = play.cast.person("caseworker", play.cast.unit), f"{CASES}/{play.case}/close"
    form = {"outcome": "needs_met", "note": "Izmišljeno: dijete redovno ide u školu."}
    early = await worker.post(path, form)
    live = [each for each in (await worker.get(REFERRALS, case=play.case))["items"] if each["state"] in LIVE]
    if early.status_code != REFUSED or any(each["referral"] not in early.json()["detail"] for each in live):
        raise NotObserved("a closing that is refused with the referrals that are live")
    play.teller.observed(f"Closing it is refused: {len(live)} referrals are live, and the answer names them.")
    for each in live:
        await worker.does(f"{REFERRALS}/{each['referral']}/withdraw", {"reason": "need_met_otherwise"})

    async def closed() -> Any:
        answer = await worker.post(path, form)
        return answer.json() if answer.status_code != REFUSED else None

    ended = await seen(closed, "the end of the case")
    file = await worker.get(f"{CASES}/{play.case}")
    if (file["state"], file["closing_note"]) != ("closed", form["note"]):
        raise NotObserved("the case with its end")
    play.teller.observed(f"They are taken back, and the case closes: {ended['outcome']}. What was written is sealed.")
    again = {"case": play.case, "need": play.asked[1].need, "receiver": play.asked[1].others[0]}

    async def refused() -> bool:
        return bool((await worker.post(REFERRALS, again)).json().get("code") == "case_closed")

    await seen(refused, "a refusal to ask for a closed case")
    play.teller.observed("Asking anybody again for the closed case is refused.")
