"""What a run amounts to: absences got through, memory that grows, the row of the diary; and a record judged again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.checker import check
from tests.ledger.command import main
from tests.ledger.diary import DIARY, HEAD, Machine, append, row_of
from tests.ledger.figures import Absence, absences
from tests.ledger.memory import MEGABYTE, Growth, growths, slope
from tests.ledger.plan import KINDS
from tests.ledger.record import Recorder
from tests.ledger.stories import Record, whole_tale

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MACHINE = Machine(2, 24, 0.5)


def at(second: float, kind: str, **fields: object) -> Record:
    return {"kind": kind, "real": (NOON + timedelta(seconds=second)).isoformat(), **fields}


def report(name: str, second: float) -> Record:
    return at(second, "invoke", intent=name, op="report", bad=False) | {
        "key": name,
        "caller": "x",
        "about": "",
        "correlation": name,
    }


def answered(name: str, second: float) -> Record:
    return at(second, "ok", intent=name, reply={"ref": f"R-{name}"}, digest="d")


def told(name: str, said: float, heard: float, *, late: bool | None) -> list[Record]:
    event = {"topic": "t", "partition": 0, "offset": 0, "source": "/intake", "incarnation": 1, "sequence": 1}
    event |= {"correlation": name, "unit": "U", "domain": "2026-03-05T12:00:00Z", "key": "k"}
    ref, cause = f"R-{name}", f"cause-{name}"
    raised_at = "2026-03-05T12:00:00Z" if late is not None else "2026-03-02T12:00:01Z"
    of: dict[str, Any] = {"subject": ref, "cause": cause, "late": bool(late), "raised_at": raised_at}
    received = event | {"id": cause, "type": "ba.spis.intake.report.received.v1", "subject": ref, "data": {}}
    raised = event | {"id": f"alert-{name}", "type": "ba.spis.notifications.alert.raised.v1", "subject": f"A-{name}"}
    return [
        at(said, "event", **received, recorded="2026-03-02T12:00:00Z"),
        at(said, "event", **raised, recorded=raised_at, data=of),
        at(heard, "frame", account="x", number=1, data={"alert": f"A-{name}", "subject": ref, "step": 1}),
    ]


def away(*more: Record) -> list[Record]:
    return [
        report("before", 0),
        at(1, "fault", fault="away", target="kafka"),
        *(report(name, 2) for name in ("soon", "slow")),
        answered("soon", 3),
        answered("slow", 4),
        at(20, "fault_over", fault="away", target="kafka"),
        *more,
    ]


def test_what_was_accepted_while_a_part_was_away_is_counted() -> None:
    never = [*away(), report("late", 19), answered("late", 50), report("never", 19)]
    assert list(absences(never)) == [Absence("kafka", asked=4, accepted=2, drain_s=None)]


def test_an_absence_is_over_when_the_last_desk_was_told_and_late_alerts_are_counted_with_their_marks() -> None:
    whole = away(*told("soon", 21, 22, late=True), *told("slow", 25, 31.5, late=False))
    assert list(absences(whole)) == [Absence("kafka", 2, 2, drain_s=11.5, late=2, marked=1)]
    early = away(*told("soon", 21, 22, late=None), *told("slow", 23, 24, late=None))
    assert list(absences(early)) == [Absence("kafka", 2, 2, drain_s=4.0)]


def held(second: float, name: str, pid: int, megabytes: float) -> Record:
    return at(second, "memory", held={name: [pid, megabytes * MEGABYTE]})


@given(st.floats(-5, 5), st.floats(50, 500), st.integers(3, 40))
def test_a_steady_growth_is_its_slope(a_minute: float, level: float, samples: int) -> None:
    series = [(10.0 * n, level + a_minute * n / 6) for n in range(samples)]
    assert slope([series]) == pytest.approx(a_minute, abs=1e-6)


def test_two_lives_of_one_process_have_each_a_level_of_their_own() -> None:
    first = [(10.0 * n, 300.0) for n in range(6)]
    second = [(1_000.0 + 10.0 * n, 80.0) for n in range(6)]
    assert slope([first, second]) == pytest.approx(0.0)
    assert slope([first[:2], []]) is None


def test_growth_is_measured_after_the_warm_up_of_each_life() -> None:
    records = [held(n * 10, "referral-worker", 7, 60 + min(n, 12) * 5) for n in range(40)]
    records += [held(400 + n * 10, "referral-worker", 8, 50.0) for n in range(5)]
    (grown,) = growths(records)
    assert (grown.process, grown.megabytes, grown.lives) == ("referral-worker", 50.0, 2)
    assert grown.a_minute == pytest.approx(0.0)
    assert grown.minutes == pytest.approx(4.5)
    assert list(growths([held(0, "issuer", 1, 40.0)])) == [Growth("issuer", 40.0, None, 0.0, 1)]
    assert "+0.000 MB a minute" in str(grown)


def test_a_row_of_the_diary_says_what_was_asked_and_what_came_of_it(tmp_path: Path) -> None:
    asked = ("--reports", "5", "--record", "a/place/of/mine.jsonl", "--plan", "a/place/of/it.json", "--log")
    whole = whole_tale().end()
    row = row_of(whole, check(whole), asked, MACHINE, NOON)
    said = ["2026-03-02", "2 cores, 24 GB, load 0.5", "`./spis ledger --reports 5 --plan it.json`", "5", "0"]
    assert row == f"| {' | '.join([*said, 'every count 0', '1.0 s', 'too short to tell'])} |\n"
    diary = tmp_path / "CAMPAIGNS.md"
    diary.write_text(HEAD)
    append(row, diary)
    append(row, diary)
    assert diary.read_text() == HEAD + row + row
    assert HEAD in DIARY.read_text(encoding="utf-8")


def test_a_record_that_was_kept_is_judged_again_without_a_house(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "run.jsonl"
    recorder = Recorder(lambda: NOON + timedelta(days=30), place)
    for kind in KINDS:
        of = {"fault": kind, "target": "intake-api", "seconds": 1.0, "hours": 0}
        recorder.note("fault", **of)
        recorder.note("fault_over", **of)
    recorder.note("memory", held={"issuer": [1, MEGABYTE]})
    for record in whole_tale().end():
        recorder.note(**record)
    recorder.close()
    assert main(["check", str(place)]) == 0
    first = capsys.readouterr().out
    assert main(["check", str(place)]) == 0
    assert capsys.readouterr().out == first
    assert f'"faults": {len(KINDS)}' in first
