"""`./spis prove rights`: every cell of the table of rights asked over HTTP, and every table of every room by raw SQL.

What is expected follows from RIGHTS.md as a reviewer reads it; no rule of the product decides it.
"""

import argparse
import asyncio
import json
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import uvloop

from deploy.demo.story import STARTS
from deploy.demo.visitor import Visitor, client
from deploy.house import House
from deploy.house.layout import ROOMS
from tests.journeys.looking import number
from tests.journeys.printed_rights import Cell, Row, Someone, letting, may, printed, refusal, stands
from tests.journeys.town import Town
from tests.prove.people import HERE, people_of
from tests.prove.rights_cells import Question, operations, questions
from tests.prove.rights_stage import Known, Stage
from tests.prove.walls import look
from tests.unpaced import UNPACED

AT_ONCE = 8
HEARD_SECONDS_MAX = 120
SHOWN_MAX = 40
REFUSED_BY_A_RULE = (409, 428)
"""What the table lets happen, and a rule does not."""
LISTED = "SELECT (SELECT count(*) FROM directory_accounts) + (SELECT count(*) FROM directory_desks)"
NOWHERE = "-22222-22222-2"
"""What follows the letter of a reference that nothing has."""


@dataclass(slots=True)
class Verdict:
    """What was asked, and which answers were not those of the table."""

    cells: set[tuple[str, ...]] = field(default_factory=set)
    asked: int = 0
    allowed: int = 0
    used: set[Row] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


class Asking:
    """Puts questions to a house and compares its answers with the printed table."""

    def __init__(self, house: House, here: Town, people: dict[str, Someone]) -> None:
        self.stage = Stage(house, here)
        self.verdict = Verdict()
        self._visitors: dict[str, Visitor] = {name: here.cast.person(*name.split("@")) for name in people}
        self._few = asyncio.Semaphore(AT_ONCE)
        self._hidden: dict[tuple[str, str], tuple[Question, Known, Any]] = {}

    async def all_of(self, asked: Sequence[Question]) -> None:
        """First what leaves everything as it is, side by side; then what may change something, one after the other."""
        changing: list[tuple[Question, Known]] = []
        still: list[tuple[Question, Known]] = []
        for question in asked:
            known = await self.stage.take(question.kind, question.state)
            cell = question.cell(self.stage, known)
            allowed = may(question.someone, cell.action, cell.thing)
            (changing if allowed and cell.method != "GET" else still).append((question, known))
        await asyncio.gather(*(self._ask(*each) for each in still))
        for known in self.stage.everything():
            if await self.stage.settle(known):
                self.verdict.wrong.append(
                    f"{known.kind} {known.ref} did not stay {known.thing.state} when all was refused"
                )
        for question, _ in changing:
            known = await self.stage.take(question.kind, question.state)
            await self._ask(question, known)
            await self.stage.settle(known)
        await asyncio.gather(*(self._like_missing(*each) for each in self._hidden.values()))
        self._hidden.clear()

    async def _ask(self, question: Question, known: Known) -> None:
        cell, someone = question.cell(self.stage, known), question.someone
        allowed = may(someone, cell.action, cell.thing)
        status, body = await self._answer(someone.account, cell)
        relations = sorted(stands(someone, cell.thing)) if cell.thing else ["a list"]
        it = question.operation
        self.verdict.asked += 1
        self.verdict.allowed += allowed
        self.verdict.used |= set(letting(someone, cell.action, cell.thing))
        self.verdict.cells.add((it.method, it.path, *sorted(someone.roles), *relations, question.kind, question.state))
        fits = status < 400 or status in REFUSED_BY_A_RULE if allowed else status == refusal(someone, cell)
        if not fits:
            says = "allowed" if allowed else f"refused with {refusal(someone, cell)}"
            what = f"{it.method} {it.path} ({question.kind}, {question.state}) as {someone.account} {relations}"
            self.verdict.wrong.append(
                f"{what}: the table says {says}, the house {status} {(body or {}).get('code', '')}"
            )
        if status == 404 and "{ref}" in it.path:
            self._hidden.setdefault((it.method, it.path), (question, known, body))

    async def _like_missing(self, question: Question, known: Known, hidden: dict[str, Any]) -> None:
        it, cell, letter = question.operation, question.cell(self.stage, known), known.ref[0]
        missing = Cell(
            cell.action, cell.method, it.path.replace("{ref}", letter + NOWHERE), None, cell.form, cell.query
        )
        status, body = await self._answer(question.someone.account, missing)
        told, shown = ({**answer, "correlation_id": ""} for answer in (body or {}, hidden))
        if status != 404 or told != shown:
            self.verdict.wrong.append(
                f"{it.method} {it.path}: what is hidden is answered {shown}, what is not there {told}"
            )

    async def _answer(self, account: str, cell: Cell) -> tuple[int, dict[str, Any] | None]:
        visitor, writes = self._visitors[account], cell.method != "GET"
        async with self._few:
            headers = await visitor.bearer() | {"Idempotency-Key": f"right-{secrets.token_hex(8)}"}
            form = dict(cell.form) if writes else None
            asked = visitor.http.stream(cell.method, cell.path, params=dict(cell.query), headers=headers, json=form)
            async with asked as answer:
                if answer.status_code < 400:
                    return answer.status_code, None  # a stream is left as soon as it is open
                await answer.aread()
                return answer.status_code, answer.json()


async def prove(house: House, say: Callable[[str], None]) -> dict[str, Any]:
    """Ask for every cell of one house, and look at every table."""
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while len({await number(house, room, LISTED) for room in ROOMS}) > 1:  # noqa: ASYNC110 - looked at from outside
            await asyncio.sleep(0.2)
    people = await people_of(house)
    async with client(house.origin) as http:
        offered = await operations(http)
        every = list(questions(offered, people))
        say(f"{len(offered)} operations, {len(people)} accounts: {len(every)} questions")
        asking = Asking(house, Town(house, http, HERE), people)
        for operation in offered:
            await asking.all_of([each for each in every if each.operation == operation])
            told = f"{asking.verdict.asked:>6} asked, {len(asking.verdict.wrong)} wrong"
            say(f"  {told}: {operation.method} {operation.path}")
    found = await look(house, list(people.values()))
    say(f"{found.looks} looks at tables by raw SQL: {found.shown} rows shown, {len(found.wrong)} wrong")
    verdict = asking.verdict
    actions = {operation.action for operation in offered}
    for row in sorted(printed() - verdict.used, key=str):
        if row.action in actions:
            verdict.wrong.append(f"nobody here could use this row, take it out or add who can to people.py: {row}")
    for line in (verdict.wrong + found.wrong)[:SHOWN_MAX]:
        say(f"  {line}")
    return {
        "proof": "rights",
        "operations": len(offered),
        "accounts": len(people),
        "questions": verdict.asked,
        "cells": len(verdict.cells),
        "allowed": verdict.allowed,
        "wrong_answers": len(verdict.wrong),
        "looks": found.looks,
        "rows": found.rows,
        "rows_shown": found.shown,
        "wrong_looks": len(found.wrong),
    }


def main(words: Sequence[str]) -> int:
    """Open a house and prove it."""
    argparse.ArgumentParser(prog="./spis prove rights", description=__doc__).parse_args(list(words))

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    say("opening a house of its own")
    with House.temporary(clock=STARTS, settings=UNPACED) as house:
        told = _run(prove(house, say))
    say(json.dumps(told))
    return 0 if told["wrong_answers"] == told["wrong_looks"] == 0 else 1


def _run(proof: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    async def whole() -> dict[str, Any]:
        return await proof

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(whole())
