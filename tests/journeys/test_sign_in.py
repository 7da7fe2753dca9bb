"""People sign in with a browser at the house's provider, stay while they work, and leave; nobody else gets in so."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import httpx2
import pytest

from deploy.demo.acts import ALERTS, REFERRALS, REPORTS
from deploy.house import House, issuer
from services.contracts.session import Sessions
from services.security.secret_files import secret_of
from tests.journeys.browser import ATTEMPT, RENEWAL, SESSION, Browser, opened, path_of
from tests.journeys.refusing import refused

UNIT = "RS-CEL"
SOMEBODY, WORKER = f"director@{UNIT}", f"caseworker@{UNIT}"
PLACES = ("/intake/v1/cases", REFERRALS, ALERTS, "/analytics/v1/indicators")


@pytest.fixture
async def browser(house: House, http: httpx2.AsyncClient) -> AsyncIterator[Browser]:
    """A browser that has been nowhere, once the house knows everybody."""
    async with opened(str(http.base_url)) as browser:
        yield browser


@pytest.fixture
async def signed_in(browser: Browser) -> Browser:
    """A browser of somebody who has signed in."""
    assert (await browser.sign_in(SOMEBODY)).status_code == 200
    return browser


def seals(house: House) -> Sessions:
    """What the rooms seal cookies with."""
    return Sessions(house.origin, secret_of(house.folder.secret("session-key")))


def kept(house: House, kind: str, sealed: str) -> dict[str, Any]:
    """What a cookie holds."""
    return seals(house).open(kind, sealed, time.time())


async def statuses(browser: Browser) -> set[int]:
    """What every room answers this browser."""
    return {(await browser.http.get(path)).status_code for path in PLACES}


async def test_somebody_signs_in_lands_where_they_wanted_and_is_known_in_every_room(browser: Browser) -> None:
    assert await statuses(browser) == {401}
    assert path_of(await browser.sign_in(SOMEBODY, then="/referral/v1/referrals?limit=5")) == REFERRALS
    assert await statuses(browser) == {200}
    page = await browser.http.get("/sign-in/here")
    assert SOMEBODY in page.text
    assert not re.search(r"<script(?![^>]* src=)", page.text), "no script is written into a page"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["cache-control"] == "no-store"


async def test_the_cookies_are_for_this_house_alone_and_no_script_reads_them(browser: Browser) -> None:
    answer = await browser.http.get(await browser.choose(SOMEBODY))
    written = {line.split("=")[0]: line for line in answer.headers.get_list("set-cookie")}
    assert written.keys() == {SESSION, RENEWAL, ATTEMPT}
    for name, path in ((SESSION, "/"), (RENEWAL, "/sign-in")):
        parts = {part.strip().lower() for part in written[name].split(";")[1:]}
        assert {"httponly", "samesite=lax", f"path={path}"} <= parts
        assert any(part.startswith("max-age=2") for part in parts), "gone after eight hours"
        assert SOMEBODY not in written[name]
    assert "max-age=0" in written[ATTEMPT].lower()


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "javascript:alert(1)",
        "/ž",
        "/" + "a" * 2_000,
    ],
    ids=ascii,
)
async def test_nobody_is_sent_to_another_house(browser: Browser, house: House, wanted: str) -> None:
    await browser.http.get("/sign-in", params={"next": wanted})
    assert kept(house, "attempt", browser.cookies()[ATTEMPT])["next"] == "/sign-in/here"


async def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(browser: Browser, house: House) -> None:
    back = await browser.choose(SOMEBODY)
    async with opened(house.origin) as another:
        for answer in (await another.http.get(back), await another.http.get("/sign-in/callback")):
            assert answer.status_code == 400
            assert "another browser" in answer.text
        await another.choose(SOMEBODY)
        assert (await another.http.get(back)).status_code == 400, "its own attempt has another state"
        assert SESSION not in another.cookies()
    wrong_state = back.replace("state=", "state=x")
    assert (await browser.http.get(wrong_state)).status_code == 400
    refused_there = back.replace("code=", "error=access_denied&x=")
    assert (await browser.http.get(refused_there)).status_code == 400
    assert await statuses(browser) == {401}


async def test_a_code_is_good_once_and_replayed_it_ends_what_came_of_it(browser: Browser) -> None:
    await browser.http.get("/sign-in")
    back = await browser.choose(SOMEBODY)
    attempt = browser.cookies()[ATTEMPT]
    assert (await browser.http.get(back)).status_code == 303
    browser.http.cookies.set(ATTEMPT, attempt, path="/sign-in")
    assert (await browser.http.get(back)).status_code == 400
    assert (await browser.http.get("/sign-in/renew")).status_code == 401, "the provider ended that sign-in"


@pytest.mark.parametrize("changed", [{"verifier": "a" * 43}, {"nonce": "another"}], ids=str)
async def test_tokens_that_answer_another_attempt_sign_nobody_in(
    browser: Browser, house: House, changed: dict[str, str]
) -> None:
    back = await browser.choose(SOMEBODY)
    note = kept(house, "attempt", browser.cookies()[ATTEMPT])
    browser.put(ATTEMPT, seals(house).seal("attempt", note | changed))
    answer = await browser.http.get(back)
    assert answer.status_code == 400
    assert "did not confirm" in answer.text
    assert SESSION not in browser.cookies()


async def test_what_changes_something_needs_the_secret_that_only_our_pages_know(browser: Browser) -> None:
    await browser.sign_in(WORKER)
    key = {"Idempotency-Key": f"sign-in-{uuid4()}"}
    for headers in (key, key | {"X-CSRF-Token": ""}, key | {"X-CSRF-Token": "guess"}):
        refused(await browser.http.post(REPORTS, json={}, headers=headers), 403, "csrf_missing")
    alert = f"{ALERTS}/A-0000000000/acknowledge"
    refused(await browser.http.post(alert, json={}, headers=key), 403, "csrf_missing")
    for form in ({}, {"csrf": "guess"}):
        refused(await browser.http.post("/sign-in/out", data=form), 403, "csrf_missing")
    assert (await browser.http.get(REPORTS)).status_code == 200
    with_secret = key | {"X-CSRF-Token": await browser.csrf()}
    refused(await browser.http.post(REPORTS, json={}, headers=with_secret), 422, "request_invalid")


async def test_a_cookie_that_the_house_did_not_seal_for_this_is_refused_everywhere(
    signed_in: Browser, house: House
) -> None:
    genuine, renewal = signed_in.cookies()[SESSION], signed_in.cookies()[RENEWAL]
    content = kept(house, "session", genuine)
    foreign = Sessions(house.origin, b"k" * 32).seal("session", content)
    middle = len(genuine) // 2
    tampered = genuine[:middle] + ("A" if genuine[middle] != "A" else "B") + genuine[middle + 1 :]
    for cookie in (foreign, tampered, renewal, genuine[:-9], content["token"], "Podmetnuto", "....", "a" * 4_500):
        signed_in.put(SESSION, cookie)
        for path in PLACES:
            refused(await signed_in.http.get(path), 401, "token_invalid", ["Podmetnuto"])
    signed_in.put(SESSION, genuine)
    assert await statuses(signed_in) == {200}


async def test_a_session_whose_token_ran_out_is_renewed_and_its_forms_stay_good(
    signed_in: Browser, house: House
) -> None:
    content = kept(house, "session", signed_in.cookies()[SESSION])
    old = issuer.mint(house.folder.issuer, SOMEBODY, f"{house.origin}/id", "spis", now=house.now().replace(year=2020))
    signed_in.put(SESSION, seals(house).seal("session", content | {"token": old}))
    for path in PLACES:
        refused(await signed_in.http.get(path), 401, "token_expired")
    renewed = await signed_in.follow(await signed_in.http.get("/sign-in/renew", params={"next": "/sign-in/here"}))
    assert path_of(renewed) == "/sign-in/here"
    assert await statuses(signed_in) == {200}
    after = kept(house, "session", signed_in.cookies()[SESSION])
    assert (after["csrf"], after["ends"]) == (content["csrf"], content["ends"]), "renewing makes no session longer"


async def test_after_eight_hours_somebody_signs_in_anew(signed_in: Browser, house: House) -> None:
    for name, kind in ((SESSION, "session"), (RENEWAL, "renewal")):
        content = kept(house, kind, signed_in.cookies()[name])
        assert 0 < content["ends"] - time.time() <= 8 * 3600
        signed_in.put(name, seals(house).seal(kind, content | {"ends": time.time() - 1}))
    for path in PLACES:
        refused(await signed_in.http.get(path), 401, "token_expired")
    answer = await signed_in.http.get("/sign-in/renew", params={"next": "/sign-in/here"})
    assert answer.headers["location"] == "/sign-in?next=/sign-in/here"
    assert not signed_in.cookies()


async def test_many_windows_renew_at_once_and_a_stolen_refresh_token_ends_the_session(
    signed_in: Browser, house: House
) -> None:
    stolen = kept(house, "renewal", signed_in.cookies()[RENEWAL])["refresh"]
    answers = await asyncio.gather(*(signed_in.http.get("/sign-in/renew") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {204}
    assert await statuses(signed_in) == {200}
    secret = house.folder.secret("client-secret").read_text().strip()
    form = {"grant_type": "refresh_token", "refresh_token": stolen}
    assert (await signed_in.http.post("/id/token", data=form, auth=("pages", quote_plus(secret)))).status_code == 400
    refused(await signed_in.http.get("/sign-in/renew"), 401, "token_expired")
    assert not signed_in.cookies(), "the two who held it are both out"


async def test_who_signs_out_is_forgotten_here_and_at_the_provider(signed_in: Browser) -> None:
    kept = signed_in.cookies()[RENEWAL]
    page = await signed_in.http.post("/sign-in/out", data={"csrf": await signed_in.csrf()})
    assert (page.status_code, signed_in.cookies()) == (200, {})
    onward = page.text.partition("url=")[2].partition('"')[0].replace("&amp;", "&")
    assert path_of(await signed_in.follow(await signed_in.http.get(onward))) == "/sign-in/out"
    assert await statuses(signed_in) == {401}
    signed_in.http.cookies.set(RENEWAL, kept, path="/sign-in")
    assert (await signed_in.http.get("/sign-in/renew")).status_code == 401
    again = await signed_in.http.post("/sign-in/out")
    assert (again.status_code, "signed out" in again.text) == (200, True)


async def test_a_header_that_says_who_asks_goes_before_the_cookie(signed_in: Browser, house: House) -> None:
    bearer = {"Authorization": f"Bearer {house.token('provider', f'{UNIT}.school')}"}
    refused(await signed_in.http.get("/intake/v1/cases", headers=bearer), 403, "not_your_role")
    wrong = await signed_in.http.get("/intake/v1/cases", headers={"Authorization": "Bearer guess"})
    refused(wrong, 401, "token_invalid")


async def test_the_way_in_is_all_that_is_open_to_everybody(browser: Browser) -> None:
    contract: dict[str, Any] = (await browser.http.get("/referral/openapi.json")).json()
    assert not [path for path in contract["paths"] if path.startswith("/sign-in")]
    for path in ("/sign-in/", "/sign-in/out/of", "/sign-ins"):
        assert (await browser.http.get(path)).status_code == 404
    assert (await browser.http.post("/sign-in/here")).status_code == 405


async def test_pages_speak_the_language_somebody_chose_and_go_back_to_where_they_were(signed_in: Browser) -> None:
    assert "You are signed in" in (await signed_in.http.get("/sign-in/here")).text
    chosen = await signed_in.http.get("/sign-in/language", params={"to": "sr-Cyrl", "next": "/sign-in/here"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/sign-in/here")
    page = (await signed_in.follow(chosen)).text
    assert '<html lang="sr-Cyrl">' in page
    assert "Пријављени сте" in page
    elsewhere = await signed_in.http.get("/sign-in/language", params={"to": "xx", "next": "https://elsewhere.example/"})
    assert elsewhere.headers["location"] == "/sign-in/here"
