"""How much a caller may ask of a room: part of what whoever builds against it relies on. It counts nothing."""

from dataclasses import dataclass
from datetime import timedelta

from services.contracts.faults import SettingMissing


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, given back one by one over these seconds."""

    number: int
    seconds: int

    def __post_init__(self) -> None:
        if min(self.number, self.seconds) < 1:
            raise ValueError("a limit is a number over a time")

    @property
    def one_back(self) -> timedelta:
        """After how long one of them may be asked again."""
        return self.all_back // self.number

    @property
    def all_back(self) -> timedelta:
        """After how long all of them may be asked again."""
        return timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an account may miss and report, how long it is stopped, and what an address may ask without an account.

    A miss is a record that is not there or not the account's own. Whoever misses less often than once in nine minutes
    is never stopped; whoever misses more often than once in two minutes is stopped before the fiftieth.
    """

    misses: Limit = Limit(40, 21_600)
    stop: Limit = Limit(1, 900)
    strangers: Limit = Limit(600, 60)
    reports: Limit = Limit(600, 60)

    @classmethod
    def from_text(cls, text: str) -> "Limits":
        """The limits of a text such as `misses=40/21600 reports=600/60`; what it does not name is as usual."""
        try:
            named = (part.partition("=") for part in text.split())
            return cls(**{name: Limit(*map(int, said.split("/"))) for name, _, said in named})
        except (TypeError, ValueError):
            raise SettingMissing("SPIS_PACE must be such as misses=40/21600 stop=1/900 strangers=600/60") from None


USUAL = Limits()
