"""Whether two sorts of requests take the same time: asked in turns, compared by their medians and ranks."""

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median

import httpx2

DIFFERENCE_MILLISECONDS_MAX = 0.3
CHANCE_MIN = 0.001
WARM_UP = 10

BETWEEN_RESTS = 20

Ask = Callable[[str], Awaitable[httpx2.Response]]
Rest = Callable[[], Awaitable[None]]


def chance(one: Sequence[float], other: Sequence[float]) -> float:
    """How likely so unequal ranks are where there is no difference (Mann and Whitney, two-sided, normal for many)."""
    order = sorted((value, which) for which, values in enumerate((one, other)) for value in values)
    ranks = sum(place for place, (_, which) in enumerate(order, start=1) if which == 0)
    n, m = len(one), len(other)
    spread = math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(ranks - n * (n + m + 1) / 2) / spread / math.sqrt(2))


@dataclass
class Compared:
    """What was seen of somebody else's references and of references that nobody has."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: {"others": [], "nobodys": []})
    answers: set[str] = field(default_factory=set)

    @property
    def figures(self) -> dict[str, float | int]:
        """The medians and how they differ."""
        others, nobodys = self.milliseconds["others"], self.milliseconds["nobodys"]
        return {
            "asked": len(others) + len(nobodys),
            "median_ms": round(median(others + nobodys), 3),
            "difference_ms": round(abs(median(others) - median(nobodys)), 3),
            "chance": round(chance(others, nobodys), 4),
            "answers": len(self.answers),
        }

    @property
    def alike(self) -> bool:
        """Whether nobody can tell the two apart."""
        differs = self.figures["difference_ms"] >= DIFFERENCE_MILLISECONDS_MAX and self.figures["chance"] < CHANCE_MIN
        return len(self.answers) == 1 and not differs


async def compare(
    ask: Ask, rest: Rest, others: Sequence[str], nobodys: Sequence[str], number: int, order: Random
) -> Compared:
    """Ask for references of both sorts, so many of each, in an order of chance, with a rest now and then."""
    seen = Compared()
    asked = [("others", others)] * number + [("nobodys", nobodys)] * number
    order.shuffle(asked)
    for place, (which, refs) in enumerate([*asked[:WARM_UP], *asked]):
        if place % BETWEEN_RESTS == 0:
            await rest()
        began = time.perf_counter()
        answer = await ask(order.choice(refs))
        if place >= WARM_UP:
            seen.milliseconds[which].append((time.perf_counter() - began) * 1000)
            seen.answers.add(_told(answer))
    return seen


def _told(answer: httpx2.Response) -> str:
    """Everything an answer tells but which request it was."""
    body = {name: value for name, value in answer.json().items() if name != "correlation_id"}
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-correlation-id", "date")}
    return f"{answer.status_code} {sorted(headers.items())} {body}"
