"""What was promised and never came: an answer without its event, an event without what its readers owe.

Every effect is looked for where a person would meet it, and once more in the rows it is made from.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from tests.ledger.rules.copied import copies_missing
from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import OF_THE_HOUSE, Event, History, Intent, Row
from tests.ledger.rules.over import was_over
from tests.ledger.rules.owed import ANSWERS, ENDS, FACTS, FRAMES, LIVE, READERS, STANDS, alerts_owed

FRAMES_OF_A_LETTERBOX = 1_000_000_000
"""More than any run gives; from one life of a restored letterbox to the next it is further."""


def lost(history: History) -> Iterator[Finding]:
    """Everything that is missing."""
    yield from _unannounced(history)
    yield from _numbers_missing(history)
    yield from _half_decided(history)
    yield from _needs_without_referral(history)
    yield from _live_after_the_end(history)
    yield from _unheard(history)
    yield from _unraised(history)
    yield from _unresolved(history)
    yield from _untold(history)
    yield from _torn_out(history)
    yield from _unseen(history)
    yield from _unshown(history)
    yield from _left_over(history)
    yield from _vanished(history)
    yield from copies_missing(history)


def _finding(what: str, ref: str, detail: str = "") -> Finding:
    return Finding("lost", what, ref, detail)


def _unannounced(history: History) -> Iterator[Finding]:
    """An accepted command without its event."""
    for intent in history.intents:
        owed = _owed_to(intent) if intent.outcome == "ok" else None
        if owed and owed not in history.by_subject:
            yield _finding(f"{intent.op} was answered and {owed[0]} never came", owed[1], f"key {intent.key}")


def _owed_to(intent: Intent) -> tuple[str, str] | None:
    match intent.op:
        case "report":
            return "report.received", intent.reply["ref"]
        case "screen":
            return "report.screened", intent.about
        case "send":
            return "referral.sent", intent.reply["ref"]
        case "acknowledge" if intent.reply.get("state") == "acknowledged":
            return "alert.acknowledged", intent.about
        case op if op in ANSWERS:
            return ANSWERS[op], intent.about
        case _:
            return None


def _numbers_missing(history: History) -> Iterator[Finding]:
    """A number that was drawn for a key and is not on its topic."""
    drawn = {(f"/{r['room']}", r["topic"], r["key"], r["incarnation"]): r["drawn"] for r in history.table("counters")}
    seen: dict[tuple[str, str, str, int], set[int]] = defaultdict(set)
    for line, events in history.lines.items():
        for event in events:
            seen[(*line, event.incarnation)].add(event.sequence)
    for place in sorted(drawn.keys() | seen.keys()):
        there = seen.get(place, set())
        absent = sorted(set(range(1, max(drawn.get(place, 0), max(there, default=0)) + 1)) - there)
        if absent:
            yield _finding(f"number {absent[0]} never reached {place[1]}", place[2], f"{len(absent)} missing")


def _half_decided(history: History) -> Iterator[Finding]:
    """A screening that accepts and the case it opens: both or neither."""
    decided = {e.data["case"]: e for e in history.by_name.get("report.screened", ()) if e.data["case"]}
    opened = {e.subject: e for e in history.by_name.get("case.opened", ())}
    for case in sorted(decided.keys() - opened.keys()):
        yield _finding("a report was accepted and its case never opened", case, decided[case].subject)
    for case in sorted(opened.keys() - decided.keys()):
        yield _finding("a case opened and its report's decision never came", case, opened[case].data["report"])


def _needs_without_referral(history: History) -> Iterator[Finding]:
    asked = {(e.data["case"], e.data["need"]) for e in history.by_name.get("referral.sent", ())}
    asked |= {(e.data["case"], e.data["need"]) for e in history.by_name.get("need.unserved", ())}
    for event in history.by_name.get("case.opened", ()):
        for need in event.data["needs"]:
            if (event.subject, need) not in asked:
                yield _finding(f"the need {need} was never referred", event.subject)


def _live_after_the_end(history: History) -> Iterator[Finding]:
    """A closed case of which a referral is still live, or for which somebody must still be found."""
    for row in history.table("referrals"):
        if row["state"] in LIVE and ("case.closed", row.get("case")) in history.by_subject:
            yield _finding("a case is closed and one of its referrals is live", row["ref"], row["state"])
    declined = {e.subject: e.data["case"] for e in history.by_name.get("referral.declined", ())}
    for row in history.table("alerts"):
        ended = ("case.closed", declined.get(row["subject"], "")) in history.by_subject
        if ended and row["code"] == "REFERRAL_DECLINED" and row["state"] != "resolved":
            yield _finding("a case is closed and a refusal of its time still alarms", row["ref"], row["desk"])


def _unheard(history: History) -> Iterator[Finding]:
    """An event that one of its readers never dealt with."""
    if not history.end:
        return
    facts = {row["event_id"] for row in history.table("analytics.facts")}
    noted = {(r["case_ref"], r["what"], r["referral"], r["step"]) for r in history.table("intake.case_facts")}
    dealt = {room: {r["event_id"] for r in history.table(f"{room}.witness")} for room in history.run["witnesses"]}
    for event in history.events:
        for room in READERS.get(event.topic, ()):
            if room in dealt and event.id not in dealt[room]:
                yield _finding(f"{room} never dealt with {event.name}", event.subject, event.id)
        if event.topic not in OF_THE_HOUSE and "analytics" in READERS[event.topic] and event.id not in facts:
            yield _finding(f"analytics has no fact of {event.name}", event.subject, event.id)
        if event.name in FACTS and _fact(event) not in noted:
            yield _finding(f"the case file does not show {event.name}", event.subject, event.key)


def _fact(event: Event) -> tuple[str, str, str | None, int | None]:
    of = event.data
    return (of["case"], FACTS[event.name], of.get("referral"), of.get("step"))


def _unraised(history: History) -> Iterator[Finding]:
    """An event whose desks were never alerted."""
    if not history.end:
        return
    raised = {(row["cause"], row["code"], row["desk"]) for row in history.table("alerts")}
    for event in history.events:
        for code, desk in alerts_owed(event):
            if (event.id, code, desk) not in raised:
                yield _finding(f"no alert {code} for {event.name}", event.subject, desk)
    for row in history.table("alerts"):
        if ("alert.raised", row["ref"]) not in history.by_subject and not was_over(history, row):
            yield _finding("an alert was raised and never announced", row["ref"], row["desk"])
        if row["acknowledged_at"] and ("alert.acknowledged", row["ref"]) not in history.by_subject:
            yield _finding("an alert was acknowledged and that never announced", row["ref"], row["desk"])


def _unresolved(history: History) -> Iterator[Finding]:
    """An alert that is still on a desk though what it was about has ended."""
    about: dict[str, list[Row]] = defaultdict(list)
    for row in history.table("alerts"):
        if row["state"] != "resolved":
            about[row["subject"]].append(row)
    for event in history.events:
        for row in about[event.subject] if event.name in ENDS else ():
            if row["code"] in ENDS[event.name]:
                yield _finding(f"{event.name} took no {row['code']} off its desk", row["ref"], row["desk"])
    declined = {(e.data["case"], e.data["need"]): e for e in history.by_name.get("referral.declined", ())}
    for event in history.by_name.get("referral.sent", ()):
        before = declined.get((event.data["case"], event.data["need"]))
        for row in about[before.subject] if before and before.number < event.number else ():
            if row["code"] == "REFERRAL_DECLINED":
                yield _finding("somebody else was asked and a refusal still alarms", row["ref"], row["desk"])


def _untold(history: History) -> Iterator[Finding]:
    """A change of an alert that no screen could be told, because it is not in the letterbox."""
    if not history.end:
        return
    kept = Counter((row["alert"], row["kind"]) for row in history.table("notifications.frames"))
    for event in history.events:
        kind = FRAMES.get(event.name)
        if kind and kept[(event.subject, kind)] == 0:
            yield _finding(f"no frame tells {event.name}", event.subject, event.data["desk"])
        kept[(event.subject, kind or "")] -= 1


def _torn_out(history: History) -> Iterator[Finding]:
    """A number that was given to a frame, and the frame is not in the letterbox; a restored one begins far above."""
    for before, after in pairwise(sorted(row["number"] for row in history.table("notifications.frames"))):
        if 1 < after - before < FRAMES_OF_A_LETTERBOX:
            yield _finding(f"frame {before + 1} is not in the letterbox", f"{before + 1} to {after - 1}")


def _unseen(history: History) -> Iterator[Finding]:
    """A frame that an open stream of its desk never received."""
    for account in history.run.get("accounts", {}):
        frames = history.frames.get(account, ())
        seen = {frame.number for frame in frames}
        for row in history.table("notifications.frames"):
            if row["desk"] in history.desks(account) and row["number"] not in seen:
                yield _finding(f"{account} never received frame {row['number']}", row["alert"], row["kind"])


def _unshown(history: History) -> Iterator[Finding]:
    """What was announced and the rooms do not show, or show otherwise."""
    if not history.end:
        return
    reports = {row["ref"] for row in history.table("reports")}
    cases = {row["ref"] for row in history.table("cases")}
    referrals = {row["ref"]: row["state"] for row in history.table("referrals")}
    for event in history.by_name.get("report.received", ()):
        if event.subject not in reports:
            yield _finding("intake does not show a report", event.subject)
    for event in history.by_name.get("case.opened", ()):
        if event.subject not in cases:
            yield _finding("intake does not show a case", event.subject)
    for ref, state in _standing(history).items():
        if referrals.get(ref) != state:
            yield _finding(f"a referral stands as {referrals.get(ref)} and was announced as {state}", ref)
    covered = {desk for account in history.run["accounts"] for desk in history.desks(account)}
    alerts = {row["ref"]: row["state"] for row in history.table("shown_alerts")}
    for row in history.table("alerts"):
        if row["desk"] in covered and alerts.get(row["ref"]) != row["state"]:
            yield _finding(
                f"a desk is shown {alerts.get(row['ref'])} of what is {row['state']}", row["ref"], row["desk"]
            )


def _standing(history: History) -> dict[str, str]:
    ordered = sorted((e for e in history.events if e.name in STANDS), key=lambda event: event.number)
    return {event.subject: STANDS[event.name] for event in ordered}


def _left_over(history: History) -> Iterator[Finding]:
    """What still lay on the way when the drain was over."""
    for row in history.table("unpublished"):
        yield _finding(f"{row['room']} never published {row['type']}", row["subject"], row["topic"])
    for row in history.table("set_aside"):
        if row["record"] not in history.poisoned:
            yield _finding(f"{row['room']} has it set aside", row["event_id"] or row["record"], row["reason"] or "held")
    if history.end and not history.end["drained"]:
        yield _finding("the house did not come to rest", "drain", str(history.end.get("waits_for", "")))


def _vanished(history: History) -> Iterator[Finding]:
    """A record that breaks its contract and that a reader did not set aside for a person to see."""
    aside = {(row["room"], row["record"]) for row in history.table("set_aside")}
    broken = [(record["topic"], record["id"]) for record in history.unreadable]
    broken += [(event.topic, event.record) for event in history.log if event.record in history.poisoned]
    for topic, record in broken:
        for room in READERS.get(topic, ()):
            if (room, record) not in aside:
                yield _finding(f"{room} dropped a record it could not read", record)
