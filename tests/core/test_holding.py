"""A held partition is taken up again when its wait is over, and each wait is longer until something succeeds."""

from services.bus.holding import HOLD_SECONDS, Holding


def test_a_partition_is_held_until_its_wait_is_over_and_no_longer() -> None:
    holding: Holding[str] = Holding()
    seconds = holding.hold("p", now=100.0)
    assert holding.holds("p")
    assert not holding.holds("q")
    assert holding.due(100.0 + seconds - 0.01) == []
    assert holding.due(100.0 + seconds) == ["p"]
    assert not holding.holds("p")
    assert holding.due(200.0) == []


def test_the_waits_grow_up_to_a_limit() -> None:
    holding: Holding[str] = Holding()
    waits = [holding.hold("p", now=0.0) for _ in range(len(HOLD_SECONDS) + 3)]
    assert waits == [*HOLD_SECONDS, *[HOLD_SECONDS[-1]] * 3]


def test_a_success_makes_the_next_wait_small_again_for_that_partition_only() -> None:
    holding: Holding[str] = Holding()
    for partition in ("p", "p", "q", "q"):
        holding.hold(partition, now=0.0)
    holding.succeeded("p")
    assert holding.hold("p", now=0.0) == HOLD_SECONDS[0]
    assert holding.hold("q", now=0.0) == HOLD_SECONDS[2]


def test_partitions_that_are_dealt_out_anew_begin_again() -> None:
    holding: Holding[str] = Holding()
    holding.hold("p", now=0.0)
    holding.forget()
    assert not holding.holds("p")
    assert holding.hold("p", now=0.0) == HOLD_SECONDS[0]
