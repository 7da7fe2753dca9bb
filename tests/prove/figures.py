"""`./spis prove figures`: whoever has every page of every release and can compute learns no count that is hidden.

Table sets are drawn, published through the product, and attacked by somebody who shares no line with it. The same
attack on two simpler ways of publishing shows that it is one: hiding small counts only, and guarding each row alone.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from analytics.release.book import Edition
from analytics.release.publishing import publish
from analytics.release.sensitive import Rule
from analytics.release.table import Cell, Table
from services.contracts.failures import Refused
from services.contracts.policy import load_units
from tests.prove.attacking import Key, Page, Reader, Target
from tests.prove.table_sets import POLICY, Step, TableSet, draw

SMALL, DOMINANCE = 5, 0.85
WHOLE_TRIED = 2
"""So many targets of each set are also attacked in whole numbers."""

Hidden = frozenset[Cell]


@dataclass(slots=True)
class Seen:
    """What came of attacking some table sets."""

    table_sets: int = 0
    releases: int = 0
    refused: int = 0
    cells: int = 0
    suppressed: int = 0
    targets: int = 0
    learned: int = 0
    learned_by_naive_threshold: int = 0
    learned_by_single_table: int = 0
    large: int = 0
    large_published: int = 0
    hidden_zeros: int = 0
    blanks_worked_out: int = 0
    seconds_slowest_release: float = field(default=0.0)

    def add(self, other: "Seen") -> None:
        """Add what came of other sets; the slowest stays the slowest."""
        slowest = max(self.seconds_slowest_release, other.seconds_slowest_release)
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        self.seconds_slowest_release = slowest


def attack(drawn: TableSet) -> Seen:
    """Publish a table set in three ways, and attack what was printed."""
    seen = Seen(table_sets=1)
    editions: list[Edition] = []
    for step in drawn.steps:
        started = time.perf_counter()
        try:
            editions.append(publish(Edition(*step.days, step.table, exact=step.exact), editions, Rule()))
        except Refused:
            seen.refused += 1
        seen.seconds_slowest_release = max(seen.seconds_slowest_release, time.perf_counter() - started)
    steps = [Step((each.first, each.last), each.table, each.exact) for each in editions]
    hidden = [each.hidden for each in editions]
    chance = np.random.default_rng(drawn.seed)
    reader, targets = _printed(steps, hidden), list(_targets(steps))
    seen.learned = reader.learned(targets, chance)
    seen.blanks_worked_out = reader.blanks_worked_out()
    tried = [targets[int(at)] for at in chance.integers(len(targets), size=WHOLE_TRIED)] if targets else []
    seen.learned += sum(reader.learned_in_whole_numbers(each) for each in tried)
    for name, hide in (("threshold", _small_only), ("single_table", _each_row_by_itself)):
        simply = [hide(step.table) for step in drawn.steps]
        learned = _printed(drawn.steps, simply).learned_by_hand(list(_targets(drawn.steps)))
        setattr(seen, "learned_by_naive_threshold" if name == "threshold" else "learned_by_single_table", learned)
    seen.releases, seen.targets = len(editions), len(targets)
    for each in editions:
        _count(each, seen)
    return seen


def _count(edition: Edition, seen: Seen) -> None:
    counts = edition.table.counts
    seen.cells += len(counts)
    seen.suppressed += len(edition.hidden)
    seen.hidden_zeros += sum(1 for cell in edition.hidden if not counts[cell])
    large = [cell for cell, count in counts.items() if count >= SMALL]
    seen.large += len(large)
    seen.large_published += sum(1 for cell in large if cell not in edition.hidden)


def _printed(steps: Sequence[Step], hidden: Sequence[Hidden]) -> Reader:
    pages = []
    for step, blank in zip(steps, hidden, strict=True):
        values = {_key(cell): None if cell in blank else count for cell, count in step.table.counts.items()}
        pages.append(Page(*step.days, step.exact, step.table.parents, values))
    return Reader(pages)


def _key(cell: Cell) -> Key:
    return cell.unit, cell.by, cell.of


def _targets(steps: Sequence[Step]) -> Iterator[Target]:
    """What nobody may learn of the printed tables and of what is left between them, said in the attacker's words."""
    for place, step in enumerate(steps):
        yield from _of_table(place, step.table)
        if not step.exact and (left := _left_over(steps, place)) is not None:
            yield from _of_table(-1 - place, left)


