"""The development issuer lets invented people sign in by code with PKCE, each code and each refresh token good once."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from deploy.house.issuer import create_issuer, ensure
from deploy.house.issuer_grants import CODE_SECONDS, FAMILY_SECONDS, KEPT_MAX, Asked, GrantRefused, Grants, challenge_of
from deploy.house.issuer_pages import Invented, invented_people
from deploy.house.issuer_sign_in import Client, SignIn
from deploy.house.layout import REPOSITORY
from services.security.identity import Verifier
from tests.chassis.doors import serving

ISSUER = "https://id.invented.example"
BACK = "http://127.0.0.1:1/sign-in/callback"
GONE = "http://127.0.0.1:1/sign-in/out"
CLIENT = Client("pages", "an invented secret of some length", BACK, GONE)
SOMEBODY = "caseworker@INVENTED-TOWN"
PEOPLE = (SOMEBODY, "director@INVENTED-TOWN")
VERIFIER = "an-invented-verifier-of-more-than-forty-three-letters"
WISH = {
    "response_type": "code",
    "client_id": CLIENT.name,
    "redirect_uri": BACK,
    "scope": "openid",
    "state": "state-1",
    "nonce": "nonce-1",
    "code_challenge": challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}


@dataclass
class Time:
    """Seconds that a test moves on."""

    seconds: float = 1_000_000.0


@dataclass
class Browser:
    """A client of the issuer that follows nothing by itself."""

    http: httpx2.AsyncClient
    time: Time = field(default_factory=Time)

    async def code(self, account: str = SOMEBODY, **wish: str) -> str:
        """The code for somebody who was chosen."""
        answer = await self.http.post("/id/authorize", data=WISH | wish | {"account": account})
        return answer_of(answer)["code"]

    async def token(self, **form: str) -> httpx2.Response:
        """What the client is answered for a form."""
        wish = {"redirect_uri": BACK, "code_verifier": VERIFIER} if "code" in form else {}
        kind = "authorization_code" if "code" in form else "refresh_token"
        return await self.http.post(
            "/id/token", data={"grant_type": kind} | wish | form, auth=(CLIENT.name, CLIENT.secret)
        )


def answer_of(answer: httpx2.Response) -> dict[str, str]:
    """What the browser carries back to the client."""
    assert answer.status_code == 303, answer.text
    place, _, query = answer.headers["location"].partition("?")
    assert place == BACK
    return {name: values[0] for name, values in parse_qs(query).items()}


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    ensure(tmp_path)
    time = Time()
    app = create_issuer(tmp_path, ISSUER, "spis", SignIn(CLIENT, lambda: Invented(PEOPLE), lambda: time.seconds))
    async with serving(app) as origin, httpx2.AsyncClient(base_url=origin) as http:
        yield Browser(http, time)


async def test_somebody_is_chosen_and_the_client_gets_tokens_for_them_once(browser: Browser) -> None:
    asked = WISH | {"login_hint": PEOPLE[1], "odd": '"><b>'}
    page = await browser.http.get("/id/authorize", params=asked, headers={"Accept-Language": "en"})
    assert "Nobody here is real" in page.text
    assert sorted(re.findall(r'<button [^>]*value="([^"]+)"', page.text)) == sorted(PEOPLE)
    assert f'value="{PEOPLE[1]}" autofocus' in page.text
    assert "<b>" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    code = await browser.code()
    tokens = (await browser.token(code=code)).json()
    keys = f"{browser.http.base_url}/id/jwks.json"
    for name, audience in (("access_token", "spis"), ("id_token", CLIENT.name)):
        verifier = Verifier(issuer=ISSUER, jwks=keys, audience=audience)
        assert (await verifier.claims(tokens[name])).account == SOMEBODY
    again = await browser.token(code=code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    # A code that two hold is worth nothing to either.
    assert (await browser.token(refresh_token=tokens["refresh_token"])).status_code == 400


async def test_a_refresh_token_is_good_once_and_used_twice_it_ends_the_sign_in(browser: Browser) -> None:
    first = (await browser.token(code=await browser.code())).json()["refresh_token"]
    second = (await browser.token(refresh_token=first)).json()["refresh_token"]
    third = (await browser.token(refresh_token=second)).json()["refresh_token"]
    assert len({first, second, third}) == 3
    assert (await browser.token(refresh_token=second)).status_code == 400
    assert (await browser.token(refresh_token=third)).status_code == 400, "both holders are out"


async def test_what_is_revoked_gives_nothing_more(browser: Browser) -> None:
    refresh = (await browser.token(code=await browser.code())).json()["refresh_token"]
    revoked = {"token": refresh}
    assert (await browser.http.post("/id/revoke", data=revoked, auth=(CLIENT.name, "guess"))).status_code == 401
    assert (await browser.http.post("/id/revoke", data=revoked, auth=(CLIENT.name, CLIENT.secret))).status_code == 200
    assert (await browser.token(refresh_token=refresh)).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": VERIFIER[::-1]},
        {"code_verifier": ""},
        {"redirect_uri": f"{BACK}/elsewhere"},
        {"code": "guess"},
    ],
    ids=str,
)
async def test_a_code_is_worth_nothing_to_who_did_not_ask_for_it(browser: Browser, changed: dict[str, str]) -> None:
    code = await browser.code()
    assert (await browser.token(**({"code": code} | changed))).status_code == 400
    if "code" not in changed:
        assert (await browser.token(code=code)).status_code == 400, "one wrong try and it is gone"


async def test_a_client_that_does_not_prove_itself_gets_nothing(browser: Browser) -> None:
    form = {"grant_type": "authorization_code", "code": await browser.code(), "redirect_uri": BACK}
    form |= {"code_verifier": VERIFIER, "client_id": CLIENT.name}
    for secret in ("guess", ""):
        assert (await browser.http.post("/id/token", data=form | {"client_secret": secret})).status_code == 401
    as_itself = {"grant_type": "client_credentials"}
    assert (await browser.http.post("/id/token", data=as_itself, auth=(CLIENT.name, CLIENT.secret))).status_code == 401
    assert (await browser.http.post("/id/token", data=form | {"client_secret": CLIENT.secret})).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"account": "mayor@INVENTED-TOWN"}, "access_denied"),
    ],
    ids=str,
)
async def test_a_wrong_request_is_told_to_the_client(browser: Browser, changed: dict[str, str], error: str) -> None:
    told = answer_of(await browser.http.post("/id/authorize", data=WISH | {"account": SOMEBODY} | changed))
    assert told["error"] == error
    assert "code" not in told


@pytest.mark.parametrize("changed", [{"redirect_uri": "https://elsewhere.example/"}, {"client_id": "another"}], ids=str)
async def test_nobody_is_sent_to_an_address_that_is_not_the_client_s(browser: Browser, changed: dict[str, str]) -> None:
    for answer in (
        await browser.http.get("/id/authorize", params=WISH | changed),
        await browser.http.post("/id/authorize", data=WISH | changed | {"account": SOMEBODY}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


async def test_after_signing_out_somebody_comes_back_to_the_client_and_nowhere_else(browser: Browser) -> None:
    back = await browser.http.get("/id/sign-out", params={"post_logout_redirect_uri": GONE})
    assert (back.status_code, back.headers["location"]) == (303, GONE)
    elsewhere = await browser.http.get(
        "/id/sign-out", params={"post_logout_redirect_uri": "https://elsewhere.example/"}
    )
    assert (elsewhere.status_code, "location" in elsewhere.headers) == (200, False)


async def test_the_issuer_says_where_everything_is(browser: Browser) -> None:
    told = (await browser.http.get("/id/.well-known/openid-configuration")).json()
    assert told["issuer"] == ISSUER
    for name in ("authorization", "token", "revocation", "end_session"):
        path = urlsplit(told[f"{name}_endpoint"]).path
        assert (await browser.http.get(f"/id{path}")).status_code != 404, name


def test_codes_and_refresh_tokens_run_out_and_never_fill_the_memory() -> None:
    grants = Grants()
    asked = Asked(CLIENT.name, BACK, challenge_of(VERIFIER), "", "")
    late = grants.promise(asked, SOMEBODY, 0.0)
    with pytest.raises(GrantRefused):
        grants.redeem(late, CLIENT.name, BACK, VERIFIER, float(CODE_SECONDS))
    given = grants.redeem(grants.promise(asked, SOMEBODY, 0.0), CLIENT.name, BACK, VERIFIER, 1.0)
    with pytest.raises(GrantRefused):
        grants.renew(given.refresh, "another", 2.0)
    with pytest.raises(GrantRefused):
        grants.renew(given.refresh, CLIENT.name, 1.0 + FAMILY_SECONDS)
    first = grants.promise(asked, SOMEBODY, 0.0)
    for _ in range(KEPT_MAX):
        grants.promise(asked, SOMEBODY, 0.0)
    with pytest.raises(GrantRefused):
        grants.redeem(first, CLIENT.name, BACK, VERIFIER, 1.0)


def test_only_invented_people_are_on_the_list(tmp_path: Path) -> None:
    people = invented_people(REPOSITORY / "deploy").accounts
    assert len(people) > 100
    assert not [account for account in people if account.startswith("client@")]
    assert invented_people(tmp_path) == Invented()
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "accounts.toml").write_text("invented = false\nrules = []\n")
    assert invented_people(tmp_path) == Invented()
