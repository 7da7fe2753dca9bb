"""The page on which a centre takes a table of reports in: it checks every row, then takes some in at a time.

Nothing is remembered between two requests but what is in the room: the page sends the same text again, and each row
has a key of its own, so a crash, a second click or a second window takes nothing in twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from intake import rights
from intake.acts import Acts
from intake.importing.entries import Checked, Entry, check, fingerprint_of
from intake.importing.row import CODES
from intake.importing.table import COLUMNS, HEADER, NEEDED
from services.http.calls import AGAIN, Call
from services.http.permits import query
from services.http.problems import Problem
from services.pages.form import Sheet
from services.pages.page import Pages
from services.pages.routes import posted, sheet_of
from services.security.rights import Record

TEXT_CHARACTERS_MAX = 40_000
"""A letter of Cyrillic takes six bytes in a form, and a request 256,000 at most."""
ROWS_AT_ONCE_MAX = 50
FAULTS_SHOWN_MAX = 200
SOON = frozenset({"too_fast", "still_running"})
"""Refusals that only ask to wait: the rows before have been taken in, and the next request goes on from there."""

LISTS = {"channel": "channel", "concerns": "concern", "reporter_kind": "reporter", "sex": "sex"}
"""Which list says what the codes of a column are called."""

Importing = Annotated[Call, Depends(posted(rights.RECEIVE))]
Beginning = Annotated[Call, Depends(query(rights.RECEIVE))]


@dataclass(frozen=True, slots=True)
class HowFar:
    """Up to which row a table was taken in, how many rows were new and how many there already; how long to wait."""

    row: int = HEADER
    new: int = 0
    known: int = 0
    wait: int = 0


def importing(addresses: APIRouter, draw: Pages, acts: Acts) -> None:
    """The page's addresses."""

    def page(request: Request, sheet: Sheet, checked: Checked | None = None, status: int = 200) -> Response:
        limits = {"characters": TEXT_CHARACTERS_MAX, "faults": FAULTS_SHOWN_MAX}
        table: dict[str, Any] = {"columns": COLUMNS, "needed": NEEDED, "codes": CODES, "lists": LISTS}
        shown: dict[str, Any] = {"sheet": sheet, "checked": checked, "limits": limits}
        return draw.draw(request, "import.html", status=status, **shown, **table)

    @addresses.get("/import")
    async def begin(request: Request, call: Beginning) -> Response:
        call.allow(Record(call.person.unit))
        return page(request, Sheet())

    @addresses.post("/import")
    async def go_on(request: Request, call: Importing) -> Response:
        call.allow(Record(call.person.unit))
        sheet, unit, secret = sheet_of(request), call.person.unit, call.reception.secret
        # A browser sends every end of a line as two characters; people count one.
        text = sheet.one("table").replace("\r\n", "\n")
        checked = check(text, unit, call.stamp.now, secret, TEXT_CHARACTERS_MAX)
        if sheet.one("do") != "import" or not checked.entries:
            return page(request, sheet, checked, 422 if checked.faults else 200)
        so_far = HowFar(*(_number(sheet, name, least) for name, least in (("row", HEADER), ("new", 0), ("known", 0))))
        so_far = await _take_in(call, acts, [entry for entry in checked.entries if entry.row > so_far.row], so_far)
        left = sum(entry.row > so_far.row for entry in checked.entries)
        shown: dict[str, Any] = {
            "text": text,
            "so_far": so_far,
            "left": left,
            "rows": len(checked.entries),
            "bad": checked.bad_rows,
        }
        return draw.draw(request, "importing.html", **shown)


async def _take_in(call: Call, acts: Acts, entries: Sequence[Entry], so_far: HowFar) -> HowFar:
    """Take the next rows in, each as the request that the API would have been sent."""
    for entry in entries[:ROWS_AT_ONCE_MAX]:
        mark = fingerprint_of(call.reception.secret, entry)
        one = replace(call, key=entry.key, fingerprint=mark)
        try:
            await call.reception.pace.keep("reports", call.person.account)
            answer = await one.once(acts.receive(one, entry.form))
        except Problem as problem:
            if problem.code not in SOON:
                raise
            return replace(so_far, wait=int((problem.headers or {})["Retry-After"]))
        known = all(name in answer.headers for name in AGAIN)
        so_far = replace(so_far, row=entry.row, new=so_far.new + (not known), known=so_far.known + known)
    return so_far


def _number(sheet: Sheet, name: str, least: int) -> int:
    """A number that the page before wrote into its form; anything else begins anew."""
    written = sheet.one(name)
    return int(written) if written.isascii() and written.isdigit() and len(written) < 9 else least
