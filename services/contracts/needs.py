"""The needs a case may have: codes of a data file, so that a new service of the country is a row and not a release."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.contracts.codes import InstitutionKind
from services.contracts.failures import Malformed
from services.contracts.names import Names


@dataclass(frozen=True, slots=True)
class Need:
    """Something a child or a family may need, and the kinds of institution that normally serve it."""

    code: str
    labels: Names
    served_by: tuple[InstitutionKind, ...]


@dataclass(frozen=True, slots=True)
class NeedCatalogue:
    """Every need of the house in one version."""

    version: int
    valid_from: date
    needs: tuple[Need, ...]

    def __iter__(self) -> Iterator[Need]:
        return iter(self.needs)

    def __contains__(self, code: object) -> bool:
        return any(need.code == code for need in self.needs)

    @property
    def codes(self) -> frozenset[str]:
        """Every code that may stand in a case."""
        return frozenset(need.code for need in self.needs)

    def need(self, code: str) -> Need:
        """The need of a code, or `Malformed`."""
        for need in self.needs:
            if need.code == code:
                return need
        raise Malformed(f"unknown need {code[:40]!r}: use a code of the service catalogue")
