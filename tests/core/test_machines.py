"""Referrals and alerts under thousands of repeated, reordered and late commands: what is owed always has a date."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.core.alert_machine import AlertMachine
from tests.core.referral_machine import ReferralMachine

LIVES, STEPS_EACH = 64, 50
STEPS_MIN = 2_500
"""Of each machine: five thousand of both."""

PLAY = settings(
    max_examples=LIVES,
    stateful_step_count=STEPS_EACH,
    derandomize=True,
    deadline=None,
    suppress_health_check=tuple(HealthCheck),
)


@pytest.mark.parametrize("machine", [ReferralMachine, AlertMachine])
def test_whatever_comes_however_often_and_late_what_is_owed_has_a_date_and_what_is_over_stays(
    machine: type[ReferralMachine | AlertMachine],
) -> None:
    machine.steps = 0
    run_state_machine_as_test(machine, settings=PLAY)
    assert machine.steps >= STEPS_MIN
