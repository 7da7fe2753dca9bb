"""The fault campaign in its short form: some reports, a few faults, and every promise kept."""

import pytest

from tests.ledger.checker import check, summary
from tests.ledger.command import run_ledger
from tests.ledger.plan import Advance, Fault, Plan

SEED = 20
REPORTS = 60
UNITS = ("FBIH-K10-LIV", "BD-BRC")
PLAN = Plan(
    SEED,
    seconds=26.0,
    faults=(
        Fault(3.0, "kill", "intake-worker"),
        Fault(7.0, "sever", "notifications"),
        Fault(8.0, "cut", "referral-kafka", 1.5),
        Fault(10.0, "poison", "spis.intake.cases.v1"),
        Fault(11.0, "shuffle", "spis.intake.reports.v1"),
        Fault(12.0, "freeze", "notifications-worker", 9.0),
        Fault(24.0, "kill-store", "postgres"),
    ),
    advances=(Advance(9.0, 50), Advance(20.0, 26)),
)


# A client that Kafka never answers is left behind on purpose, and complains when it is swept up.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(300)
def test_a_house_under_faults_keeps_every_promise() -> None:
    records = run_ledger(PLAN, REPORTS, UNITS)
    verdict = check(records)
    assert verdict.holds, "\n".join(str(finding) for finding in verdict.findings[:20])
    told = summary(records)
    assert told["accepted"] == REPORTS
    assert told["faults"] == len(PLAN.faults)
