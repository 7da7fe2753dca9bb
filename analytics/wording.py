"""What groups, amounts and columns are called to one reader; a code without a name stands for itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analytics.indicator import Kind
from services.pages.speech import Speech

NOTHING_TOLD = "–"

LABELLED = {
    "sex": ("sex",),
    "age_band": ("age_band",),
    "risk": ("risk",),
    "reason": ("case_outcome", "outcome", "decline", "withdraw"),
}
"""In which lists of labels the codes of a breakdown are looked up; a code that stands in two is called the same."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one reader."""

    t: Speech
    unit_name: Callable[[str], str]
    need_name: Callable[[str], str]
    institution_name: Callable[[str], str]

    def code(self, name: str, code: str) -> str:
        """What a code of one breakdown is called."""
        match name:
            case "unit":
                return self.unit_name(code)
            case "month":
                return self.t.month(code)
            case "need":
                return self.need_name(code)
            case "institution":
                return self.institution_name(code)
            case _:
                lists = LABELLED.get(name, ())
                found = next((each for each in lists if code in self.t.labels[each]), None)
                return self.t.label(found, code) if found else code

    def group(self, breakdown: str, category: str) -> str:
        """What a category is called, be it of one breakdown or of two together."""
        pairs = zip(breakdown.split(","), category.split(","), strict=True)
        return " · ".join(self.code(name, code) for name, code in pairs)

    def order(self, breakdown: str) -> Sequence[str]:
        """The codes of a breakdown that has an order of its own, such as ages."""
        lists = LABELLED.get(breakdown, ())
        return tuple(self.t.labels[lists[0]]) if len(lists) == 1 else ()

    def amount(self, kind: Kind, value: float | None) -> str:
        """A value as a reader of its kind expects it."""
        if value is None:
            return NOTHING_TOLD
        match kind:
            case Kind.SHARE:
                return self.t.share(value)
            case Kind.DURATION:
                return self.t.say("hours", number=int(value))
            case _:
                return self.t.number(int(value))

    def tick(self, kind: Kind, value: float) -> str:
        """The same in as few letters as fit beside a chart."""
        return self.t.share(value) if kind is Kind.SHARE else self.t.number(int(value))
