"""The verdict on a recorded run: a pure function of its records, so that it can be given again, tested and mutated."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.ledger.rules.counted import recount_differences
from tests.ledger.rules.disclosed import disclosed_without_entry
from tests.ledger.rules.duplicated import duplicated
from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import History, Row, history_of
from tests.ledger.rules.inverted import inverted
from tests.ledger.rules.lost import lost
from tests.ledger.rules.marked import marked_wrongly
from tests.ledger.rules.refused import refused_effects
from tests.ledger.rules.steps import without_next_step
from tests.ledger.rules.uncaused import uncaused

ANSWER_MAX = timedelta(seconds=8)

RULES: Mapping[str, Callable[[History], Iterator[Finding]]] = {
    "lost": lost,
    "duplicated": duplicated,
    "inverted": inverted,
    "refused_effects": refused_effects,
    "without_next_step": without_next_step,
    "uncaused": uncaused,
    "recount_differences": recount_differences,
    "disclosed_without_entry": disclosed_without_entry,
    "marked_wrongly": marked_wrongly,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much was accepted, and every promise that was broken."""

    accepted: int
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many promises each rule found broken."""
        found = Counter(finding.rule for finding in self.findings)
        return {rule: found[rule] for rule in RULES}

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def check(records: Iterable[Row]) -> Verdict:
    """Judge a record."""
    history = history_of(records)
    accepted = sum(1 for intent in history.intents if intent.op == "report" and intent.outcome == "ok")
    return Verdict(accepted, tuple(finding for rule in RULES.values() for finding in rule(history)))


def summary(records: Iterable[Row]) -> Mapping[str, Any]:
    """The line that a run ends with."""
    kept = list(records)
    verdict, history = check(kept), history_of(kept)
    return {
        "accepted": verdict.accepted,
        "faults": sum(1 for record in kept if record["kind"] == "fault"),
        **verdict.counts,
        "drain_s": history.end.get("drain_s"),
        "seed": history.run.get("seed"),
    }


@dataclass(frozen=True, slots=True)
class Absence:
    """How many reports were asked for while a part of the house was held down, and how many were accepted meanwhile."""

    target: str
    asked: int
    accepted: int


def absences(records: Iterable[Row]) -> Iterator[Absence]:
    """Each time a part was held down on purpose; an answer may come a moment after its return."""
    kept = list(records)
    ends = [record for record in kept if record["kind"] == "fault_over" and record["fault"] == "away"]
    began = [record for record in kept if record["kind"] == "fault" and record["fault"] == "away"]
    wanted = {r["intent"]: r["real"] for r in reversed(kept) if r["kind"] == "invoke" and _is_good_report(r)}
    accepted: dict[str, str] = {}
    for record in kept:
        if record["kind"] == "ok":
            accepted.setdefault(record["intent"], record["real"])
    for first, last in zip(began, ends, strict=False):
        asked = [intent for intent, at in wanted.items() if first["real"] <= at <= last["real"]]
        until = (datetime.fromisoformat(last["real"]) + ANSWER_MAX).isoformat()
        yield Absence(first["target"], len(asked), sum(1 for i in asked if accepted.get(i, "~") <= until))


def _is_good_report(record: Row) -> bool:
    return record["op"] == "report" and not record["bad"]
