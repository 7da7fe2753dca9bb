"""A token is believed only when its signature, issuer, audience and times hold; what it may do, the directory says."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.house.issuer import TOKEN_SECONDS, ensure, mint
from services.contracts.codes import Role
from services.contracts.failures import AccountUnknown, TokenRefused, Unavailable
from services.security.identity import (
    KEYS_ASK_AGAIN_SECONDS,
    KEYS_FRESH_SECONDS,
    KEYS_STALE_SECONDS_MAX,
    Claims,
    Verifier,
    bearer_of,
)
from tests.chassis.doors import serving

ISSUER = "https://id.invented.example"
ACCOUNT = "caseworker@INVENTED-TOWN"


class Hands:
    """A clock that a test moves, and a switch that takes the issuer away."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.away = False
        self.asked = 0


@pytest.fixture
def state(tmp_path: Path) -> Path:
    ensure(tmp_path)
    return tmp_path


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def verifier(state: Path, hands: Hands) -> AsyncIterator[Verifier]:
    async def keys(_request: Request) -> Response:
        hands.asked += 1
        if hands.away:
            return Response(status_code=503)
        key = jwk.ECKey.import_key(json.loads((state / "issuer-key.json").read_text()))
        shared = {"kty": "oct", "k": base64.urlsafe_b64encode(b"k" * 32).decode(), "kid": "shared"}
        return JSONResponse({"keys": [key.as_dict(private=False), shared]})

    async with serving(Starlette(routes=[Route("/keys", keys)])) as origin:
        yield Verifier(issuer=ISSUER, jwks=f"{origin}/keys", audience="spis", now=lambda: hands.now)


async def refusal(verifier: Verifier, token: str) -> str:
    with pytest.raises(TokenRefused) as refused:
        await verifier.claims(token)
    return refused.value.code


async def test_a_token_says_who_and_until_when(verifier: Verifier, state: Path, hands: Hands) -> None:
    claims = await verifier.claims(mint(state, ACCOUNT, ISSUER, "spis", now=hands.now))
    assert claims.account == ACCOUNT
    assert claims.expires_at == hands.now.replace(microsecond=0) + timedelta(seconds=TOKEN_SECONDS)


async def test_an_expired_token_is_told_apart_from_a_false_one(verifier: Verifier, state: Path, hands: Hands) -> None:
    token = mint(state, ACCOUNT, ISSUER, "spis", now=hands.now - timedelta(minutes=6))
    assert await refusal(verifier, token) == "token_expired"


async def test_tokens_of_others_are_refused(verifier: Verifier, state: Path, hands: Hands, tmp_path: Path) -> None:
    ensure(tmp_path / "other")
    foreign_key = mint(tmp_path / "other", ACCOUNT, ISSUER, "spis", now=hands.now)
    foreign_issuer = mint(state, ACCOUNT, "https://elsewhere.example", "spis", now=hands.now)
    foreign_audience = mint(state, ACCOUNT, ISSUER, "something-else", now=hands.now)
    from_the_future = mint(state, ACCOUNT, ISSUER, "spis", now=hands.now + timedelta(minutes=1))
    for token in (foreign_key, foreign_issuer, foreign_audience, from_the_future):
        assert await refusal(verifier, token) == "token_invalid"


def claims_of(hands: Hands, **changed: Any) -> dict[str, Any]:
    second = int(hands.now.timestamp())
    claims = {"iss": ISSUER, "aud": "spis", "sub": ACCOUNT, "iat": second, "exp": second + 300}
    return {name: value for name, value in (claims | changed).items() if value is not None}


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": None},
        {"exp": None},
        {"iat": None},
        {"iss": None},
        {"aud": None},
        {"sub": ""},
        {"sub": ["a"]},
        {"sub": "a" * 201},
        {"sub": "a\u0000b"},
        {"exp": "soon"},
        {"exp": 10**12},
        {"exp": 1e400},
        {"nbf": 10**11},
    ],
    ids=str,
)
async def test_missing_or_odd_claims_are_refused(
    verifier: Verifier, state: Path, hands: Hands, changed: dict[str, Any]
) -> None:
    key = jwk.ECKey.import_key(json.loads((state / "issuer-key.json").read_text()))
    token = jwt.encode({"alg": "ES256", "kid": key.kid}, claims_of(hands, **changed), key)
    assert await refusal(verifier, token) == "token_invalid"


async def test_no_signature_and_shared_secrets_are_refused(verifier: Verifier, state: Path, hands: Hands) -> None:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    unsigned = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims_of(hands))}."
    public = json.loads((state / "issuer-key.json").read_text())
    with_public_key_as_secret = jwt.encode(
        {"alg": "HS256", "kid": public["kid"]}, claims_of(hands), jwk.OctKey.import_key(public["x"] * 2), ["HS256"]
    )
    listed_secret = jwt.encode(
        {"alg": "HS256", "kid": "shared"}, claims_of(hands), jwk.OctKey.import_key(b"k" * 32), ["HS256"]
    )
    for token in (unsigned, with_public_key_as_secret, listed_secret):
        assert await refusal(verifier, token) == "token_invalid"


async def test_a_changed_token_is_refused(verifier: Verifier, state: Path, hands: Hands) -> None:
    head, body, signature = mint(state, ACCOUNT, ISSUER, "spis", now=hands.now).split(".")
    other = base64.urlsafe_b64encode(json.dumps(claims_of(hands, sub="director@INVENTED-TOWN")).encode()).decode()
    assert await refusal(verifier, f"{head}.{other.rstrip('=')}.{signature}") == "token_invalid"
    assert await refusal(verifier, f"{head}.{body}.{signature[::-1]}") == "token_invalid"


