"""The planted bugs fit the product: what each of them replaces is still there to be replaced."""

from importlib import import_module
from pathlib import Path

import pytest

import services.storage
from services.storage.queries import load_queries
from tests.ledger.checker import RULES
from tests.ledger.plan import HALVES
from tests.ledger.planted.trial import BUGS, Bug

STATEMENTS = load_queries(*Path(services.storage.__path__[0]).glob("*.sql"))


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_stands_in_one_process_and_names_the_rule_that_must_see_it(bug: Bug) -> None:
    assert bug.process in HALVES
    assert bug.rule in RULES
    assert bug.modules[bug.process] == f"tests.ledger.planted.{bug.name}"
    plan = bug.plan(1)
    assert bool(plan.faults) == bool(bug.faults or bug.kafka_away)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_what_a_planted_bug_amends_is_there(bug: Bug) -> None:
    module = import_module(f"tests.ledger.planted.{bug.name}")
    assert (module.__doc__ or "").startswith("Planted: ")
    for amendment in getattr(module, "AMENDMENTS", ()):
        assert amendment.part in STATEMENTS[amendment.statement]
