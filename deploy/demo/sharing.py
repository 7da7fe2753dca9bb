"""The acts of a story in which a name is shared: who may read it, until when, and who sees that somebody did.

A receiver reads a child's name by its live referral only; a colleague elsewhere never; a supervisor sees every attempt.
"""

from typing import Any

from deploy.demo.acts import Play, seen
from deploy.demo.visitor import NotObserved, Visitor

CASES = "/intake/v1/cases"
REFUSED = 404


async def before_acceptance(play: Play) -> None:
    """Who is asked learns enough to answer, and no name."""
    play.teller.heading("A name is shared, and no further than it must be")
    first = play.sent[play.asked[0].need]
    shared = await _known(play, first, "sent")
    if shared["child"] or shared["age_band"] is None:
        raise NotObserved("the minimum before acceptance")
    play.teller.observed("Before it has accepted, the receiver reads an age band and a sex, and no name.")


async def while_live(play: Play) -> None:
    """Whoever accepted reads the name from intake; a colleague elsewhere is answered as if there were nothing."""
    first = play.sent[play.asked[0].need]
    shared = await _known(play, first, "accepted")
    if not shared["child"] or not shared["child"]["given_name"]:
        raise NotObserved("the name while the referral is live")
    play.teller.observed(f"Having accepted, it reads who needs it: {shared['child']['given_name']} (invented).")
    await _refused(_elsewhere(play), first)
    play.teller.observed("A colleague at another institution is refused, as if there were no such referral.")


async def after_the_end(play: Play) -> None:
    """With the referral ends what was shared; the centre's supervisor sees who read and who was refused."""
    first = play.sent[play.asked[0].need]
    receiver = play.cast.person("provider", first["receiver"])
    await _known(play, first, "completed")
    await _refused(receiver, first)
    await _refused(_elsewhere(play), first)
    play.teller.observed("Once the referral has ended, the receiver is refused too.")
    supervisor = play.cast.person("supervisor", play.cast.unit)
    lines = (await supervisor.get(f"{CASES}/{play.case}/accesses", limit="100"))["items"]
    noted = {(line["account"], line["action"].partition(" ")[0]) for line in lines if line["referral"]}
    wanted = {(receiver.account, "share"), (receiver.account, "refused"), (_elsewhere(play).account, "refused")}
    if not wanted <= noted:
        raise NotObserved(f"in the log: {sorted(wanted - noted)}")
    play.teller.observed("The supervisor sees all three: who read the name, and both who were refused it.")


def _elsewhere(play: Play) -> Visitor:
    """Somebody who is asked for something else about the same child."""
    return play.cast.person("provider", play.asked[2].receiver)


async def _known(play: Play, referral: dict[str, Any], progress: str) -> Any:
    """What the receiver reads as soon as intake knows where its referral stands; nothing once that has ended."""
    worker = play.cast.person("caseworker", play.cast.unit)

    async def stands() -> bool:
        needs = (await worker.get(f"{CASES}/{play.case}"))["needs"]
        return any((need["referral"], need["progress"]) == (referral["referral"], progress) for need in needs)

    await seen(stands, f"{referral['referral']} {progress} in intake")
    if progress == "completed":
        return None
    return await play.cast.person("provider", referral["receiver"]).get(_path(referral))


async def _refused(visitor: Visitor, referral: dict[str, Any]) -> None:
    answer = await visitor.http.get(_path(referral), headers=await visitor.bearer())
    if answer.status_code != REFUSED:
        raise NotObserved(f"{visitor.account} refused: got {answer.status_code}")


def _path(referral: dict[str, Any]) -> str:
    return f"/intake/v1/referrals/{referral['referral']}/disclosure"
