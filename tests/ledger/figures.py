"""What a run amounts to beside its verdict: how an absence was got through, in numbers. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.ledger.rules.history import History, Row, history_of
from tests.ledger.rules.marked import is_late

ANSWER_MAX = timedelta(seconds=8)


@dataclass(frozen=True, slots=True)
class Absence:
    """How many reports were asked for while a part of the house was held down, and what became of them."""

    target: str
    asked: int
    accepted: int
    drain_s: float | None = None
    """From its return until everything accepted before that was announced and told to a desk; None where never."""
    late: int = 0
    marked: int = 0

    def __str__(self) -> str:
        drained = "never" if self.drain_s is None else f"{self.drain_s:.1f} s after its return"
        return (
            f"{self.target} was away: {self.asked} reports came meanwhile, {self.accepted} were accepted; "
            f"their desks had heard {drained}; {self.late} of their alerts were late and {self.marked} said so"
        )


def absences(records: Iterable[Row]) -> Iterator[Absence]:
    """Each time a part was held down on purpose; an answer may come a moment after its return."""
    kept = list(records)
    ends = [record for record in kept if record["kind"] == "fault_over" and record["fault"] == "away"]
    if not ends:
        return
    history = history_of(kept)
    began = [record for record in kept if record["kind"] == "fault" and record["fault"] == "away"]
    wanted = {r["intent"]: r["real"] for r in reversed(kept) if r["kind"] == "invoke" and _is_good_report(r)}
    accepted: dict[str, Row] = {}
    for record in kept:
        if record["kind"] == "ok":
            accepted.setdefault(record["intent"], record)
    for first, last in zip(began, ends, strict=False):
        asked = [intent for intent, at in wanted.items() if first["real"] <= at <= last["real"]]
        until = _later(last["real"], ANSWER_MAX)
        answers = [accepted[i] for i in asked if i in accepted and accepted[i]["real"] <= until]
        told = _told(kept, {answer["reply"]["ref"] for answer in answers})
        late = _late(history, {answer["reply"]["ref"] for answer in answers})
        drain_s = _seconds(last["real"], told)
        yield Absence(first["target"], len(asked), len(answers), drain_s, len(late), sum(late))


def _told(records: Sequence[Row], refs: set[str]) -> list[str] | None:
    """When each of these reports was seen announced and its desk was told; None where that never happened."""
    said: dict[str, str] = {}
    heard: dict[str, str] = {}
    for record in records:
        if record["kind"] == "event" and record["type"].endswith(".report.received.v1"):
            said.setdefault(record["subject"], record["real"])
        elif record["kind"] == "frame" and record["data"].get("step") == 1:
            heard.setdefault(record["data"].get("subject", ""), record["real"])
    if refs - (said.keys() & heard.keys()):
        return None
    return [max(said[ref], heard[ref]) for ref in refs]


def _late(history: History, refs: set[str]) -> list[bool]:
    """Of the alerts about these reports that are late, whether each says so."""
    raised = history.by_name.get("alert.raised", ())
    return [event.data["late"] for event in raised if event.data["subject"] in refs and is_late(history, event)]


def _seconds(since: str, moments: list[str] | None) -> float | None:
    if moments is None:
        return None
    began = datetime.fromisoformat(since)
    return max([0.0, *((datetime.fromisoformat(at) - began).total_seconds() for at in moments)])


def _later(moment: str, step: timedelta) -> str:
    return (datetime.fromisoformat(moment) + step).isoformat()


def _is_good_report(record: Row) -> bool:
    return record["op"] == "report" and not record["bad"]