def _of_table(place: int, table: Table) -> Iterator[Target]:
    for cell, count in table.counts.items():
        here = ((place, _key(cell)), 1)
        if 0 < count < SMALL:
            yield Target((here,), 0, SMALL)
        elif table.largest.get(cell, 0) > DOMINANCE * count > 0:
            about = max(1, round((1 - DOMINANCE) * count))
            yield Target((here,), count - about, count + about)
        for at in range(len(cell.by)):
            margin = Cell(cell.unit, cell.by[:at] + cell.by[at + 1 :], cell.of[:at] + cell.of[at + 1 :])
            if count and count == table.counts[margin]:
                yield Target((((place, _key(margin)), 1), (here[0], -1)), 0, SMALL)


def _left_over(steps: Sequence[Step], place: int) -> Table | None:
    """What is in a release and in none before it."""
    whole, taken = steps[place], list[Step]()
    for each in reversed(steps[:place]):
        inside = whole.days[0] <= each.days[0] and each.days[1] <= whole.days[1]
        if inside and all(each.days[1] < other.days[0] or other.days[1] < each.days[0] for other in taken):
            taken.append(each)
    if not taken:
        return None
    counts = {
        cell: count - sum(each.table.counts[cell] for each in taken) for cell, count in whole.table.counts.items()
    }
    return Table(whole.table.parents, counts)


def _small_only(table: Table) -> Hidden:
    """What a threshold by itself hides."""
    return frozenset(cell for cell, count in table.counts.items() if 0 < count < SMALL)


def _each_row_by_itself(table: Table) -> Hidden:
    """What is hidden when each row and column is looked at by itself: never one count alone."""
    hidden = set(_small_only(table))
    for row in (*table.groups, *table.roll_ups):
        blank = [part for part in row.parts if part in hidden]
        others = sorted((table.counts[part], part) for part in row.parts if part not in hidden and table.counts[part])
        if len(blank) == 1 and others:
            hidden.add(others[0][1])
    return frozenset(hidden)


def summary(seen: Seen, seconds: float) -> Mapping[str, object]:
    """What was seen, with shares instead of what they are made of."""
    told = {each.name: getattr(seen, each.name) for each in fields(seen)}
    told["published_share"] = round(1 - seen.suppressed / max(1, seen.cells), 3)
    told["published_share_of_large"] = round(seen.large_published / max(1, seen.large), 3)
    told["seconds_slowest_release"] = round(seen.seconds_slowest_release, 1)
    return {**told, "seconds": round(seconds, 1)}


def prove(sets: int, seed: int, told: Callable[[str], object]) -> Seen:
    """Draw, publish and attack so many table sets."""
    tree, seen = load_units(POLICY), Seen()
    for number in range(sets):
        seen.add(attack(draw(seed + number, tree)))
        if (number + 1) % 25 == 0:
            told(f"  {number + 1} table sets, {seen.releases} releases: {seen.learned} of {seen.targets} learned\n")
    return seen


def kept(seen: Seen) -> bool:
    """Whether nothing was learned, by an attack that visibly learns from simpler ways of publishing."""
    return not seen.learned and seen.learned_by_naive_threshold > 0 and seen.learned_by_single_table > 0


def main(words: Sequence[str]) -> int:
    """Run the proof: 0 only when the product gave nothing away and both simpler ways did."""
    parser = argparse.ArgumentParser(prog="./spis prove figures")
    parser.add_argument("--sets", type=int, default=300, help="how many table sets are drawn")
    parser.add_argument("--seed", type=int, default=20260301)
    options = parser.parse_args(list(words))
    started = time.perf_counter()
    seen = prove(options.sets, options.seed, sys.stdout.write)
    sys.stdout.write(json.dumps(summary(seen, time.perf_counter() - started)) + "\n")
    return 0 if kept(seen) else 1
