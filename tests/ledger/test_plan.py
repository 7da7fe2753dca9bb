"""A plan of faults: the same for the same seed, spread over its run, meeting every kind and every part."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.plan import ROOMS, STORES, TARGETS, away, make_plan, read_plan, write_plan

SEEDS = st.integers(min_value=0, max_value=10**9)


@given(SEEDS, st.integers(min_value=0, max_value=60), st.floats(min_value=60, max_value=900))
def test_a_plan_follows_from_its_seed_and_stays_within_its_run(seed: int, faults: int, seconds: float) -> None:
    plan = make_plan(seed, faults, seconds)
    assert plan == make_plan(seed, faults, seconds)
    assert len(plan.faults) == faults
    assert [fault.at for fault in plan.faults] == sorted(fault.at for fault in plan.faults)
    moments = [fault.at for fault in plan.faults] + [advance.at for advance in plan.advances]
    assert all(0 < at <= seconds for at in moments)


@given(SEEDS)
def test_twenty_faults_meet_every_kind_and_both_stores(seed: int) -> None:
    faults = make_plan(seed, 20, 400.0).faults
    assert {fault.kind for fault in faults} == set(TARGETS)
    assert {fault.target for fault in faults if fault.kind == "kill-store"} == set(STORES)
    assert all(fault.seconds >= 9.0 for fault in faults if fault.kind == "freeze")


@given(SEEDS)
def test_a_longer_plan_meets_every_part_of_every_kind(seed: int) -> None:
    rounds = max(len(targets) for targets in TARGETS.values())
    met = {(fault.kind, fault.target) for fault in make_plan(seed, len(TARGETS) * rounds, 1600.0).faults}
    assert met == {(kind, target) for kind, targets in TARGETS.items() for target in targets}


def test_a_plan_can_be_narrowed_to_a_kind_and_to_a_part() -> None:
    faults = make_plan(1, 12, 60.0, only=("kill", "freeze"), targets=("analytics-worker",)).faults
    assert {(fault.kind, fault.target) for fault in faults} == {
        ("kill", "analytics-worker"),
        ("freeze", "analytics-worker"),
    }
    with pytest.raises(ValueError, match="nothing of"):
        make_plan(1, 1, 60.0, only=("sever",), targets=("kafka",))
    assert {fault.target for fault in make_plan(1, 8, 60.0, only=("sever",)).faults} == set(ROOMS)


def test_a_written_plan_is_the_plan(tmp_path: Path) -> None:
    for plan in (make_plan(7, 9, 120.0), away(7, "kafka", 150.0, 120.0)):
        write_plan(plan, tmp_path / "plan.json")
        assert read_plan(tmp_path / "plan.json") == plan
