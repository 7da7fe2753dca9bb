"""What happened more than once: two reports for one key, one event under two numbers, one change told twice."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tests.ledger.rules.copied import copies_put
from tests.ledger.rules.disturbed import disturbances
from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import OF_THE_HOUSE, Event, History
from tests.ledger.rules.owed import ONCE_A_SUBJECT

ENDED = frozenset({"referral.declined", "referral.completed", "referral.withdrawn"})


def duplicated(history: History) -> Iterator[Finding]:
    """Everything that is there twice."""
    yield from _answered_twice(history)
    yield from _happened_twice(history)
    yield from _asked_twice(history)
    yield from _numbered_twice(history)
    yield from _sent_twice(history)
    yield from _dealt_with_twice(history)
    yield from _alerted_twice(history)
    yield from _told_twice(history)
    yield from _surged_twice(history)


def _finding(what: str, ref: str, detail: str = "") -> Finding:
    return Finding("duplicated", what, ref, detail)


def _repeated(items: Any) -> Iterator[tuple[Any, int]]:
    yield from ((item, times) for item, times in Counter(items).items() if times > 1)


def _answered_twice(history: History) -> Iterator[Finding]:
    """One key and two answers; or one report asked for once and there twice."""
    for intent in history.intents:
        if len(intent.digests) > 1:
            yield _finding(f"{intent.op} got {len(intent.digests)} different answers to one key", intent.key)
    made = defaultdict(set)
    for event in history.by_name.get("report.received", ()):
        made[event.correlation].add(event.subject)
    for intent in history.intents:
        if len(made.get(intent.correlation, ())) > 1:
            yield _finding("one request made several reports", intent.key, ", ".join(sorted(made[intent.correlation])))


def _happened_twice(history: History) -> Iterator[Finding]:
    once = ((event.name, event.subject) for event in history.events if event.name in ONCE_A_SUBJECT)
    for (name, subject), times in _repeated(once):
        yield _finding(f"{name} happened {times} times", subject)
    climbs = (
        (event.name, event.subject, event.data["step"]) for event in history.by_name.get("referral.escalated", ())
    )
    for (name, subject, step), times in _repeated(climbs):
        yield _finding(f"{name} took step {step} {times} times", subject)


def _asked_twice(history: History) -> Iterator[Finding]:
    """Two referrals for one attempt at a need, or two that are live at once."""
    sent = history.by_name.get("referral.sent", ())
    for (case, need, attempt), times in _repeated((e.data["case"], e.data["need"], e.data["attempt"]) for e in sent):
        yield _finding(f"{times} referrals for attempt {attempt} at {need}", case)
    live: dict[tuple[str, str], set[str]] = defaultdict(set)
    needs: dict[str, tuple[str, str]] = {}
    for event in sorted(history.events, key=lambda event: event.number):
        match event.name:
            case "referral.sent":
                needs[event.subject] = of = (event.data["case"], event.data["need"])
                live[of].add(event.subject)
                if len(live[of]) > 1:
                    yield _finding(f"{len(live[of])} live referrals for {of[1]}", of[0], ", ".join(sorted(live[of])))
            case name if name in ENDED and event.subject in needs:
                live[needs[event.subject]].discard(event.subject)
            case _:
                pass


def _numbered_twice(history: History) -> Iterator[Finding]:
    """One event under two numbers, or one number for two events."""
    places: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    owners: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for line, events in history.lines.items():
        for event in events:
            places[event.id].add((*line, *event.number))
            owners[(*line, *event.number)].add(event.id)
    for id_, several in places.items():
        if len(several) > 1:
            yield _finding(f"one event has {len(several)} numbers", id_, str(sorted(several)[:2]))
    for place, ids in owners.items():
        if len(ids) > 1:
            yield _finding(f"number {place[4]} of {place[1]} is {len(ids)} events", place[2], ", ".join(sorted(ids)))


def _sent_twice(history: History) -> Iterator[Finding]:
    """One record again in the log: the harness did not copy it, and nothing that was done explains its room."""
    times, copies = list(disturbances(history)), copies_put(history)
    for (_, topic, _), events in history.lines.items():
        before: dict[str, Event] = {}
        for event in events if topic not in OF_THE_HOUSE else ():  # said while the house still opens
            first = before.setdefault(event.id, event)
            if first is event or any(time.explains(first.sent, event.sent) for time in times):
                continue
            copies[(topic, event.id)] -= 1
            if copies[(topic, event.id)] < 0:
                yield _finding(f"{event.name} was sent again for no reason", event.subject, event.record)


def _dealt_with_twice(history: History) -> Iterator[Finding]:
    for table in history.rows:
        room, _, name = table.partition(".")
        if name == "witness":
            for id_, times in _repeated(row["event_id"] for row in history.table(table)):
                yield _finding(f"{room} dealt with one event {times} times", id_, _name(history.by_id.get(id_)))


def _name(event: Event | None) -> str:
    return f"{event.name} {event.subject}" if event else ""


def _alerted_twice(history: History) -> Iterator[Finding]:
    rows = ((row["cause"], row["step"], row["desk"]) for row in history.table("alerts"))
    said = (
        (event.data["cause"], event.data["step"], event.data["desk"])
        for event in history.by_name.get("alert.raised", ())
    )
    for (cause, step, desk), times in (*_repeated(rows), *_repeated(said)):
        yield _finding(f"{times} alerts on step {step} for one cause", desk, cause)


def _told_twice(history: History) -> Iterator[Finding]:
    """One frame number, or one change of an alert, twice on one stream."""
    for account, frames in history.frames.items():
        for number, times in _repeated(frame.number for frame in frames):
            yield _finding(f"{account} received frame {number} {times} times", account)
        once = {frame.number: frame for frame in frames}
        for change, times in _repeated(frame.change for frame in once.values()):
            yield _finding(f"{account} was told one change {times} times", str(change[0]), str(change[1]))
    for number, times in _repeated(row["number"] for row in history.table("notifications.frames")):
        yield _finding(f"{times} frames have one number", str(number))


def _surged_twice(history: History) -> Iterator[Finding]:
    """One surge told twice: of the same kind in the same place, within times that overlap."""
    told: dict[tuple[str, str, str | None], list[Event]] = defaultdict(list)
    for event in history.by_name.get("surge.detected", ()):
        told[(event.unit, event.data["indicator"], event.data["need"])].append(event)
    for (unit, indicator, _), surges in told.items():
        ordered = sorted(surges, key=lambda event: str(event.data["window_starts"]))
        for first, second in pairwise(ordered):
            if second.data["window_starts"] < first.data["window_ends"]:
                yield _finding(f"one surge of {indicator} was told twice", unit, f"{first.subject}, {second.subject}")
