"""The diary of campaigns: one row of a table for each run, appended by the run itself and never written by hand."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from tests.ledger.checker import RULES, Verdict, summary
from tests.ledger.memory import Growth, growths

DIARY = Path(__file__).with_name("CAMPAIGNS.md")
COLUMNS = ("Date", "Machine", "Command", "Accepted", "Faults", "Found", "Drained", "Memory, steepest")
HEAD = f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}\n"
GIGABYTE = 1024**3


@dataclass(frozen=True, slots=True)
class Machine:
    """What a run had, and how much of it others had in the minute before."""

    cores: int
    gigabytes: int
    load: float

    def __str__(self) -> str:
        return f"{self.cores} cores, {self.gigabytes} GB, load {self.load:.1f}"


def this_machine() -> Machine:
    """The machine that this runs on, as it is now."""
    return Machine(os.cpu_count() or 1, round(psutil.virtual_memory().total / GIGABYTE), os.getloadavg()[0])


def row_of(
    records: Sequence[Mapping[str, Any]], verdict: Verdict, command: Sequence[str], machine: Machine, on: datetime
) -> str:
    """The row of a run."""
    told = summary(records, verdict)
    found = ", ".join(f"{rule} {told[rule]}" for rule in RULES if told[rule]) or "every count 0"
    drained = "never" if told["drain_s"] is None else f"{told['drain_s']} s"
    cells = (
        *(f"{on:%Y-%m-%d}", str(machine), f"`./spis ledger {' '.join(_asked(command))}`"),
        *(str(told["accepted"]), str(told["faults"]), found, drained, _steepest(growths(records))),
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def _asked(command: Sequence[str]) -> Iterator[str]:
    """The command without what belongs to one machine: where files lie, and that there is a diary."""
    words = iter(command)
    for word in words:
        match word:
            case "--log":
                continue
            case "--record":
                next(words, "")
            case "--plan":
                yield from (word, Path(next(words, "")).name)
            case _:
                yield word


def _steepest(grown: Iterable[Growth]) -> str:
    told = [each for each in grown if each.a_minute is not None]
    if not told:
        return "too short to tell"
    most = max(told, key=lambda each: each.a_minute or 0.0)
    return f"{most.process} {most.a_minute:+.2f} MB a minute"


def append(row: str, diary: Path = DIARY) -> None:
    """Add a row below the last."""
    before = diary.read_text(encoding="utf-8")
    diary.write_text(before if before.endswith("\n") else before + "\n", encoding="utf-8")
    with diary.open("a", encoding="utf-8") as rows:
        rows.write(row)
