"""An answer that says no speaks the language its reader chose or asked for, and English to who did neither."""

import re
from typing import Any

import httpx2
import pytest

from services.contracts.languages import CHOICE
from tests.chassis.invented.door import Door

NOTES = "/invented/v1/notes"
UNKNOWN = {
    "en": ("Not Found", "There is nothing at this address: see openapi.json of the room."),
    "bs": ("Nije pronađeno", "Na ovoj adresi nema ničega: pogledajte openapi.json ove usluge."),
    "hr": ("Nije pronađeno", "Na ovoj adresi nema ničega: pogledajte openapi.json ove usluge."),
    "sr-Cyrl": ("Није пронађено", "На овој адреси нема ничега: погледајте openapi.json ове услуге."),
    "sr-Latn": ("Nije pronađeno", "Na ovoj adresi nema ničega: pogledajte openapi.json ove usluge."),
}


def problem(answer: httpx2.Response, code: str, language: str) -> dict[str, Any]:
    """The problem of an answer, which must say its language."""
    body: dict[str, Any] = answer.json()
    assert (body["code"], body["type"]) == (code, f"urn:spis:problem:{code}")
    assert body["status"] == answer.status_code
    assert answer.headers["content-language"] == language
    return body


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"Accept-Language": "sr-Cyrl"}, "sr-Cyrl"),
        ({"Accept-Language": "hr-HR,hr;q=0.9,en;q=0.8"}, "hr"),
        ({"Accept-Language": "bs", "Cookie": f"other=1; {CHOICE}=sr-Latn"}, "sr-Latn"),
        ({"Cookie": f"{CHOICE}=bs"}, "bs"),
    ],
    ids=str,
)
async def test_a_reader_is_answered_as_they_chose_or_asked(door: Door, headers: dict[str, str], language: str) -> None:
    body = problem(await door.client.get("/invented/v1/nothing", headers=headers), "path_unknown", language)
    assert (body["title"], body["detail"]) == UNKNOWN[language]


async def test_the_gate_speaks_to_its_reader_too(door: Door) -> None:
    asked = {"Accept-Language": "sr"}
    long = await door.client.get(f"{NOTES}?code={'a' * 5_000}", headers=asked)
    detail = "Адреса је предугачка: слиједите везе које даје овај систем."
    assert problem(long, "address_too_long", "sr-Cyrl")["detail"] == detail
    note = {"unit": "TOWN", "code": "a", "trouble": "bug"}
    bug = await door.client.post(NOTES, json=note, headers=door.headers() | asked)
    assert problem(bug, "our_mistake", "sr-Cyrl")["title"] == "Унутрашња грешка система"


async def test_headers_of_a_problem_stay_beside_its_language(door: Door) -> None:
    answer = await door.client.get(NOTES, headers={"Accept-Language": "hr"})
    assert problem(answer, "token_missing", "hr")["title"] == "Niste prijavljeni"
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_what_is_wrong_with_each_field_is_said_to_the_reader(door: Door) -> None:
    note = {"unit": "X" * 41, "code": "", "at": "Bezbrojka", "name": "Bezbrojka 7", "Bezbrojka": 1}
    answer = await door.client.post(NOTES, json=note, headers=door.headers() | {"Accept-Language": "hr"})
    body = problem(answer, "request_invalid", "hr")
    assert body["detail"] == "Ispravite ono što navodi `errors`, a zatim ponovno pošaljite zahtjev."
    assert {error["place"]: error["says"] for error in body["errors"]} == {
        "body.unit": "Tekst je predug: najveći broj znakova je 40.",
        "body.code": "Tekst je prekratak: najmanji broj znakova je 1.",
        "body.at": "Navedite ispravan datum i sat.",
        "body.name": "Ovo se ovdje ne prihvaća.",
        "body.…": "Ovo polje nije predviđeno: izostavite ga.",
    }
    assert not re.search("bezbrojka", answer.text, re.IGNORECASE)
