"""What will be done to a house, and when: a pure function of the seed, written down before the run begins.

The file of a plan is the reproduction of a run.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

ROOMS = ("intake", "referral", "notifications", "analytics")
HALVES = (*(f"{room}-{half}" for room in ROOMS for half in ("api", "worker")), "analytics-stream")
WORKERS = tuple(f"{room}-worker" for room in ROOMS)
FRONT = ("gateway", "issuer")
LINES = tuple(f"{room}-{store}" for room in ROOMS for store in ("postgres", "kafka"))
POISONED = ("spis.intake.reports.v1", "spis.intake.cases.v1", "spis.referral.referrals.v1")
NETWORK = ("cut", "stall", "slow", "deaf", "mute")
COPIES = ("repeat", "late", "shuffle")
HOUSE = "house"
BROKERS_MAX = 3


def brokers_named(brokers: int) -> tuple[str, ...]:
    """What the brokers of a house are called."""
    return ("kafka",) if brokers == 1 else tuple(f"kafka-{number + 1}" for number in range(brokers))


def targets_of(brokers: int) -> Mapping[str, tuple[str, ...]]:
    """Each kind of fault and what it can be done to, in a house of so many brokers."""
    stores = (*brokers_named(brokers), "postgres")
    led = (HOUSE, *(f"{topic}/0" for topic in POISONED))
    return {
        "kill": (*HALVES, *FRONT),
        "kill-store": stores,
        "stop-fast": ("postgres",),
        "stop-immediate": ("postgres",),
        "freeze": (*WORKERS, *HALVES),
        "restart": (*HALVES, *stores),
        "sever": ROOMS,
        "twin": WORKERS,
        "relays": ROOMS,
        **dict.fromkeys(NETWORK, LINES),
        "poison": POISONED,
        **dict.fromkeys(COPIES, POISONED),
        "jump": HALVES,
        "roll": (HOUSE,),
        "full-disk": stores,
        **({"kill-leader": led} if brokers > 1 else {}),
    }


KINDS = tuple(targets_of(BROKERS_MAX))
LASTS: Mapping[str, tuple[float, float]] = {
    "freeze": (9.0, 12.0),
    "twin": (5.0, 9.0),
    "relays": (15.0, 20.0),
    "cut": (2.0, 9.0),
    "stall": (4.0, 14.0),
    "slow": (5.0, 9.0),
    "deaf": (4.0, 14.0),
    "mute": (4.0, 14.0),
    "jump": (6.0, 12.0),
    "full-disk": (5.0, 9.0),
}
"""How long the faults that last do so, in seconds."""
FAULT_SECONDS = 14.0
WEIGHTS = {"roll": 8.0, "full-disk": 2.0, "relays": 2.0}
"""How much more of a run than others a kind is given."""
JUMP_HOURS = (1, 7, 30)

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
    hours: int = 0


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
    brokers: int = 1

    def met_by(self, *kinds: str) -> tuple[str, ...]:
        """What faults of these kinds are done to, each once."""
        return tuple(dict.fromkeys(fault.target for fault in self.faults if fault.kind in kinds))


def make_plan(
    seed: int,
    faults: int,
    seconds: float,
    only: Sequence[str] = (),
    targets: Sequence[str] = (),
    brokers: int = 1,
) -> Plan:
    """Spread the faults over the run, each kind in turn, so that a few runs together meet every kind and part."""
    chance = Random(f"faults/{seed}")
    drawn = _drawn(chance, faults, only, targets, brokers)
    begins = [0.0, *accumulate(WEIGHTS.get(kind, 1.0) for kind, _ in drawn)]
    unit = (seconds - FIRST_SECONDS) / max(begins[-1], 1.0)
    planned = []
    for (kind, target), begin in zip(drawn, begins, strict=False):
        at = FIRST_SECONDS + unit * (begin + chance.uniform(0.0, 0.4))
        planned.append(Fault(round(at, 2), kind, target, _lasts(chance, kind), _hours(chance, kind)))
    return Plan(seed, seconds, tuple(planned), _advances(chance, seconds), brokers)


def seconds_needed(
    seed: int, faults: int, only: Sequence[str] = (), targets: Sequence[str] = (), brokers: int = 1
) -> float:
    """How long a run must be for the faults of its plan to follow one another while reports still arrive."""
    drawn = _drawn(Random(f"faults/{seed}"), faults, only, targets, brokers)
    return FAULT_SECONDS * sum(WEIGHTS.get(kind, 1.0) for kind, _ in drawn)


def away(seed: int, target: str, seconds: float, gone: float, brokers: int = 1) -> Plan:
    """A plan in which one part is held down for a long time and nothing else happens."""
    chance = Random(f"away/{seed}")
    return Plan(seed, seconds, (Fault(FIRST_SECONDS, "away", target, gone),), _advances(chance, seconds), brokers)


def write_plan(plan: Plan, path: Path) -> None:
    """Keep a plan."""
    path.write_text(json.dumps(asdict(plan), indent=1) + "\n", encoding="utf-8")


def read_plan(path: Path) -> Plan:
    """Read a plan again."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    faults = tuple(Fault(**fault) for fault in kept.pop("faults"))
    advances = tuple(Advance(**advance) for advance in kept.pop("advances"))
    return Plan(faults=faults, advances=advances, **kept)


def _drawn(
    chance: Random, faults: int, only: Sequence[str], targets: Sequence[str], brokers: int
) -> list[tuple[str, str]]:
    meets = targets_of(brokers)
    if unmet := set(only) - meets.keys():
        raise ValueError(f"a house of {brokers} brokers cannot meet {', '.join(sorted(unmet))}: ask for --brokers 3")
    deck = _deck(chance, {kind: meets[kind] for kind in only or meets}, targets)
    return [next(deck) for _ in range(faults)]


def _deck(chance: Random, meets: Mapping[str, Sequence[str]], targets: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Kinds in rounds, each round in another order; the targets of a kind in rounds of their own."""
    left: dict[str, list[str]] = {kind: [] for kind in meets}
    while True:
        for kind in chance.sample(list(meets), len(meets)):
            if not left[kind]:
                left[kind] = [name for name in meets[kind] if not targets or name in targets]
                chance.shuffle(left[kind])
            if not left[kind]:
                raise ValueError(f"nothing of {targets} can meet a fault of the kind {kind}")
            yield kind, left[kind].pop()


def _lasts(chance: Random, kind: str) -> float:
    return round(chance.uniform(*LASTS[kind]), 1) if kind in LASTS else 0.0


def _hours(chance: Random, kind: str) -> int:
    return chance.choice(JUMP_HOURS) if kind == "jump" else 0


def _advances(chance: Random, seconds: float) -> tuple[Advance, ...]:
    number = min(ADVANCES_MAX, int(seconds // SECONDS_BETWEEN_ADVANCES))
    slot = seconds / (number + 1)
    return tuple(
        Advance(round(slot * (place + chance.uniform(0.6, 1.0)), 2), chance.choice(ADVANCE_HOURS))
        for place in range(number)
    )
