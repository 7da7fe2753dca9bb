"""A seeded sample of what `./spis prove rights` asks whole: the answer is what the printed table says."""

import random
from collections.abc import Callable
from dataclasses import replace

import httpx2
import pytest

from deploy.house import House
from tests.journeys.town import Town
from tests.prove.people import HERE, people_of
from tests.prove.rights import Asking
from tests.prove.rights_cells import Operation, operations, questions, recipe_of

SEED = 20260302
A_FEW = 9
SLOW = ("alert of the", "under_way", "completed", "resolved", "ended")
"""What takes the house a while to come to is left to the proof."""


async def test_a_sample_of_all_cells_is_answered_as_the_printed_table_says(
    house: House, http: httpx2.AsyncClient, town: Callable[[str], Town]
) -> None:
    people = await people_of(house)
    offered = await operations(http)
    quick = [
        each for each in questions(offered, people) if not any(word in f"{each.kind} {each.state}" for word in SLOW)
    ]
    asking = Asking(house, town(HERE), people)
    chance = random.Random(SEED)
    few = [chance.sample([each for each in quick if each.operation == operation], A_FEW) for operation in offered]
    await asking.all_of([each for of_one in few for each in of_one])
    assert not asking.verdict.wrong, "\n".join(asking.verdict.wrong)
    assert asking.verdict.asked == A_FEW * len(offered)
    assert asking.verdict.allowed > asking.verdict.asked // 10
    assert len({cell[:2] for cell in asking.verdict.cells}) == len(offered), "each operation was asked"


async def test_an_operation_nobody_knows_how_to_ask_is_named_with_what_to_add(http: httpx2.AsyncClient) -> None:
    known = await operations(http)
    assert all(operation.action for operation in known)
    new = Operation("POST", "/intake/v1/visits/{ref}", "visit.note", asks_body=True, asks_query=frozenset())
    with pytest.raises(LookupError, match=r"POST /intake/v1/visits/\{ref\} \(visit.note\).*add its Recipe"):
        recipe_of(new)
    for nameless in (replace(new, action=""), replace(new, action="report.see")):
        with pytest.raises(LookupError, match="add its Recipe"):
            recipe_of(nameless)
