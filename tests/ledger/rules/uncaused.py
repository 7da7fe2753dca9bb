"""What nobody asked for: an event, an alert, a row or a frame that no client's call and no cause explains."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import OF_THE_HOUSE, Event, History
from tests.ledger.rules.owed import ANSWERS, SURGES, alerts_owed

ASKED_FOR = {announced: op for op, announced in ANSWERS.items()} | {
    "report.received": "report",
    "report.screened": "screen",
    "case.opened": "screen",
    "alert.acknowledged": "acknowledge",
}
"""What happens only because a client asked, and by which request."""


def uncaused(history: History) -> Iterator[Finding]:
    """Everything without a cause."""
    causes = _Causes(history)
    for event in sorted(history.events, key=lambda event: event.number):
        if event.topic not in OF_THE_HOUSE and not causes.explain(event):
            yield _finding(f"nothing explains {event.name}", event.subject, event.id)
    for record in history.unreadable:
        if record["id"] not in history.poisoned:
            yield _finding("nobody put a record there that cannot be read", record["id"])
    yield from _rows_without_event(history)
    yield from _frames_from_nowhere(history)


def _finding(what: str, ref: str, detail: str = "") -> Finding:
    return Finding("uncaused", what, ref, detail)


class _Causes:
    """What can explain an event; asked in the order of each key, because silence climbs step by step."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._asked = {(intent.op, intent.correlation) for intent in history.intents if intent.outcome != "refused"}
        raised = history.by_name.get("alert.raised", ())
        self._alerted = {(event.data["cause"], event.data["step"]) for event in raised}
        self._silent: dict[str, set[int]] = defaultdict(set)

    def explain(self, event: Event) -> bool:
        """Whether there is a reason for an event."""
        match event.name:
            case "referral.withdrawn" if event.data.get("reason") == "case_closed":
                return ("case.closed", event.data["case"]) in self._history.by_subject
            case name if name in ASKED_FOR:
                return (ASKED_FOR[name], event.correlation) in self._asked
            case "referral.sent" if event.data["attempt"] > 1:
                return ("send", event.correlation) in self._asked
            case "referral.sent" | "need.unserved":
                return self._was_named(event)
            case "referral.fell_silent":
                self._silent[event.subject].add(0)
                return self._was_due(event)
            case "referral.escalated":
                self._silent[event.subject].add(step := event.data["step"])
                return step - 1 in self._silent[event.subject]
            case "alert.raised":
                return self._was_owed(event)
            case "alert.escalated":
                return self._was_unheard(event)
            case "alert.resolved":
                return ("alert.raised", event.subject) in self._history.by_subject
            case "surge.detected":
                return self._was_said(event)
            case _:
                return False

    def _was_said(self, surge: Event) -> bool:
        """Whether as much was announced as a surge says, within its time."""
        of = surge.data
        starts, ends = (datetime.fromisoformat(of[name]) for name in ("window_starts", "window_ends"))
        said = [
            event
            for event in self._history.by_name.get(SURGES.get(of["indicator"], ""), ())
            if event.unit == surge.unit and starts <= datetime.fromisoformat(event.recorded) < ends
        ]
        counted = sum(of["need"] is None or of["need"] in event.data["needs"] for event in said)
        return counted >= int(of["count"]) > 0

    def _was_named(self, event: Event) -> bool:
        opened = self._history.by_subject.get(("case.opened", event.data["case"]), ())
        return any(event.data["need"] in case.data["needs"] for case in opened)

    def _was_due(self, event: Event) -> bool:
        sent = self._history.by_subject.get(("referral.sent", event.subject), ())
        now = datetime.fromisoformat(event.recorded)
        return any(datetime.fromisoformat(each.data["answer_by"]) <= now for each in sent)

    def _was_unheard(self, event: Event) -> bool:
        """Whether the time to take note of an alert was over."""
        raised = self._history.by_subject.get(("alert.raised", event.subject), ())
        until = [each.data.get("acknowledge_by", event.recorded) for each in raised]
        now = datetime.fromisoformat(event.recorded)
        return any(moment and datetime.fromisoformat(moment) <= now for moment in until)

    def _was_owed(self, event: Event) -> bool:
        cause, of = self._history.by_id.get(event.data["cause"]), event.data
        if cause is None:
            return False
        if of["step"] == 1:
            return (of["code"], of["desk"]) in set(alerts_owed(cause))
        return (cause.id, of["step"] - 1) in self._alerted


def _rows_without_event(history: History) -> Iterator[Finding]:
    """What a room shows or keeps and nobody announced."""
    for table, name in (("reports", "report.received"), ("cases", "case.opened"), ("referrals", "referral.sent")):
        for row in history.table(table):
            unserved = row.get("state") == "no_receiver"
            if not unserved and (name, row["ref"]) not in history.by_subject:
                yield _finding(f"{table} shows what was never announced", row["ref"])
    for row in history.table("alerts"):
        if row["cause"] not in history.by_id:
            yield _finding("an alert has a cause that was never announced", row["ref"], row["cause"])
    for room in ("intake", "referral", "notifications", "analytics"):
        for row in history.table(f"{room}.witness"):
            if row["event_id"] not in history.by_id:
                yield _finding(f"{room} dealt with an event that is on no topic", row["event_id"])
    for row in history.table("analytics.facts"):
        if row["event_id"] not in history.by_id:
            yield _finding("analytics has a fact of an event that is on no topic", row["event_id"])


def _frames_from_nowhere(history: History) -> Iterator[Finding]:
    if not history.end:
        return
    kept = {row["number"]: (row["alert"], row["kind"]) for row in history.table("notifications.frames")}
    for account, frames in history.frames.items():
        for frame in frames:
            if kept.get(frame.number) != (frame.data["alert"], frame.data["kind"]):
                yield _finding(f"{account} received a frame that is not kept", str(frame.number), frame.data["alert"])
