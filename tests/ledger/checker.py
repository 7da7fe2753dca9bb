"""The verdict on a recorded run: a pure function of its records, so that it can be given again, tested and mutated."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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


def summary(records: Sequence[Row], verdict: Verdict | None = None) -> Mapping[str, Any]:
    """The line that a run ends with."""
    verdict = verdict or check(records)
    last: dict[str, Row] = {record["kind"]: record for record in records if record["kind"] in ("run", "end")}
    return {
        "accepted": verdict.accepted,
        "faults": sum(1 for record in records if record["kind"] == "fault"),
        **verdict.counts,
        "drain_s": last.get("end", {}).get("drain_s"),
        "seed": last.get("run", {}).get("seed"),
    }
