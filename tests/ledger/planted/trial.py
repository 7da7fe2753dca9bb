"""Whether the checker can see: each known bug is planted, a plan aimed at it, and a rule must catch it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.ledger.campaign import WITNESSES
from tests.ledger.checker import Verdict, check
from tests.ledger.plan import Advance, Fault, Plan, away, make_plan
from tests.ledger.rest import Patience

RUNS_MAX = 3
SECONDS = 24.0
REPORTS, CROWD = 150, 300
PATIENCE = Patience(120.0, 15.0)
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
    advances: tuple[Advance, ...] = ()
    at: tuple[Fault, ...] = ()
    """Faults that must come at their own time, instead of any drawn by the seed."""
    also: tuple[str, ...] = ()
    """The other processes of its room that it stands in."""
    reports: int = REPORTS
    """How many come meanwhile: more where only two who do the same thing at the same moment give a bug away."""

    def plan(self, seed: int) -> Plan:
        """What is done to the house."""
        if self.kafka_away:
            return away(seed, "kafka", SECONDS, self.kafka_away)
        plan = make_plan(seed, self.faults, SECONDS, self.kinds, self.targets)
        return replace(plan, faults=self.at or plan.faults, advances=self.advances)

    @property
    def modules(self) -> Mapping[str, str]:
        """What runs in the place of which process."""
        planted = dict.fromkeys((self.process, *self.also), f"tests.ledger.planted.{self.name}")
        return {**WITNESSES, **planted}


READER = "analytics-worker"
AT_READER = ("analytics-worker", "analytics")
ALERTING = ("notifications-worker", "notifications-api", "notifications-migrate")
DAYS = tuple(Advance(at, 100) for at in (18.0, 24.0, 30.0, 36.0))
"""So many days pass at each that whatever waits is due at once; the last come when all reports are there."""

BUGS = (
    Bug("effect_before_position", READER, "duplicated", "dealt with one event", 8, ("kill", "sever"), AT_READER),
    Bug("commit_before_effect", READER, "lost", "analytics never dealt with", 8, ("kill", "sever"), AT_READER),
    Bug("acknowledged_in_finally", READER, "lost", "analytics never dealt with", 8, ("sever",), AT_READER),
    Bug("fact_outside", READER, "lost", "analytics has no fact of", 8, ("sever",), AT_READER),
    Bug("no_sequence_rule", READER, "duplicated", "dealt with one event", 4, ("kill-store",), ("postgres",)),
    Bug("no_fence", READER, "inverted", "went back", 2, ("freeze",), (READER,)),
    Bug("dropped_on_parse_error", READER, "lost", "dropped a record", 4, ("poison",)),
    Bug("parked_overtaken", READER, "inverted", "is set aside"),
    Bug("cursor_relay", "intake-worker", "lost", "never reached", reports=CROWD),
    Bug("mark_before_send", "intake-worker", "lost", "never reached", kafka_away=13.0),
    Bug(
        "two_relays",
        "intake-worker",
        "duplicated",
        "sent again",
        at=(Fault(2.0, "twin", "intake-worker", 20.0),),
        also=("intake-migrate",),
    ),
    Bug("wrong_key", "referral-worker", "inverted", "under the key of something else"),
    Bug("unlocked_sequence", "notifications-migrate", "duplicated", "is 2 events"),
    Bug("plain_frame_numbers", ALERTING[0], "lost", "never received frame", also=ALERTING[1:], reports=CROWD),
    Bug(
        "alert_before_cause",
        ALERTING[0],
        "lost",
        "never announced",
        8,
        ("kill", "sever"),
        (ALERTING[0], "notifications"),
    ),
    Bug("forgotten_key", "intake-api", "duplicated", "one request made several reports"),
    Bug("key_kept_apart", "intake-api", "duplicated", "one request made several reports", 8, ("sever",), ("intake",)),
    Bug("a_right_too_many", "referral-api", "refused_effects", "withdraw had to be refused"),
    Bug(
        "no_date_after_silence",
        "referral-worker",
        "without_next_step",
        "an answer is owed",
        advances=(Advance(12.0, 200),),
    ),
    Bug(
        "early_deadline",
        "referral-worker",
        "without_next_step",
        "an answer is owed",
        at=tuple(Fault(each.at + after, "sever", "referral") for each in DAYS for after in (0.3, 0.9)),
        advances=DAYS,
    ),
    Bug("a_need_too_many", "referral-worker", "uncaused", "nothing explains referral.sent"),
)


@dataclass(slots=True)
class Tried:
    """How one bug fared, and how long that took."""

    bug: Bug
    runs: int = 0
    seen: Sequence[str] = field(default_factory=tuple)
    seconds: float = 0.0

    def __str__(self) -> str:
        caught = f"run {self.runs} · {self.bug.rule}: {self.seen[0]}" if self.seen else "NOT CAUGHT"
        return f"{self.bug.name:<24} {self.bug.process:<22} {self.seconds:4.0f} s  {caught}"


def try_bugs(names: Sequence[str], seed: int, say: Callable[[str], None]) -> int:
    """Plant each bug (or the named ones) until it is caught; 0 only when all were."""
    known = {bug.name for bug in BUGS}
    if unknown := set(names) - known:
        say(f"no planted bug is called {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        return 2
    tried = [_try(bug, seed, say) for bug in BUGS if not names or bug.name in names]
    for each in tried:
        say(str(each))
    seen = sum(1 for each in tried if each.seen)
    say(f"{seen} of {len(tried)} planted bugs were caught, in {sum(each.seconds for each in tried):.0f} s")
    return 0 if seen == len(tried) else 1


def _try(bug: Bug, seed: int, say: Callable[[str], None]) -> Tried:
    from tests.ledger.command import run_ledger

    tried = Tried(bug)
    began = time.monotonic()
    while tried.runs < RUNS_MAX and not tried.seen:
        tried.runs += 1
        say(f"-- {bug.name} in {bug.process}, run {tried.runs}")
        plan = bug.plan(seed + tried.runs - 1)
        records = run_ledger(plan, bug.reports, UNITS, None, bug.modules, PATIENCE)
        verdict = check(records)
        say(f"   {dict(verdict.counts)}")
        if was_at_work(records):
            say("   the house was still at work at the end, so that nothing of this is a sign")
            continue
        tried.seen = seen_by(bug, verdict)
        for finding in () if tried.seen else verdict.findings[:FINDINGS_SHOWN]:
            say(f"   {finding}")
    tried.seconds = time.monotonic() - began
    return tried


def was_at_work(records: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a run ended before its house came to rest or to a stop: then whatever is missing may still have come."""
    return any(record["kind"] == "end" and record["drain_s"] >= PATIENCE.seconds_max for record in records)


def seen_by(bug: Bug, verdict: Verdict) -> list[str]:
    """The findings that give a bug away; that the house was slow to rest is none."""
    return [
        f"{finding.what} · {finding.ref}"
        for finding in verdict.findings
        if finding.rule == bug.rule and bug.sign in finding.what
    ]