async def test_garbage_is_refused_and_never_a_bug(verifier: Verifier) -> None:
    def token_of(*parts: object) -> str:
        return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)

    odd: list[object] = [[], 1, None, "x", {}, {"alg": []}, {"alg": "ES256", "kid": []}, {"alg": "ES256", "crit": 1}]
    texts = ["", ".", "..", "a.b.c", "ž.ž.ž", "a" * 5000, *(token_of(head, {}, "s") for head in odd)]
    texts += [token_of({"alg": "ES256", "b64": False, "crit": ["b64"]}, {}, "s"), token_of({"alg": "ES256"}, [], "s")]
    for text in texts:
        assert await refusal(verifier, text) == "token_invalid", text


@given(text=st.text(max_size=60) | st.from_regex(r"[\w-]{0,20}\.[\w-]{0,20}\.[\w-]{0,20}"))
def test_the_header_gives_a_token_or_says_it_is_missing(text: str) -> None:
    if text.strip():
        assert bearer_of(f"Bearer {text}") == text.strip()
        return
    for header in (f"Bearer {text}", "Bearer", "Basic abc", text, None):
        with pytest.raises(TokenRefused, match="token_missing"):
            bearer_of(header)


async def test_old_keys_serve_while_the_issuer_is_away_but_not_for_ever(
    verifier: Verifier, state: Path, hands: Hands
) -> None:
    await verifier.claims(mint(state, ACCOUNT, ISSUER, "spis", now=hands.now))
    hands.away = True
    hands.now += timedelta(seconds=KEYS_FRESH_SECONDS + 1)
    assert (await verifier.claims(mint(state, ACCOUNT, ISSUER, "spis", now=hands.now))).account == ACCOUNT
    hands.now += timedelta(seconds=KEYS_STALE_SECONDS_MAX)
    with pytest.raises(Unavailable):
        await verifier.claims(mint(state, ACCOUNT, ISSUER, "spis", now=hands.now))
    hands.away = False
    hands.now += timedelta(seconds=KEYS_ASK_AGAIN_SECONDS)
    assert (await verifier.claims(mint(state, ACCOUNT, ISSUER, "spis", now=hands.now))).account == ACCOUNT


async def test_a_new_key_of_the_issuer_is_found_and_unknown_keys_do_not_flood_it(
    verifier: Verifier, state: Path, hands: Hands, tmp_path: Path
) -> None:
    await verifier.claims(mint(state, ACCOUNT, ISSUER, "spis", now=hands.now))
    (state / "issuer-key.json").unlink()
    ensure(state)
    token = mint(state, ACCOUNT, ISSUER, "spis", now=hands.now)
    hands.now += timedelta(seconds=KEYS_ASK_AGAIN_SECONDS)
    assert (await verifier.claims(token)).account == ACCOUNT
    asked = hands.asked
    ensure(tmp_path / "other")
    for _ in range(20):
        assert await refusal(verifier, mint(tmp_path / "other", ACCOUNT, ISSUER, "spis", now=hands.now))
    assert hands.asked == asked


class Rows:
    """The one read that identity makes, answered from a row."""

    def __init__(self, row: dict[str, object] | None) -> None:
        self.row = row

    async def read_row(self, statement: str, *arguments: object) -> dict[str, object] | None:
        assert (statement, arguments) == ("directory_account", (ACCOUNT,))
        return self.row


async def test_the_directory_says_what_an_account_may_be(verifier: Verifier) -> None:
    claims = Claims(ACCOUNT, datetime.now(UTC))
    row: dict[str, object] = {
        "account": ACCOUNT,
        "institution": "INVENTED-TOWN.csw",
        "unit": "INVENTED-TOWN",
        "roles": ["caseworker", "a role of a later version"],
        "desks": ["INVENTED-TOWN.csw/caseload"],
        "active": True,
        "stopped": 7,
    }
    person = await verifier.person(Rows(row), claims)
    assert person.roles == {Role.CASEWORKER}
    assert person.desks == {"INVENTED-TOWN.csw/caseload"}
    assert person.stopped_seconds == 7
    for row_now in (None, row | {"active": False}):
        with pytest.raises(AccountUnknown):
            await verifier.person(Rows(row_now), claims)


async def test_a_token_known_before_is_forgotten_at_its_end_and_with_the_keys_that_signed_it(
    verifier: Verifier, state: Path, hands: Hands
) -> None:
    short, kept = mint(state, ACCOUNT, ISSUER, "spis", now=hands.now), state / "issuer-key.json"
    key = jwk.ECKey.import_key(json.loads(kept.read_text()))
    long = jwt.encode({"alg": "ES256", "kid": key.kid}, claims_of(hands, exp=int(hands.now.timestamp()) + 3_000), key)
    known = [await verifier.claims(token) for token in (short, long)]
    assert [await verifier.claims(token) for token in (short, long)] == known
    kept.unlink()
    ensure(state)
    hands.now += timedelta(seconds=KEYS_FRESH_SECONDS + 10)
    assert await refusal(verifier, short) == "token_expired"
    await verifier.claims(mint(state, ACCOUNT, ISSUER, "spis", now=hands.now))
    assert await refusal(verifier, long) == "token_invalid"
