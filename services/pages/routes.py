"""The addresses of pages: whoever is not signed in is sent to sign in, and whatever is refused is said on a page.

A page asks by the same actions as the API, and by the same rows of the table of rights.
"""

import hmac
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from services.contracts.failures import AccountUnknown, Malformed, Refused, TokenRefused, Unavailable
from services.http.calls import Call, PlaceOf, Reception, Reply
from services.http.paging import scope_of, write_cursor
from services.http.permits import Asker, Command, call_of, check_storable
from services.http.problems import Problem, problem_of
from services.pages.form import OWN, Sheet, read_sheet
from services.storage.work import Work

NAMED = (Problem, Refused, Malformed, Unavailable, TokenRefused, AccountUnknown, RequestValidationError, HTTPException)
"""The failures that have a page; any other is a bug, and the gate's."""

KEY = re.compile(r"[A-Za-z0-9._:-]{8,128}")

Action = Callable[[Work], Awaitable[Reply]]
ProblemPage = Callable[[Request, Problem], Response]


class Posted(Command):
    """Declares what a form of a page does: `call: Annotated[Call, Depends(posted("report.screen"))]`.

    Its key lies in the form, so that sending a page twice does it once.
    """

    async def __call__(self, request: Request, asker: Asker) -> Call:  # type: ignore[override]
        """The call of this form."""
        body = await request.body()
        check_storable(body)
        sheet = request.state.sheet = read_sheet(body)
        key = sheet.one("key")
        if not KEY.fullmatch(key):
            raise Problem(400, "form_incomplete", "This form was not sent whole: open its page again.")
        reception: Reception = request.app.state.reception
        if self.pace:
            await reception.pace.keep(self.pace, asker[0].account)
        said = sorted((name, *values) for name, values in sheet.fields.items() if name not in OWN)
        text = f"{request.url.path}\n{said}".encode()
        return call_of(request, self.action, asker, key, hmac.digest(reception.secret, text, "sha256"))


posted = Posted


def pages_router(room: str, problem_page: ProblemPage) -> APIRouter:
    """Where a room adds its pages."""

    class Page(APIRoute):
        """An address whose failures are pages."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            """The handler of FastAPI, with pages for what it refuses."""
            handler = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await handler(request)
                except NAMED as error:
                    return await _refused(request, error, problem_page)

            return answer

    return APIRouter(prefix=f"/{room}", route_class=Page, include_in_schema=False)


async def _refused(request: Request, error: Exception, problem_page: ProblemPage) -> Response:
    if isinstance(error, TokenRefused) and request.method == "GET":
        # The way to renewing a session, which leads on to signing in where there is none.
        return RedirectResponse(f"/sign-in/renew?next={quote(here(request))}", 303)
    if request.method == "POST" and not hasattr(request.state, "sheet"):
        with suppress(Malformed):
            request.state.sheet = read_sheet(await request.body())
    reception: Reception = request.app.state.reception
    problem = problem_of(await reception.pace.instead_of(request, error), frozenset())
    return problem_page(request, problem)


def here(request: Request) -> str:
    """The address of this page in the house, with what was asked of it."""
    query = urlencode([(name, value) for name, value in request.query_params.multi_items() if value])
    return f"{request.url.path}?{query}" if query else request.url.path


def sheet_of(request: Request) -> Sheet:
    """The form that came with this request."""
    sheet: Sheet = request.state.sheet
    return sheet


async def carried_out(call: Call, action: Action, then: str) -> Response:
    """Carry a form out once for its key, and go on to a page that shows what came of it."""
    await call.once(action)
    return RedirectResponse(then, 303)


def more(call: Call, rows: Sequence[Any], limit: int, place_of: PlaceOf) -> str:
    """The address of the next page of a list, given one row more than fits; empty on the last."""
    if len(rows) <= limit:
        return ""
    cursor = write_cursor(call.reception.secret, scope_of(call.path, call.query), place_of(rows[limit - 1]))
    kept = [(name, value) for name, value in parse_qsl(call.query) if name != "after"]
    return f"{call.path}?{urlencode([*kept, ('after', cursor)])}"
