"""What is wrong with policy data or a setting, by file and row or by variable, and what to do about it."""

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


class SettingMissing(Exception):
    """A variable is not set or cannot be read; the message names it and says what it should hold."""


def refuse(faults: Iterable[Fault]) -> None:
    """Raise `PolicyError` when there is anything wrong."""
    if found := tuple(faults):
        raise PolicyError(found)
