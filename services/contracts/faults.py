"""What is wrong with a file of policy data: in which file and row, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong: in which file, in which row, what, and what to do about it."""

    file: str
    row: str
    says: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}, {self.row}: {self.says}; {self.remedy}."


class PolicyError(Exception):
    """Policy data cannot be used; every fault of every file read is listed."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


def refuse(faults: Iterable[Fault]) -> None:
    """Raise `PolicyError` when there is anything wrong."""
    if found := tuple(faults):
        raise PolicyError(found)
