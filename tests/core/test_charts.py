"""Where the parts of a chart lie: as high as their values, on round numbers, whatever the values are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.charts import NAME_WIDTH, TINY, USUAL, columns, line, nice_steps, rows, tiny_columns

COUNTS = st.lists(st.integers(0, 10**15), min_size=1, max_size=60)


@given(COUNTS)
def test_bars_are_as_high_as_their_values_and_stay_on_the_paper(counts: list[int]) -> None:
    chart = columns(counts)
    highest = chart.ticks[-1].value
    room = chart.frame.base - chart.frame.top
    for count, bar in zip(counts, chart.bars, strict=True):
        assert bar.height == pytest.approx(count / highest * room, abs=0.01)
        assert bar.y + bar.height == pytest.approx(chart.frame.base, abs=0.02)
        assert chart.frame.top - 0.01 <= bar.y
        assert chart.frame.left <= bar.x
        assert bar.x + bar.width <= chart.frame.width
    for left, right in pairwise(chart.bars):
        assert left.x + left.width < right.x, "bars do not touch"


@given(COUNTS)
def test_lying_bars_are_as_long_as_their_values_and_leave_room_for_their_numbers(counts: list[int]) -> None:
    chart = rows(counts)
    for count, bar in zip(counts, chart.bars, strict=True):
        assert bar.width == pytest.approx(count / (max(counts) or 1) * chart.frame.across, abs=0.01)
    assert chart.frame.across < chart.frame.width
    assert all(upper.y + upper.height < lower.y for upper, lower in pairwise(chart.bars))
    assert chart.bars[-1].y + chart.bars[-1].height <= chart.frame.height


@pytest.mark.parametrize("draw", [columns, tiny_columns, line, rows])
@pytest.mark.parametrize("values", [[], [0], [7], [None], [0, 0, 0], [None, 3, None], [-2, 5], [10**18, 1]])
def test_whatever_the_values_are_a_chart_has_a_place_for_each(draw: object, values: list[float | None]) -> None:
    chart = draw(values)  # type: ignore[operator]
    assert len(chart.points if hasattr(chart, "points") else chart.bars) == len(values)
    assert chart.frame.height > 0


def test_nothing_stands_on_the_base_and_one_value_stands_alone() -> None:
    assert columns([0]).bars[0].height == 0
    (alone,) = columns([7]).bars
    assert alone.middle == pytest.approx((columns([7]).frame.left + USUAL.width - USUAL.right) / 2)
    assert alone.height > (columns([7]).frame.base - USUAL.top) * 0.8
    assert tiny_columns([7, 0]).bars[0].height == pytest.approx(TINY.base - TINY.top)


def test_less_than_nothing_and_what_was_never_taken_are_not_drawn() -> None:
    assert [bar.height for bar in columns([-2, None, 5]).bars][:2] == [0, 0]


def test_a_line_breaks_where_there_is_no_value() -> None:
    chart = line([1.0, 2.0, None, 4.0], whole=False)
    assert [len(piece) for piece in chart.pieces] == [2, 1]
    assert [point is None for point in chart.points] == [False, False, True, False]
    first, second, _, last = chart.points
    assert first
    assert second
    assert last
    assert chart.frame.base - last.y == pytest.approx(4 * (chart.frame.base - first.y), abs=0.05)
    assert second.x - first.x == pytest.approx((last.x - first.x) / 3, abs=0.02)


@pytest.mark.parametrize(
    ("highest", "steps"),
    [
        (0, (0, 1)),
        (1, (0, 1)),
        (3, (0, 1, 2, 3)),
        (7, (0, 2, 4, 6, 8)),
        (10, (0, 5, 10)),
        (97, (0, 50, 100)),
        (1_234, (0, 500, 1_000, 1_500)),
        (4_000_000, (0, 1_000_000, 2_000_000, 3_000_000, 4_000_000)),
    ],
)
def test_ticks_are_round_numbers(highest: int, steps: tuple[float, ...]) -> None:
    assert nice_steps(highest) == steps


@given(st.floats(1e-6, 1e15), st.booleans())
def test_ticks_begin_at_nothing_and_end_at_the_highest_or_less_than_a_step_above(highest: float, whole: bool) -> None:
    steps = nice_steps(highest, whole=whole)
    assert steps[0] == 0
    assert steps[-1] >= highest * (1 - 1e-6)
    assert steps[-2] < highest
    assert 2 <= len(steps) <= 6
    assert all(not whole or step == int(step) for step in steps)


def test_a_share_has_ticks_between_nothing_and_one() -> None:
    assert nice_steps(0.92, whole=False) == (0, 0.5, 1.0)
    assert nice_steps(0.31, whole=False) == (0, 0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize("count", [1, 12, 13, 60])
def test_names_do_not_touch_and_the_last_is_always_told(count: int) -> None:
    chart = columns([1] * count)
    middles = [chart.bars[number].middle for number in chart.named]
    assert chart.named[-1] == count - 1
    assert all(right - left >= NAME_WIDTH - 0.1 for left, right in pairwise(middles))


def test_large_numbers_get_room_beside_the_chart() -> None:
    assert columns([5_000_000]).frame.left > columns([5]).frame.left
