"""A development issuer of tokens, for the house on one machine. It refuses to run anywhere else.

A token says which account it is for and nothing about rights. It lives five minutes.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus

import uvicorn
from joserfc import jwk, jwt
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.security.identity import real_now
from services.telemetry.logs import configure

ALGORITHM = "ES256"
TOKEN_SECONDS = 300
FORM_BYTES_MAX = 4_096
KEY_FILE = "issuer-key.json"
CLIENTS_FILE = "clients.json"
LOOPBACK = ("127.0.0.1", "localhost")


def ensure(state: Path, clients: Iterable[str]) -> dict[str, str]:
    """Make the signing key and the clients' secrets where they are missing; gives the secrets, each time the same."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (state / KEY_FILE).exists():
        key = jwk.ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
        _write(state / KEY_FILE, json.dumps(key.as_dict(private=True)), replace=False)
    # The secrets follow from the key, so that they are the same each time and written down nowhere.
    seed, known = (state / KEY_FILE).read_bytes(), _known_clients(state)
    given = {client: hmac.digest(seed, client.encode(), "sha256").hex() for client in clients}
    wanted = known | {client: _hash(secret) for client, secret in given.items()}
    if wanted != known:
        _write(state / CLIENTS_FILE, json.dumps(wanted, indent=1, sort_keys=True))
    return given


def mint(state: Path, account: str, issuer: str, audience: str, *, now: datetime | None = None) -> str:
    """A token for an account, signed with the key of this state folder."""
    second = int((now or real_now()).timestamp())
    claims = {"iss": issuer, "aud": audience, "sub": account, "iat": second, "exp": second + TOKEN_SECONDS}
    return jwt.encode({"alg": ALGORITHM}, claims | {"jti": secrets.token_urlsafe(12)}, jwk.KeySet([_key(state)]))


def create_issuer(state: Path, issuer: str, audience: str) -> Starlette:
    """The issuer's three addresses."""

    async def token(request: Request) -> Response:
        text = (await request.body()).decode("ascii", "replace")
        form = {name: values[-1] for name, values in parse_qs(text).items()}
        if form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "Send grant_type=client_credentials as a form.")
        client, secret = _credentials(request.headers.get("authorization", ""), form)
        if not hmac.compare_digest(_known_clients(state).get(client, ""), _hash(secret)):
            return _refused(401, "invalid_client", "The client id or its secret is not known here.")
        access = mint(state, client, issuer, audience)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def keys(_: Request) -> Response:
        return JSONResponse({"keys": [_key(state).as_dict(private=False)]}, headers={"Cache-Control": "max-age=300"})

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    routes = [
        Route("/id/token", token, methods=["POST"]),
        Route("/id/jwks.json", keys, methods=["GET"]),
        Route("/id/healthz", healthz, methods=["GET"]),
    ]
    return Starlette(routes=routes, middleware=[Middleware(RequestBodyLimitMiddleware, max_body_size=FORM_BYTES_MAX)])


def main(environment: Mapping[str, str], serve: Callable[..., None] = uvicorn.run) -> None:
    """Serve on a loopback address, inside the embedded house only."""
    if environment.get("SPIS_HOUSE") != "embedded":
        sys.exit("The development issuer runs only inside the embedded house: use an OIDC issuer of your own here.")
    host, _, port = environment["SPIS_ISSUER_LISTEN"].rpartition(":")
    if host not in LOOPBACK:
        sys.exit("The development issuer listens on a loopback address only: set SPIS_ISSUER_LISTEN to 127.0.0.1:PORT.")
    configure(room="issuer", process="issuer", form=environment.get("SPIS_LOG", "json"))
    state = Path(environment["SPIS_ISSUER_STATE"])
    ensure(state, ())
    app = create_issuer(state, environment["SPIS_ISSUER"], environment.get("SPIS_AUDIENCE", "spis"))
    serve(app, host=host, port=int(port), log_config=None, access_log=False, timeout_graceful_shutdown=2)


def _credentials(authorization: str, form: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() == "basic":
        with suppress(ValueError):
            client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            return unquote_plus(client), unquote_plus(secret)
    return form.get("client_id", ""), form.get("client_secret", "")


def _key(state: Path) -> jwk.ECKey:
    return jwk.ECKey.import_key(json.loads((state / KEY_FILE).read_text()))


def _known_clients(state: Path) -> dict[str, str]:
    path = state / CLIENTS_FILE
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _hash(secret: str) -> str:
    # The secrets are 256 random bits, so a fast hash is as good as a slow one.
    return hashlib.sha256(secret.encode()).hexdigest()


def _refused(status: int, error: str, description: str) -> Response:
    headers = {"Cache-Control": "no-store"} | ({"WWW-Authenticate": 'Basic realm="spis"'} if status == 401 else {})
    return JSONResponse({"error": error, "error_description": description}, status_code=status, headers=headers)


def _write(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a file that only its owner reads, whole or not at all; two who make it at once agree on the first."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    if replace:
        os.replace(unfinished, path)
        return
    with suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()


if __name__ == "__main__":
    main(os.environ)
