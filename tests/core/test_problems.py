"""Each failure that has a name becomes one problem, and only an endpoint with a row in the table can be mounted."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from services.contracts.codes import Role
from services.contracts.failures import AccountUnknown, Malformed, Refused, TokenRefused, Unavailable
from services.contracts.units import UnknownUnit
from services.http.app import check_rights
from services.http.permits import command, query
from services.http.problems import Problem, missing, problem_of
from services.security.rights import Relation, Right

CANARY = "Bezbrojka"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("already_accepted", "Somebody accepted it before."), 409, "already_accepted"),
        (Malformed(f"unknown item '{CANARY}' of \"{CANARY}\""), 400, "malformed"),
        (Malformed(f"unknown item {CANARY + chr(39) + CANARY + chr(34) + CANARY!r}"), 400, "malformed"),
        (UnknownUnit(CANARY), 400, "malformed"),
        (Unavailable(f"database {CANARY}"), 503, "unavailable"),
        (TokenRefused("token_expired"), 401, "token_expired"),
        (TokenRefused("token_missing"), 401, "token_missing"),
        (AccountUnknown(), 403, "account_unknown"),
        (HTTPException(404, CANARY), 404, "path_unknown"),
        (HTTPException(413, CANARY), 413, "body_too_large"),
        (HTTPException(400, CANARY), 400, "body_unreadable"),
        (HTTPException(418, CANARY), 418, "not_answered"),
        (missing(), 404, "record_unknown"),
    ],
)
def test_each_failure_is_one_problem_and_says_what_to_do(error: Exception, status: int, code: str) -> None:
    problem = problem_of(error, frozenset())
    assert (problem.status, problem.code) == (status, code)
    assert problem.detail.endswith((".", "…")) or isinstance(error, Malformed)
    assert CANARY.encode() not in problem.answer("an-id", {}).body


def test_what_has_no_name_is_no_problem() -> None:
    with pytest.raises(TypeError):
        problem_of(LookupError(), frozenset())


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (int, CANARY),
        (dict[str, int], {CANARY: CANARY}),
        (list[int], [CANARY]),
        (Annotated[str, 1], {CANARY: 1}),
    ],
)
def test_an_error_holds_no_value_and_no_name_that_the_contract_lacks(shape: Any, value: object) -> None:
    try:
        TypeAdapter(shape).validate_python(value, strict=False)
    except ValidationError as error:
        problem = problem_of(RequestValidationError(error.errors()), frozenset({"body"}))
        assert problem.status == 422
        assert CANARY.encode() not in problem.answer("an-id", {}).body
    else:
        pytest.fail("the value should not fit")


RIGHTS = [Right("note.see", Role.CASEWORKER, Relation.OWN), Right("note.write", Role.CASEWORKER, Relation.OWN)]


def router_with(method: str, *permits: Any) -> APIRouter:
    router = APIRouter(prefix="/invented/v1")

    async def nothing() -> None:
        """Does nothing."""

    router.add_api_route("/notes", nothing, methods=[method], dependencies=[Depends(permit) for permit in permits])
    return router


def test_a_query_and_a_command_with_their_rows_are_mounted() -> None:
    check_rights(router_with("GET", query("note.see")), RIGHTS)
    check_rights(router_with("POST", command("note.write")), RIGHTS)
    outer = APIRouter()
    outer.include_router(router_with("GET", query("note.see")))
    check_rights(outer, RIGHTS)


@pytest.mark.parametrize(
    ("router", "says"),
    [
        (router_with("GET"), "exactly one"),
        (router_with("GET", query("note.see"), query("note.write")), "exactly one"),
        (router_with("GET", query("note.burn")), r"note\.burn"),
        (router_with("POST", query("note.see")), "a query is a GET"),
        (router_with("GET", command("note.write")), "a query is a GET"),
        (router_with("DELETE", query("note.see")), "a query is a GET"),
    ],
)
def test_an_endpoint_that_no_row_decides_stops_the_start(router: APIRouter, says: str) -> None:
    outer = APIRouter()
    outer.include_router(router)
    for each in (router, outer):
        with pytest.raises(RuntimeError, match=f"/invented/v1/notes.*{says}"):
            check_rights(each, RIGHTS)


def test_an_address_that_is_no_endpoint_stops_the_start() -> None:
    router = APIRouter(routes=[Route("/bare", lambda _: None)])
    with pytest.raises(RuntimeError, match="/bare"):
        check_rights(router, RIGHTS)


def test_a_problem_s_further_members_stand_beside_the_usual_ones() -> None:
    body = Problem(422, "x", "y.", errors=[{"at": "x"}]).answer("an-id", {}).body
    assert b'"correlation_id":"an-id","errors":[{"at":"x"}]' in bytes(body)
