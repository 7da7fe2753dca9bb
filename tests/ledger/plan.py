"""What will be done to a house, and when: a pure function of the seed, written down before the run begins.

The file of a plan is the reproduction of a run.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

ROOMS = ("intake", "referral", "notifications", "analytics")
HALVES = (*(f"{room}-{half}" for room in ROOMS for half in ("api", "worker")), "analytics-stream")
WORKERS = tuple(f"{room}-worker" for room in ROOMS)
STORES = ("kafka", "postgres")
FRONT = ("gateway", "issuer")
POISONED = ("spis.intake.reports.v1", "spis.intake.cases.v1", "spis.referral.referrals.v1")

TARGETS = {
    "kill": (*HALVES, *FRONT),
    "kill-store": STORES,
    "freeze": (*WORKERS, *HALVES),
    "restart": (*HALVES, *STORES),
    "sever": ROOMS,
    "twin": WORKERS,
    "poison": POISONED,
}
"""Each kind of fault and what it can be done to."""

FREEZE_SECONDS = (9.0, 12.0)
TWIN_SECONDS = (5.0, 9.0)
FIRST_SECONDS = 4.0
ADVANCE_HOURS = (5, 26, 50)
ADVANCES_MAX = 8
SECONDS_BETWEEN_ADVANCES = 25.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing done to one part of the house."""

    at: float
    kind: str
    target: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Advance:
    """A step of the domain's clock."""

    at: float
    hours: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is done to a house in one run."""

    seed: int
    seconds: float
    faults: tuple[Fault, ...]
    advances: tuple[Advance, ...]


def make_plan(seed: int, faults: int, seconds: float, only: Sequence[str] = (), targets: Sequence[str] = ()) -> Plan:
    """Spread the faults over the run, each kind in turn, so that a few runs together meet every kind and part."""
    chance = Random(f"faults/{seed}")
    drawn = _deck(chance, only or tuple(TARGETS), targets)
    slot = (seconds - FIRST_SECONDS) / max(faults, 1)
    planned = []
    for number in range(faults):
        kind, target = next(drawn)
        at = FIRST_SECONDS + slot * (number + chance.uniform(0.0, 0.4))
        planned.append(Fault(round(at, 2), kind, target, _lasts(chance, kind)))
    return Plan(seed, seconds, tuple(planned), _advances(chance, seconds))


def away(seed: int, target: str, seconds: float, gone: float) -> Plan:
    """A plan in which one part is held down for a long time and nothing else happens."""
    chance = Random(f"away/{seed}")
    return Plan(seed, seconds, (Fault(FIRST_SECONDS, "away", target, gone),), _advances(chance, seconds))


def write_plan(plan: Plan, path: Path) -> None:
    """Keep a plan."""
    path.write_text(json.dumps(asdict(plan), indent=1) + "\n", encoding="utf-8")


def read_plan(path: Path) -> Plan:
    """Read a plan again."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    faults = tuple(Fault(**fault) for fault in kept["faults"])
    return Plan(kept["seed"], kept["seconds"], faults, tuple(Advance(**advance) for advance in kept["advances"]))


def _deck(chance: Random, kinds: Sequence[str], targets: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Kinds in rounds, each round in another order; the targets of a kind in rounds of their own."""
    left: dict[str, list[str]] = {kind: [] for kind in kinds}
    while True:
        for kind in chance.sample(list(kinds), len(kinds)):
            if not left[kind]:
                left[kind] = [name for name in TARGETS[kind] if not targets or name in targets]
                chance.shuffle(left[kind])
            if not left[kind]:
                raise ValueError(f"nothing of {targets} can meet a fault of the kind {kind}")
            yield kind, left[kind].pop()


def _lasts(chance: Random, kind: str) -> float:
    match kind:
        case "freeze":
            return round(chance.uniform(*FREEZE_SECONDS), 1)
        case "twin":
            return round(chance.uniform(*TWIN_SECONDS), 1)
        case _:
            return 0.0


def _advances(chance: Random, seconds: float) -> tuple[Advance, ...]:
    number = min(ADVANCES_MAX, int(seconds // SECONDS_BETWEEN_ADVANCES))
    slot = seconds / (number + 1)
    return tuple(
        Advance(round(slot * (place + chance.uniform(0.6, 1.0)), 2), chance.choice(ADVANCE_HOURS))
        for place in range(number)
    )
