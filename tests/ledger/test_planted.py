"""The planted bugs fit the product: what each of them replaces is still there to be replaced."""

from importlib import import_module
from pathlib import Path

import pytest

import services.storage
from services.storage.queries import load_queries
from tests.ledger.checker import RULES
from tests.ledger.plan import HALVES, ROOMS
from tests.ledger.planted.trial import BUGS, PATIENCE, Bug, was_at_work

STORAGE = Path(services.storage.__path__[0])
STATEMENTS = load_queries(*STORAGE.glob("*.sql"))
PROCESSES = (*HALVES, *(f"{room}-migrate" for room in ROOMS))


def test_every_planted_bug_is_tried() -> None:
    files = Path(__file__).parent.glob("planted/*.py")
    planted = {file.stem for file in files if file.read_text(encoding="utf-8").startswith('"""Planted: ')}
    assert planted == {bug.name for bug in BUGS}
    assert len(BUGS) == len(planted) >= 12


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_stands_in_one_process_and_names_the_rule_that_must_see_it(bug: Bug) -> None:
    assert {bug.process, *bug.also} <= set(PROCESSES)
    assert bug.rule in RULES
    assert bug.modules[bug.process] == f"tests.ledger.planted.{bug.name}"
    plan = bug.plan(1)
    assert bool(plan.faults) == bool(bug.faults or bug.kafka_away or bug.at)


@pytest.mark.parametrize(("seconds", "said"), [(PATIENCE.seconds_max, True), (PATIENCE.still_max, False), (3.0, False)])
def test_a_run_that_ended_in_the_middle_of_work_is_no_proof(seconds: float, said: bool) -> None:
    assert was_at_work([{"kind": "end", "drained": False, "drain_s": seconds}]) is said


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_what_a_planted_bug_amends_is_there(bug: Bug) -> None:
    module = import_module(f"tests.ledger.planted.{bug.name}")
    assert (module.__doc__ or "").startswith("Planted: ")
    for amendment in getattr(module, "AMENDMENTS", ()):
        assert amendment.part in STATEMENTS[amendment.statement]
    schema = "".join(file.read_text(encoding="utf-8") for file in STORAGE.glob("schema/*.sql"))
    for amendment in getattr(module, "SCHEMA", ()):
        assert amendment.part in schema
