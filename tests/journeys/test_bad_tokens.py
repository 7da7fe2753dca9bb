"""Tokens that prove nothing: whoever made them, whatever they say, nothing is shown and nothing happens."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwk

from deploy.demo.acts import REPORTS
from deploy.house import House, issuer
from tests.journeys.refusing import refused, without_effect
from tests.journeys.town import Town

AUDIENCE = "spis"
Claims = Mapping[str, Any]


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("RS-MRK")


def plain64(content: bytes) -> str:
    """Bytes as they stand in a token."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def encoded(content: Claims) -> str:
    """A document as it stands in a token."""
    return plain64(json.dumps(content).encode())


class Forger:
    """Makes tokens like the house's own, with one thing wrong."""

    def __init__(self, house: House, account: str) -> None:
        self.own_key = json.loads((house.folder.issuer / issuer.KEY_FILE).read_text())
        self.foreign_key = jwk.ECKey.generate_key("P-256", private=True).as_dict(private=True)
        self.now = int(datetime.now(UTC).timestamp())
        self.claims = {
            "iss": f"{house.origin}/id",
            "aud": AUDIENCE,
            "sub": account,
            "iat": self.now,
            "exp": self.now + 300,
            "jti": str(uuid4()),
        }
        self.kid = jwk.ECKey.import_key(self.own_key).kid

    def signed(self, claims: Claims, *, header: Claims | None = None, key: Claims | None = None) -> str:
        """A token over these claims with the house's key, or another."""
        private = jwk.ECKey.import_key(dict(key or self.own_key)).private_key
        assert private is not None
        text = f"{encoded({'alg': 'ES256', 'kid': self.kid, **(header or {})})}.{encoded(claims)}"
        numbers = decode_dss_signature(private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{plain64(b''.join(number.to_bytes(32, 'big') for number in numbers))}"

    def but(self, **changes: Any) -> str:
        """A token of the house with some claims changed, or left out when changed to None."""
        return self.signed({name: value for name, value in (self.claims | changes).items() if value is not None})

    def unsigned(self, header: Claims, signature: bytes = b"") -> str:
        """A token that no library would make."""
        return f"{encoded(header)}.{encoded(self.claims)}.{plain64(signature)}"

    def with_shared_secret(self, secret: bytes) -> str:
        """A token whose shared secret is something public."""
        text = f"{encoded({'alg': 'HS256', 'kid': self.kid})}.{encoded(self.claims)}"
        return f"{text}.{plain64(hmac.digest(secret, text.encode(), 'sha256'))}"


def forgeries(forger: Forger) -> dict[str, tuple[str, str]]:
    """What each token is, the token itself and the code of its refusal."""
    invalid = wrongly_signed(forger) | wrongly_claimed(forger) | of_no_such_shape(forger)
    expired = forger.but(iat=forger.now - 600, exp=forger.now - 300)
    known = {name: (token, "token_invalid") for name, token in invalid.items()}
    return known | {"that has expired": (expired, "token_expired")}


def wrongly_signed(forger: Forger) -> dict[str, str]:
    """Tokens whose signature proves nothing."""
    public = jwk.ECKey.import_key(forger.own_key)
    genuine = forger.signed(forger.claims)
    head, _, signature = genuine.split(".")
    other_claims = forger.but(sub="director@FBIH-KS-NGS").split(".")[1]
    return {
        "signed with a foreign key under the house's name": forger.signed(forger.claims, key=forger.foreign_key),
        "signed with a foreign key of its own name": forger.signed(
            forger.claims, header={"kid": "foreign"}, key=forger.foreign_key
        ),
        "that brings its own key along": forger.signed(
            forger.claims,
            header={"jwk": jwk.ECKey.import_key(forger.foreign_key).as_dict(private=False)},
            key=forger.foreign_key,
        ),
        "that says where its key is": forger.signed(
            forger.claims, header={"jku": "http://127.0.0.1:9/keys"}, key=forger.foreign_key
        ),
        "without a signature": forger.unsigned({"alg": "none", "kid": forger.kid}),
        "without a signature and with another name for it": forger.unsigned({"alg": "nOnE"}),
        "that takes the public key for a shared secret": forger.with_shared_secret(public.as_pem(private=False)),
        "that takes the public document for one": forger.with_shared_secret(
            json.dumps(public.as_dict(private=False)).encode()
        ),
        "whose claims were exchanged": f"{head}.{other_claims}.{signature}",
        "whose signature was cut": genuine[:-6],
        "whose signature is nothing but noughts": forger.unsigned({"alg": "ES256", "kid": forger.kid}, b"\0" * 64),
        "that asks for an extension nobody knows": forger.signed(
            forger.claims, header={"crit": ["invented"], "invented": True}
        ),
    }


def wrongly_claimed(forger: Forger) -> dict[str, str]:
    """Tokens of the right key that claim what they may not."""
    now = forger.now
    return {
        "for another audience": forger.but(aud="somebody-else"),
        "for no audience": forger.but(aud=None),
        "of another issuer": forger.but(iss="http://127.0.0.1:9/id"),
        "of no issuer": forger.but(iss=None),
        "for nobody": forger.but(sub=None),
        "for an empty name": forger.but(sub=""),
        "for a number": forger.but(sub=4711),
        "for a list of names": forger.but(sub=[forger.claims["sub"]]),
        "that never ends": forger.but(exp=None),
        "that ends in a hundred years": forger.but(exp=now + 3_153_600_000),
        "that ends with a word": forger.but(exp="tomorrow"),
        "that has no beginning": forger.but(iat=None),
        "from the future": forger.but(iat=now + 3_000, exp=now + 3_300),
        "that must not be used yet": forger.but(nbf=now + 3_000),
    }


def of_no_such_shape(forger: Forger) -> dict[str, str]:
    """Texts that are no tokens."""
    genuine = forger.signed(forger.claims)
    head = genuine.split(".")[0]
    return {
        "that is none": "Podmetnuto",
        "of five parts": f"{genuine}.{head}.{head}",
        "of empty parts": "..",
        "that is a document": json.dumps(forger.claims),
        "that is far too long": genuine + "a" * 5_000,
    }


async def test_a_token_that_proves_nothing_opens_nothing_and_does_nothing(house: House, here: Town) -> None:
    forger = Forger(house, here.worker.account)
    genuine = {"Authorization": f"Bearer {forger.signed(forger.claims)}"}
    assert (await here.worker.http.get(REPORTS, headers=genuine)).status_code == 200, "the forger's own way works"
    wrong = {}
    async with without_effect(house):
        for name, (token, code) in forgeries(forger).items():
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"forged-{uuid4()}"}
            for answer in (
                await here.worker.http.get(REPORTS, headers=headers),
                await here.worker.http.post(REPORTS, json=here.paper(), headers=headers),
            ):
                if (answer.status_code, answer.json().get("code")) != (401, code):
                    wrong[name] = (answer.status_code, answer.text)
                    continue
                refused(answer, 401, code, [token[-20:], "Podmetnuto"])
                assert answer.headers["www-authenticate"].startswith('Bearer realm="spis"')
    assert not wrong


