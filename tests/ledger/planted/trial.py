"""Whether the checker can see: each known bug is planted, a plan aimed at it, and a rule must catch it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.ledger.campaign import WITNESSES
from tests.ledger.checker import Verdict, check
from tests.ledger.plan import Advance, Plan, away, make_plan
from tests.ledger.rest import Patience

RUNS_MAX = 3
SECONDS = 24.0
REPORTS = 150
PATIENCE = Patience(40.0, 15.0)
FINDINGS_SHOWN = 12
UNITS = ("FBIH-K10-LIV", "RS-BIL")


@dataclass(frozen=True, slots=True)
class Bug:
    """One planted bug: the process it stands in, the faults aimed at it, and the finding that gives it away."""

    name: str
    process: str
    rule: str
    sign: str
    faults: int = 0
    kinds: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    kafka_away: float = 0.0
    advance_hours: int = 0

    def plan(self, seed: int) -> Plan:
        """What is done to the house."""
        if self.kafka_away:
            return away(seed, "kafka", SECONDS, self.kafka_away)
        plan = make_plan(seed, self.faults, SECONDS, self.kinds, self.targets)
        advances = (Advance(SECONDS / 2, self.advance_hours),) if self.advance_hours else ()
        return replace(plan, advances=advances)

    @property
    def modules(self) -> Mapping[str, str]:
        """What runs in the place of which process."""
        return {**WITNESSES, self.process: f"tests.ledger.planted.{self.name}"}


READER = "analytics-worker"
AT_READER = ("analytics-worker", "analytics")

BUGS = (
    Bug("effect_before_position", READER, "duplicated", "dealt with one event", 8, ("kill", "sever"), AT_READER),
    Bug("commit_before_effect", READER, "lost", "analytics never dealt with", 8, ("kill", "sever"), AT_READER),
    Bug("cursor_relay", "intake-worker", "lost", "never reached"),
    Bug("no_sequence_rule", READER, "duplicated", "dealt with one event", 4, ("kill-store",), ("postgres",)),
    Bug("no_fence", READER, "inverted", "went back", 2, ("freeze",), (READER,)),
    Bug("dropped_on_parse_error", READER, "lost", "dropped a record", 4, ("poison",)),
    Bug("forgotten_key", "intake-api", "duplicated", "one request made several reports"),
    Bug("a_right_too_many", "referral-api", "refused_effects", "withdraw had to be refused"),
    Bug("no_date_after_silence", "referral-worker", "without_next_step", "an answer is owed", advance_hours=200),
    Bug("a_need_too_many", "referral-worker", "uncaused", "nothing explains referral.sent"),
    Bug("mark_before_send", "intake-worker", "lost", "never reached", kafka_away=13.0),
)


@dataclass(slots=True)
class Tried:
    """How one bug fared."""

    bug: Bug
    runs: int = 0
    seen: Sequence[str] = field(default_factory=tuple)


def try_bugs(names: Sequence[str], seed: int, say: Callable[[str], None]) -> int:
    """Plant each bug (or the named ones) until it is caught; 0 only when all were."""
    known = {bug.name for bug in BUGS}
    if unknown := set(names) - known:
        say(f"no planted bug is called {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        return 2
    tried = [_try(bug, seed, say) for bug in BUGS if not names or bug.name in names]
    for each in tried:
        caught = f"caught in run {each.runs} by {each.bug.rule}: {each.seen[0]}" if each.seen else "NOT CAUGHT"
        say(f"{each.bug.name:<24} {caught}")
    return 0 if all(each.seen for each in tried) else 1


def _try(bug: Bug, seed: int, say: Callable[[str], None]) -> Tried:
    from tests.ledger.command import run_ledger

    tried = Tried(bug)
    while tried.runs < RUNS_MAX and not tried.seen:
        tried.runs += 1
        say(f"-- {bug.name} in {bug.process}, run {tried.runs}")
        plan = bug.plan(seed + tried.runs - 1)
        verdict = check(run_ledger(plan, REPORTS, UNITS, None, bug.modules, PATIENCE))
        tried.seen = seen_by(bug, verdict)
        say(f"   {dict(verdict.counts)}")
        for finding in () if tried.seen else verdict.findings[:FINDINGS_SHOWN]:
            say(f"   {finding}")
    return tried


def seen_by(bug: Bug, verdict: Verdict) -> list[str]:
    """The findings that give a bug away; that the house was slow to rest is none."""
    return [
        f"{finding.what} · {finding.ref}"
        for finding in verdict.findings
        if finding.rule == bug.rule and bug.sign in finding.what
    ]
