"""What a rule found: which promise was broken, by what, and where to look. A value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise."""

    rule: str
    what: str
    ref: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.what} · {self.ref}" + (f" · {self.detail}" if self.detail else "")
