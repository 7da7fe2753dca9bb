"""What came in another order than it happened: on a topic, in a reader, on a desk's screen."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.ledger.rules.dated import dated_ahead
from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import Event, History
from tests.ledger.rules.owed import FOLLOWS, KEYS, STANDS, alerts_owed


def inverted(history: History) -> Iterator[Finding]:
    """Everything that is out of order."""
    yield from _log_out_of_order(history)
    yield from _keys_divided(history)
    yield from _keys_exchanged(history)
    yield from _life_out_of_order(history)
    yield from _heard_out_of_order(history)
    yield from _overtaken(history)
    yield from _alerted_out_of_order(history)
    yield from _streams_going_back(history)
    yield from _readers_going_back(history)
    yield from dated_ahead(history)


def _finding(what: str, ref: str, detail: str = "") -> Finding:
    return Finding("inverted", what, ref, detail)


def _log_out_of_order(history: History) -> Iterator[Finding]:
    """The numbers of a key rise by one in the log once exact repeats are dropped."""
    for line, events in history.lines.items():
        seen: set[tuple[tuple[int, int], str]] = set()
        last = (0, 0)
        for event in events:
            if (event.number, event.id) in seen:
                continue
            seen.add((event.number, event.id))
            if event.number < last:
                yield _finding(f"number {event.sequence} lies behind {last[1]} on {line[1]}", line[2], event.id)
            last = max(last, event.number)


def _keys_divided(history: History) -> Iterator[Finding]:
    for line, events in history.lines.items():
        partitions = {event.partition for event in events}
        if len(partitions) > 1:
            yield _finding(f"one key lies on {len(partitions)} partitions of {line[1]}", line[2])


def _keys_exchanged(history: History) -> Iterator[Finding]:
    """An announcement lies where the others about the same thing lie."""
    for event in history.events:
        if event.key != event.data[KEYS[event.topic]]:
            yield _finding(f"{event.name} lies under the key of something else", event.subject, event.key)


def _life_out_of_order(history: History) -> Iterator[Finding]:
    """What was announced of a referral can have happened in the order of its numbers."""
    stands: dict[str, str] = defaultdict(str)
    for event in sorted(history.events, key=lambda event: event.number):
        if event.name in FOLLOWS:
            if stands[event.subject] not in FOLLOWS[event.name]:
                before = stands[event.subject] or "unsent"
                yield _finding(f"{event.name} follows {before}", event.subject, event.key)
            stands[event.subject] = STANDS[event.name]


def _heard_out_of_order(history: History) -> Iterator[Finding]:
    """A reader deals with the events of a key in the order of their numbers."""
    for table in history.rows:
        room, _, name = table.partition(".")
        if name != "witness":
            continue
        last: dict[tuple[str, str, str], tuple[int, int]] = {}
        seen: set[str] = set()
        for row in sorted(history.table(table), key=lambda row: int(row["n"])):
            line, number = (row["source"], row["topic"], row["key"]), (row["incarnation"], row["sequence"])
            if row["event_id"] not in seen and number < last.get(line, (0, 0)):
                yield _finding(f"{room} dealt with number {number[1]} after {last[line][1]}", row["key"], row["topic"])
            seen.add(row["event_id"])
            last[line] = max(last.get(line, (0, 0)), number)


def _overtaken(history: History) -> Iterator[Finding]:
    """Nobody deals with what comes behind an event of its key that is set aside."""
    by_record = {event.record: event for event in history.log}
    for row in history.table("set_aside"):
        aside = by_record.get(row["record"])
        behind = history.table(f"{row['room']}.witness") if aside else ()
        for dealt in behind:
            line, number = (dealt["source"], dealt["topic"], dealt["key"]), (dealt["incarnation"], dealt["sequence"])
            if aside and line == aside.line and number > aside.number:
                what = f"{row['room']} dealt with number {number[1]} while {aside.sequence} is set aside"
                yield _finding(what, aside.key, aside.topic)


def _alerted_out_of_order(history: History) -> Iterator[Finding]:
    """Desks hear of the events of one key in the order in which these happened."""
    alerts = {(row["cause"], row["desk"]): row["ref"] for row in history.table("alerts") if row["step"] == 1}
    told = {r["alert"]: r["number"] for r in history.table("notifications.frames") if r["kind"] == "raised"}
    for line, events in history.lines.items():
        highest = 0
        for event in _in_order(events):
            numbers = [told.get(alerts.get((event.id, desk), ""), 0) for _, desk in alerts_owed(event)]
            heard = [number for number in numbers if number]
            if heard and min(heard) < highest:
                yield _finding(f"a desk heard of number {event.sequence} of {line[1]} too early", line[2], event.id)
            highest = max([highest, *heard])


def _in_order(events: Sequence[Event]) -> list[Event]:
    once = {event.id: event for event in events}
    return sorted(once.values(), key=lambda event: event.number)


def _streams_going_back(history: History) -> Iterator[Finding]:
    """The frames of one stream rise, whatever desks it covers and however often it was dropped."""
    for account, frames in history.frames.items():
        last = 0
        for frame in frames:
            if frame.number < last:
                yield _finding(f"{account} received frame {frame.number} after {last}", account)
            last = max(last, frame.number)


def _readers_going_back(history: History) -> Iterator[Finding]:
    """How far a room has heard a partition only ever rises, whoever reads it."""
    for row in history.table("went_back"):
        back = f"{row['next_offset']} to {row['to_offset']}"
        yield _finding(f"{row['room']} went back from {back}", f"{row['topic']}/{row['partition']}")
