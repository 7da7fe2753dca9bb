"""What a bench makes of its measurements: marks, medians, what came too late, what grew, and a table of all."""

import math

import pytest

from tests.bench.all import table
from tests.bench.growth import BYTES_A_CASE, felt, fitting, judged
from tests.bench.latency import told
from tests.bench.paired import Mark, Paired
from tests.bench.streams import Step, waited
from tests.bench.streams_told import DESKS


def test_a_mark_is_kept_by_a_figure_at_it_or_past_it() -> None:
    assert Mark(0.4).keeps(0.4)
    assert not Mark(0.4).keeps(0.39)
    assert Mark(3.0, at_least=False).keeps(3.0)
    assert not Mark(3.0, at_least=False).keeps(3.01)


def test_each_round_is_compared_with_its_own_floor_and_the_median_is_judged() -> None:
    measured = Paired("invented", "rows/s", [50.0, 60.0, 900.0], [100.0, 100.0, 1_000.0], Mark(0.6))
    assert measured.ratios == [0.5, 0.6, 0.9]
    assert measured.kept
    assert measured.told()["ratio"] == 0.6
    assert measured.told()["ratio_spread"] == [0.5, 0.9]
    assert not Paired("invented", "rows/s", [50.0], [100.0], Mark(0.6)).kept


def test_what_has_an_absolute_mark_only_is_not_judged_by_its_ratio() -> None:
    assert Paired("invented", "streams", [1_000.0], [9_000.0], None, Mark(1_000.0)).kept
    missed = Paired("invented", "streams", [999.0], [1.0], None, Mark(1_000.0))
    assert not missed.kept
    assert missed.told()["mark"] == "streams ≥ 1000"


def test_latency_tells_the_worse_of_its_hops_for_each_percentile() -> None:
    def part(name: str, subject: float, mark: float) -> Paired:
        return Paired(name, "ms", [subject], [10.0], Mark(mark, at_least=False))

    whole = told(
        [
            part("p50, one hop", 20.0, 3.0),
            part("p50, two hops", 25.0, 3.0),
            part("p99, one hop", 50.0, 4.0),
            part("p99, two hops", 30.0, 4.0),
        ],
        100,
        50.0,
    )
    assert (whole["p50_ratio"], whole["p99_ratio"], whole["ratio"]) == (2.5, 5.0, 5.0)
    assert whole["kept"] is False


def test_what_never_came_to_a_stream_counts_as_having_come_too_late() -> None:
    listeners = [2, 1] + [0] * (DESKS - 2)
    times = waited([10.0, 11.0], [("R-0", 10.5), ("R-1", 11.25)], listeners)
    assert times == [0.25, 0.5, math.inf]


@pytest.mark.parametrize(
    ("step", "in_time"),
    [
        (Step(100, 100, 1.9, 30.0), True),
        (Step(100, 99, 0.1, 30.0), False),
        (Step(100, 100, 2.1, 30.0), False),
        (Step(100, 100, math.inf, 30.0), False),
    ],
)
def test_a_step_is_held_when_all_are_open_and_hear_in_time(step: Step, in_time: bool) -> None:
    assert step.in_time is in_time


def test_what_nobody_feels_does_not_grow() -> None:
    assert felt([1.0] * 100) == felt([19.0] * 100) == 20.0
    small = {"report": [2.0] * 50, "inbox": [30.0] * 50}
    large = {"report": [19.0] * 50, "inbox": [45.0] * 50}
    measured = judged({10: small, 1_000: large}, [])
    assert measured.more["grew_most"] == "inbox"
    assert measured.ratios == [1.5]


def test_a_size_without_room_on_the_disk_is_left_out() -> None:
    assert fitting([1_000, 10, 100], 100 * BYTES_A_CASE) == [10, 100]


def test_the_table_says_which_bench_kept_its_mark_and_which_failed() -> None:
    kept = {"name": "relay", "value": 9_000, "floor": 18_000, "ratio": 0.5, "unit": "rows/s", "mark": "ratio ≥ 0.4"}
    head, first, second = table([{**kept, "kept": True}, {"name": "start", "kept": False, "failed": "it ended with 1"}])
    assert head.split() == ["name", "value", "floor", "ratio", "kept", "mark"]
    assert first.split() == ["relay", "9000", "18000", "0.5", "rows/s", "yes", "ratio", "≥", "0.4"]
    assert second.split() == ["start", "–", "–", "–", "NO", "it", "ended", "with", "1"]
