"""A plan of faults: the same for the same seed, spread over its run, meeting every kind and every part."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.command import possible_kinds
from tests.ledger.plan import (
    FAULT_SECONDS,
    KINDS,
    LASTS,
    ROOMS,
    WEIGHTS,
    away,
    make_plan,
    read_plan,
    seconds_needed,
    targets_of,
    write_plan,
)

SEEDS = st.integers(min_value=0, max_value=10**9)
BROKERS = st.sampled_from((1, 3))


@given(SEEDS, st.integers(min_value=0, max_value=60), st.floats(min_value=60, max_value=900), BROKERS)
def test_a_plan_follows_from_its_seed_and_stays_within_its_run(
    seed: int, faults: int, seconds: float, brokers: int
) -> None:
    plan = make_plan(seed, faults, seconds, brokers=brokers)
    assert plan == make_plan(seed, faults, seconds, brokers=brokers)
    assert len(plan.faults) == faults
    assert [fault.at for fault in plan.faults] == sorted(fault.at for fault in plan.faults)
    moments = [fault.at for fault in plan.faults] + [advance.at for advance in plan.advances]
    assert all(0 < at <= seconds for at in moments)


@given(SEEDS, BROKERS)
def test_a_round_of_faults_meets_every_kind(seed: int, brokers: int) -> None:
    faults = make_plan(seed, len(targets_of(brokers)), 400.0, brokers=brokers).faults
    assert {fault.kind for fault in faults} == set(targets_of(brokers))
    assert all(fault.seconds >= LASTS[fault.kind][0] for fault in faults if fault.kind in LASTS)
    assert all(bool(fault.hours) == (fault.kind == "jump") for fault in faults)


@given(SEEDS, BROKERS)
def test_a_longer_plan_meets_every_part_of_every_kind(seed: int, brokers: int) -> None:
    meets = targets_of(brokers)
    rounds = max(len(targets) for targets in meets.values())
    faults = make_plan(seed, len(meets) * rounds, 1600.0, brokers=brokers).faults
    met = {(fault.kind, fault.target) for fault in faults}
    assert met == {(kind, target) for kind, targets in meets.items() for target in targets}


def test_a_plan_can_be_narrowed_to_a_kind_and_to_a_part() -> None:
    faults = make_plan(1, 12, 60.0, only=("kill", "freeze"), targets=("analytics-worker",)).faults
    assert {(fault.kind, fault.target) for fault in faults} == {
        ("kill", "analytics-worker"),
        ("freeze", "analytics-worker"),
    }
    with pytest.raises(ValueError, match="nothing of"):
        make_plan(1, 1, 60.0, only=("sever",), targets=("kafka",))
    assert {fault.target for fault in make_plan(1, 8, 60.0, only=("sever",)).faults} == set(ROOMS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked_for_alone(kind: str) -> None:
    assert {fault.kind for fault in make_plan(1, 4, 60.0, only=(kind,), brokers=3).faults} == {kind}


def test_the_process_that_counts_live_is_killed_frozen_and_restarted_like_others() -> None:
    assert all("analytics-stream" in targets_of(1)[kind] for kind in ("kill", "freeze", "restart", "jump"))


def test_a_leader_is_killed_only_where_another_can_follow() -> None:
    assert "kill-leader" in targets_of(3)
    assert "kill-leader" not in targets_of(1)
    with pytest.raises(ValueError, match="--brokers 3"):
        make_plan(1, 1, 60.0, only=("kill-leader",))


def test_a_kind_that_is_refused_here_is_left_out_and_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert possible_kinds(3, "") == KINDS
    assert set(KINDS) - set(possible_kinds(3, "nobody may mount here")) == {"full-disk"}
    assert capsys.readouterr().out == "left out of the plan: nobody may mount here\n"


def test_a_long_fault_is_given_more_of_a_run() -> None:
    assert [fault.at // 80 for fault in make_plan(3, 3, 244.0, only=("roll",)).faults] == [0, 1, 2]
    first, second = make_plan(3, 2, 94.0, only=("roll", "kill")).faults
    assert (second.at >= 84.0) == (first.kind == "roll")
    assert seconds_needed(3, 2, only=("roll", "kill")) == FAULT_SECONDS * (WEIGHTS["roll"] + 1)


def test_a_written_plan_is_the_plan(tmp_path: Path) -> None:
    for plan in (make_plan(7, 40, 120.0, brokers=3), away(7, "kafka", 150.0, 120.0)):
        write_plan(plan, tmp_path / "plan.json")
        assert read_plan(tmp_path / "plan.json") == plan