async def test_a_foreign_issuer_that_signs_everything_rightly_is_still_foreign(
    house: House, here: Town, tmp_path: Path
) -> None:
    issuer.ensure(tmp_path)
    token = issuer.mint(tmp_path, here.worker.account, f"{house.origin}/id", AUDIENCE)
    old = datetime.now(UTC) - timedelta(minutes=6)
    expired = issuer.mint(house.folder.issuer, here.worker.account, f"{house.origin}/id", AUDIENCE, now=old)
    for given, code in ((token, "token_invalid"), (expired, "token_expired")):
        for room in ("intake/v1/cases", "referral/v1/referrals", "notifications/v1/alerts", "analytics/v1/indicators"):
            answer = await here.worker.http.get(f"/{room}", headers={"Authorization": f"Bearer {given}"})
            refused(answer, 401, code)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Basic Y2xpZW50OnNlY3JldA=="}],
    ids=["nothing", "an empty header", "no token", "a password"],
)
async def test_who_sends_no_token_is_told_to_get_one(here: Town, headers: dict[str, str]) -> None:
    refused(await here.worker.http.get(REPORTS, headers=headers), 401, "token_missing")


async def test_a_token_is_taken_from_its_header_only(here: Town) -> None:
    token = (await here.worker.bearer())["Authorization"].removeprefix("Bearer ")
    asked = await here.worker.http.get(REPORTS, params={"access_token": token}, headers={"Cookie": f"token={token}"})
    refused(asked, 401, "token_missing", [token])


async def test_a_genuine_token_of_an_account_that_nobody_listed_is_refused(house: House, here: Town) -> None:
    for account in ("caseworker@FBIH-NOWHERE", f"mayor@{here.unit}", here.worker.account.upper(), "a" * 200):
        token = issuer.mint(house.folder.issuer, account, f"{house.origin}/id", AUDIENCE)
        answer = await here.worker.http.get(REPORTS, headers={"Authorization": f"Bearer {token}"})
        refused(answer, 403, "account_unknown", [account])


async def test_wrong_credentials_get_no_token(house: House, here: Town) -> None:
    client, secret = house.client(f"{here.unit}.school")
    for form in (
        {"grant_type": "client_credentials", "client_id": client, "client_secret": secret[:-1]},
        {"grant_type": "client_credentials", "client_id": f"client@{here.unit}.nobody", "client_secret": secret},
        {"grant_type": "client_credentials", "client_id": here.worker.account, "client_secret": ""},
        {"grant_type": "password", "client_id": client, "client_secret": secret},
        {},
    ):
        answer = await here.worker.http.post("/id/token", data=form)
        assert answer.status_code in (400, 401)
        assert "access_token" not in answer.text
        assert secret[:-1] not in answer.text
