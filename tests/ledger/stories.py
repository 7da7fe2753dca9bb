"""Made-up recorded runs in which every promise was kept, so that a test can break one of them. Nobody here exists."""

from collections import Counter
from typing import Any

from tests.ledger.rules.history import history_of
from tests.ledger.rules.owed import ANSWERS, ENDS, FACTS, FRAMES, KEYS, LIVE, READERS, STANDS, alerts_owed

VALLEY = "VALLEY"
CENTRE, SCHOOL, CLINIC = f"{VALLEY}.csw", f"{VALLEY}.school", f"{VALLEY}.health"
WORKER, NURSE, REGION = f"caseworker@{VALLEY}", f"provider@{CLINIC}", "coordinator@REGION"
ACCOUNTS = {
    WORKER: (f"{CENTRE}/caseload", f"{CENTRE}/duty"),
    NURSE: (f"{CLINIC}/referrals",),
    REGION: ("REGION.authority/coordination",),
}
NOON, LATER, MUCH_LATER = "2026-03-02T12:00:00Z", "2026-03-05T15:00:00Z", "2026-03-09T12:00:00Z"

Record = dict[str, Any]


class Tale:
    """A run as it is told: each method adds what the house would have done."""

    def __init__(self) -> None:
        self.records: list[Record] = [
            {"kind": "run", "seed": 1, "accounts": {name: list(desks) for name, desks in ACCOUNTS.items()}}
            | {"witnesses": ["analytics", "notifications"]}
        ]
        self._drawn: Counter[tuple[str, str]] = Counter()
        self._offsets: Counter[str] = Counter()
        self._count = Counter[str]()
        self._dated: dict[tuple[str, str], str] = {}
        self._needs: dict[str, str] = {}
        self._tables: dict[str, dict[str, Record]] = {name: {} for name in ("reports", "cases", "referrals", "alerts")}

    def asks(self, op: str, about: str = "", *, outcome: str = "ok", bad: bool = False, **reply: Any) -> str:
        """A client asks for something once; gives the thread of events it begins."""
        self._count["intent"] += 1
        name = f"{op}-{self._count['intent']}"
        who = {"intent": name, "op": op, "key": f"key-{name}", "caller": WORKER, "about": about, "bad": bad}
        self.records.append({"kind": "invoke", **who, "correlation": f"thread-{name}", "attempt": 1})
        answer = {"kind": outcome, "intent": name, "status": 200, "reply": reply, "digest": str(sorted(reply.items()))}
        self.records.append(answer)
        return f"thread-{name}"

    def says(self, topic: str, type_: str, subject: str, key: str, thread: str, **data: Any) -> Record:
        """A room announces something, and its readers do what they owe."""
        self._drawn[(topic, key)] += 1
        room = topic.split(".")[1]
        event = {"kind": "event", "topic": topic, "partition": 0, "offset": self._offsets[topic], "subject": subject}
        event |= {"id": f"{subject}/{type_}/{self._drawn[(topic, key)]}", "source": f"/{room}", "key": key}
        event |= {"type": f"ba.spis.{room}.{type_}.v1", "incarnation": 1, "sequence": self._drawn[(topic, key)]}
        said = {**data, KEYS[topic]: key, "unit": VALLEY}
        event |= {"recorded": LATER, "sent": LATER, "correlation": thread, "unit": VALLEY, "data": said}
        self._offsets[topic] += 1
        self.records.append(event)
        self._heard(event, type_)
        return event

    def report(self, *, danger: bool = False) -> str:
        """A school reports a concern, perhaps an immediate danger."""
        ref = self._new("R")
        thread = self.asks("report", ref=ref)
        self.says("spis.intake.reports.v1", "report.received", ref, ref, thread, immediate_danger=danger)
        self._tables["reports"][ref] = {"ref": ref}
        return ref

    def screened_out(self, report: str) -> None:
        """A worker decides that no case begins."""
        thread = self.asks("screen", report)
        self._screened(report, None, thread)

    def case(self, report: str, *needs: str, risk: str = "medium") -> str:
        """A worker opens a case with its needs; each is referred to the clinic."""
        case = self._new("C")
        thread = self.asks("screen", report, case=case)
        self._screened(report, case, thread)
        self._tables["cases"][case] = {"ref": case}
        opened = {"report": report, "needs": list(needs), "risk": risk}
        self.says("spis.intake.cases.v1", "case.opened", case, case, thread, **opened)
        for need in needs:
            self.sent(case, need, 1, thread)
        return case

    def sent(self, case: str, need: str, attempt: int, thread: str) -> str:
        """The clinic is asked for a need."""
        ref = f"F-{case}-{need}-{attempt}"
        self._tables["referrals"][ref] = {"ref": ref, "case": case, "receiver": CLINIC, "state": "waiting"}
        self._needs[ref] = need
        self._dated[("referral", ref)] = MUCH_LATER
        self._moved("referral.sent", ref, thread, need=need, attempt=attempt, answer_by=NOON)
        return ref

    def again(self, case: str, need: str) -> str:
        """A worker asks for the same need once more."""
        ref = f"F-{case}-{need}-2"
        sent = self.sent(case, need, 2, self.asks("send", case, ref=ref))
        self._resolve(f"F-{case}-{need}-1", "watch", frozenset({"REFERRAL_DECLINED"}))
        return sent

    def answers(self, op: str, ref: str) -> None:
        """The clinic answers; whoever waits for it hears so, and what was loud falls silent."""
        self._dated.pop(("referral", ref), None)
        self._moved(ANSWERS[op], ref, self.asks(op, ref), **({"need": self._needs[ref]} if op == "decline" else {}))
        self._resolve(ref, "watch", ENDS[ANSWERS[op]] if ANSWERS[op] in ENDS else frozenset())

    def closes(self, case: str) -> None:
        """A worker ends the case; what was live of it is taken back, and what was loud about it falls silent."""
        thread = self.asks("close", case)
        self.says("spis.intake.cases.v1", "case.closed", case, case, thread)
        self._resolve(case, thread, ENDS["case.closed"])
        for ref, row in self._tables["referrals"].items():
            if row["case"] == case:
                self._resolve(ref, thread, frozenset({"REFERRAL_DECLINED"}))
            if row["case"] == case and row["state"] in LIVE:
                self._dated.pop(("referral", ref), None)
                self._moved("referral.withdrawn", ref, thread, reason="case_closed")
                self._resolve(ref, thread, ENDS["referral.withdrawn"])

    def falls_silent(self, ref: str) -> None:
        """Nobody answered in time."""
        self._moved("referral.fell_silent", ref, "watch")

    def climbs(self, ref: str, step: int) -> None:
        """The silence reaches a unit above."""
        self._moved("referral.escalated", ref, "watch", step=step, to_unit="REGION")

    def acknowledges(self, alert: str) -> None:
        """Somebody takes note."""
        thread = self.asks("acknowledge", alert, state="acknowledged")
        self._changes(self._tables["alerts"][alert], "alert.acknowledged", "acknowledged", thread)

    def end(self, *, drained: bool = True) -> list[Record]:
        """What stands at the end."""
        for table, rows in self._tables.items():
            for row in rows.values():
                self._row(table, row)
                if table == "alerts":
                    self._row("shown_alerts", {"ref": row["ref"], "state": row["state"]})
        for (topic, key), drawn in self._drawn.items():
            counter = {"room": topic.split(".")[1], "topic": topic, "key": key, "incarnation": 1, "drawn": drawn}
            self._row("counters", counter)
        for (kind, subject), due in self._dated.items():
            self._row("deadlines", {"kind": kind, "subject": subject, "due_at": due})
        self.records.append({"kind": "end", "drained": drained, "drain_s": 1.0, "domain": LATER})
        return self.records

    @property
    def alerts(self) -> list[str]:
        """The references of the alerts so far."""
        return list(self._tables["alerts"])

    def _new(self, letter: str) -> str:
        self._count[letter] += 1
        return f"{letter}-{self._count[letter]}"

    def _screened(self, report: str, case: str | None, thread: str) -> None:
        self.says("spis.intake.reports.v1", "report.screened", report, report, thread, case=case)
        self._resolve(report, thread, ENDS["report.screened"])

    def _resolve(self, subject: str, thread: str, codes: frozenset[str]) -> None:
        open_ = [a for a in self._tables["alerts"].values() if a["subject"] == subject and a["state"] != "resolved"]
        for alert in open_:
            if alert["code"] in codes:
                self._changes(alert, "alert.resolved", "resolved", thread)

    def _moved(self, type_: str, ref: str, thread: str, **data: Any) -> None:
        row = self._tables["referrals"][ref]
        row["state"] = STANDS[type_]
        of = {"referral": ref, "case": row["case"], "sender": CENTRE, "receiver": CLINIC, **data}
        self.says("spis.referral.referrals.v1", type_, ref, row["case"], thread, **of)

    def _heard(self, event: Record, type_: str) -> None:
        for room in ("analytics", "notifications"):
            if room in READERS[event["topic"]]:
                self._count[room] += 1
                names = ("source", "topic", "key", "incarnation", "sequence")
                row = {"n": self._count[room], "event_id": event["id"], **{name: event[name] for name in names}}
                self._row(f"{room}.witness", row)
        self._row("analytics.facts", {"event_id": event["id"]})
        if type_ in FACTS:
            of = event["data"]
            self._row(
                "intake.case_facts",
                {"case_ref": of["case"], "what": FACTS[type_], "referral": of.get("referral"), "step": of.get("step")},
            )
        for code, desk in alerts_owed(history_of([event]).log[0]):
            self._raised(event, code, desk)

    def _raised(self, event: Record, code: str, desk: str) -> None:
        must = code not in ("REFERRAL_ACCEPTED", "REFERRAL_COMPLETED")
        alert = {"ref": self._new("A"), "code": code, "desk": desk, "cause": event["id"], "step": 1, "state": "raised"}
        alert |= {"subject": event["subject"], "acknowledge_by": LATER if must else None, "acknowledged_at": None}
        self._tables["alerts"][alert["ref"]] = alert
        self._changes(alert, "alert.raised", "raised", event["correlation"])

    def _changes(self, alert: Record, type_: str, state: str, thread: str) -> None:
        alert["state"] = state
        if state == "acknowledged":
            alert["acknowledged_at"] = LATER
        place = ("alert", alert["ref"])
        if state == "raised" and alert["acknowledge_by"]:
            self._dated[place] = MUCH_LATER
        else:
            self._dated.pop(place, None)
        self._count["frame"] += 1
        frame = {"number": self._count["frame"], "alert": alert["ref"], "kind": FRAMES[type_], "desk": alert["desk"]}
        self._row("notifications.frames", frame)
        for account, desks in ACCOUNTS.items():
            if alert["desk"] in desks:
                self.records.append({"kind": "frame", "account": account, "number": frame["number"], "data": frame})
        of = {name: alert[name] for name in ("code", "desk", "cause", "step")}
        self.says("spis.notifications.alerts.v1", type_, alert["ref"], alert["desk"], thread, **of)

    def _row(self, table: str, row: Record) -> None:
        self.records.append({"kind": "row", "table": table, "row": dict(row)})


def whole_tale() -> Tale:
    """Reports: one dismissed, one served and closed, one closed too early, one that meets a refusal and silence."""
    tale = Tale()
    tale.screened_out(tale.report())
    first = tale.case(tale.report(), "therapy")
    for op in ("accept", "start", "complete"):
        tale.answers(op, f"F-{first}-therapy-1")
    tale.closes(first)
    early = tale.case(tale.report(), "transport", "therapy", risk="critical")
    for op in ("accept", "start"):
        tale.answers(op, f"F-{early}-transport-1")
    tale.answers("decline", f"F-{early}-therapy-1")
    tale.closes(early)
    second = tale.case(tale.report(danger=True), "counselling", "transport", risk="critical")
    tale.acknowledges(tale.alerts[-1])
    tale.answers("decline", f"F-{second}-counselling-1")
    again = tale.again(second, "counselling")
    tale.falls_silent(again)
    tale.climbs(again, 1)
    tale.climbs(again, 2)
    tale.report()
    return tale
