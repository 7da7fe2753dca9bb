"""The rule of order: whatever arrives twice, late or mixed, each event of a key is applied once and in order."""

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.sequence import Mark, Place, place

Number = tuple[int, int]


def name(number: Number) -> str:
    return f"{number[0]}/{number[1]}"


@st.composite
def streams(draw: st.DrawFn) -> list[Number]:
    """What a source says of one key: incarnations that each count 1, 2, 3 …"""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    return [(incarnation, number) for incarnation, length in enumerate(lengths, 1) for number in range(1, length + 1)]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Number], list[Number]]:
    """A stream, and an order of arrival in which each of its events comes once or more often."""
    stream = draw(streams())
    repeats = draw(st.lists(st.sampled_from(stream), max_size=10))
    return stream, draw(st.permutations(stream + repeats))


def applied(arrivals: list[Number]) -> list[Number]:
    """What a reader applies that holds what comes too early, and asks again after each one it applied."""
    mark: Mark | None = None
    waiting: set[Number] = set()
    done: list[Number] = []

    def next_one(number: Number) -> bool:
        return place(mark, *number, name(number)) is Place.NEXT and all(number <= held for held in waiting)

    for arrival in arrivals:
        if place(mark, *arrival, name(arrival)) in (Place.NEXT, Place.AHEAD):
            waiting.add(arrival)
        while waiting and next_one(first := min(waiting)):
            waiting.remove(first)
            mark = Mark(*first, name(first))
            done.append(first)
    return done


@given(st.lists(st.integers(1, 8), max_size=12).flatmap(lambda more: st.permutations([*range(1, 9), *more])))
def test_in_any_order_and_with_any_repeats_each_is_applied_once_in_order(arrivals: list[int]) -> None:
    assert applied([(1, number) for number in arrivals]) == [(1, number) for number in range(1, 9)]


@given(deliveries())
def test_also_across_restores_nothing_is_applied_twice_or_out_of_order(
    story: tuple[list[Number], list[Number]],
) -> None:
    stream, arrivals = story
    done = applied(arrivals)
    assert done == sorted(set(done))
    assert set(done) <= set(stream)


@given(streams(), st.data())
def test_in_the_order_of_the_log_every_event_of_every_incarnation_is_applied(
    stream: list[Number], data: st.DataObject
) -> None:
    """A relay may repeat what it said before, but says nothing before what precedes it."""
    arrivals: list[Number] = []
    for nth, number in enumerate(stream):
        arrivals.append(number)
        arrivals.extend(data.draw(st.lists(st.sampled_from(stream[: nth + 1]), max_size=3)))
    assert applied(arrivals) == stream


@given(st.integers(2, 9), st.data())
def test_what_follows_a_missing_event_waits_for_it(length: int, data: st.DataObject) -> None:
    missing = data.draw(st.integers(1, length - 1))
    without = data.draw(st.permutations([(1, number) for number in range(1, length + 1) if number != missing]))
    assert applied(without) == [(1, number) for number in range(1, missing)]
    assert applied([*without, (1, missing)]) == [(1, number) for number in range(1, length + 1)]


def test_the_first_of_a_key_is_number_one() -> None:
    assert place(None, 1, 1, "a") is Place.NEXT
    assert place(None, 1, 2, "a") is Place.AHEAD
    assert place(None, 3, 1, "a") is Place.NEXT, "a source that was restored before anybody listened"


def test_the_same_number_with_another_id_is_a_clash_and_never_a_repeat() -> None:
    assert place(Mark(1, 5, "a"), 1, 5, "a") is Place.REPEAT
    assert place(Mark(1, 5, "a"), 1, 5, "b") is Place.CLASH


def test_an_older_incarnation_is_over_once_a_newer_has_begun() -> None:
    assert place(Mark(2, 1, "a"), 1, 7, "b") is Place.REPEAT
    assert place(Mark(2, 1, "a"), 3, 1, "b") is Place.NEXT
    assert place(Mark(2, 1, "a"), 3, 2, "b") is Place.AHEAD
