"""A development issuer of tokens, for the house on one machine. It refuses to run anywhere else.

A token says which account it is for and nothing about rights. It lives five minutes.
"""

import hmac
import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import uvicorn
from joserfc import jwk, jwt
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.house.issuer_grants import GrantRefused
from deploy.house.issuer_pace import AtPace
from deploy.house.issuer_pages import invented_people
from deploy.house.issuer_sign_in import Client, SignIn, credentials, document, form_of
from services.contracts.limits import Limits
from services.security.identity import real_now
from services.telemetry.logs import configure

ALGORITHM = "ES256"
TOKEN_SECONDS = 300
GRANT_TYPES = ("client_credentials", "authorization_code", "refresh_token")
FORM_BYTES_MAX = 4_096
KEY_FILE = "issuer-key.json"
Granting = Callable[[Mapping[str, str], str, str], dict[str, str] | None]
"""What a form gives a client by its id and secret; None when they are not known."""

LOOPBACK = ("127.0.0.1", "localhost")


def ensure(state: Path) -> None:
    """Make the signing key where it is missing."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (state / KEY_FILE).exists():
        key = jwk.ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
        _keep_first(state / KEY_FILE, json.dumps(key.as_dict(private=True)))


def client_secret(state: Path, client: str) -> str:
    """The secret of an institution's own system: it follows from the key, so it is the same each time and nowhere."""
    return hmac.digest((state / KEY_FILE).read_bytes(), client.encode(), "sha256").hex()


def mint(state: Path, account: str, issuer: str, audience: str, *, now: datetime | None = None, nonce: str = "") -> str:
    """A token for an account, signed with the key of this state folder."""
    second = int((now or real_now()).timestamp())
    claims = {"iss": issuer, "aud": audience, "sub": account, "iat": second, "exp": second + TOKEN_SECONDS}
    claims |= {"jti": secrets.token_urlsafe(12)} | ({"nonce": nonce} if nonce else {})
    return jwt.encode({"alg": ALGORITHM}, claims, jwk.KeySet([_key(state)]))


def create_issuer(state: Path, issuer: str, audience: str, people: SignIn | None = None) -> Starlette:
    """The issuer's addresses; without `people` only institutions' own systems get tokens."""

    granted = _granting(state, issuer, audience, people)

    async def token(request: Request) -> Response:
        form = form_of(await request.body())
        if form.get("grant_type") not in GRANT_TYPES[: 3 if people else 1]:
            return _refused(400, "unsupported_grant_type", f"Send one of {', '.join(GRANT_TYPES)} as a form.")
        try:
            tokens = granted(form, *credentials(request.headers.get("authorization", ""), form))
        except GrantRefused:
            return _refused(400, "invalid_grant", "This code or refresh token gives nothing: sign in again.")
        if tokens is None:
            return _refused(401, "invalid_client", "The client id or its secret is not known here.")
        answer = tokens | {"token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def keys(_: Request) -> Response:
        return JSONResponse({"keys": [_key(state).as_dict(private=False)]}, headers={"Cache-Control": "max-age=300"})

    async def told(request: Request) -> Response:
        return JSONResponse({"status": "ok"} if request.url.path.endswith("healthz") else document(issuer))

    routes = [
        Route("/id/token", token, methods=["POST"]),
        Route("/id/jwks.json", keys, methods=["GET"]),
        Route("/id/healthz", told, methods=["GET"]),
        Route("/id/.well-known/openid-configuration", told, methods=["GET"]),
        *(people.routes() if people else ()),
    ]
    return Starlette(routes=routes, middleware=[Middleware(RequestBodyLimitMiddleware, max_body_size=FORM_BYTES_MAX)])


def _granting(state: Path, issuer: str, audience: str, people: SignIn | None) -> Granting:
    def granted(form: Mapping[str, str], client: str, secret: str) -> dict[str, str] | None:
        if form["grant_type"] == "client_credentials":
            known = hmac.compare_digest(client_secret(state, client).encode(), secret.encode())
            return {"access_token": mint(state, client, issuer, audience)} if known else None
        given = people.granted(form, client, secret) if people else None
        if given is None:
            return None
        return {
            "access_token": mint(state, given.account, issuer, audience),
            "id_token": mint(state, given.account, issuer, client, nonce=given.nonce),
            "refresh_token": given.refresh,
        }

    return granted


def sign_in_of(environment: Mapping[str, str]) -> SignIn | None:
    """How people sign in, where the house has a client for them."""
    if not environment.get("SPIS_CLIENT_ID"):
        return None
    origin, policy = environment["SPIS_ORIGIN"], Path(environment["SPIS_POLICY"])
    secret = Path(environment["SPIS_CLIENT_SECRET"]).read_text(encoding="ascii").strip()
    addresses = (f"{origin}/sign-in/callback", f"{origin}/sign-in/out")
    client = Client(environment["SPIS_CLIENT_ID"], secret, *addresses)
    return SignIn(client, lambda: invented_people(policy), lambda: real_now().timestamp())


def main(environment: Mapping[str, str], serve: Callable[..., None] = uvicorn.run) -> None:
    """Serve on a loopback address, inside the embedded house only."""
    if environment.get("SPIS_HOUSE") != "embedded":
        sys.exit("The development issuer runs only inside the embedded house: use an OIDC issuer of your own here.")
    host, _, port = environment["SPIS_ISSUER_LISTEN"].rpartition(":")
    if host not in LOOPBACK:
        sys.exit("The development issuer listens on a loopback address only: set SPIS_ISSUER_LISTEN to 127.0.0.1:PORT.")
    configure(room="issuer", process="issuer", form=environment.get("SPIS_LOG", "json"))
    state = Path(environment["SPIS_ISSUER_STATE"])
    ensure(state)
    audience = environment.get("SPIS_AUDIENCE", "spis")
    app = create_issuer(state, environment["SPIS_ISSUER"], audience, sign_in_of(environment))
    paced = AtPace(app, Limits.from_text(environment.get("SPIS_PACE", "")).strangers)
    serve(paced, host=host, port=int(port), log_config=None, access_log=False, timeout_graceful_shutdown=2)


def _key(state: Path) -> jwk.ECKey:
    return jwk.ECKey.import_key(json.loads((state / KEY_FILE).read_text()))


def _refused(status: int, error: str, description: str) -> Response:
    headers = {"Cache-Control": "no-store"} | ({"WWW-Authenticate": 'Basic realm="spis"'} if status == 401 else {})
    return JSONResponse({"error": error, "error_description": description}, status_code=status, headers=headers)


def _keep_first(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all; two who make it at once agree on the first."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    with suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()


if __name__ == "__main__":
    main(os.environ)
