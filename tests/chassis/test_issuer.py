"""The development issuer gives tokens to clients who know their secret, inside the embedded house and nowhere else."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from deploy.house.issuer import KEY_FILE, TOKEN_SECONDS, client_secret, create_issuer, ensure, main
from services.security.identity import Verifier
from tests.chassis.doors import serving

ISSUER = "https://id.invented.example"

EMBEDDED = {"SPIS_HOUSE": "embedded", "SPIS_ISSUER": "http://127.0.0.1:1/id", "SPIS_LOG": "text"}


def served(environment: dict[str, str]) -> list[dict[str, object]]:
    calls: list[dict[str, object]] = []
    main(environment, serve=lambda _app, **options: calls.append(options))
    return calls


@pytest.mark.parametrize("house", [None, "", "production", "EMBEDDED"])
def test_it_refuses_outside_the_embedded_house(house: str | None, tmp_path: Path) -> None:
    environment = EMBEDDED | {"SPIS_ISSUER_LISTEN": "127.0.0.1:0", "SPIS_ISSUER_STATE": str(tmp_path)}
    environment.pop("SPIS_HOUSE")
    if house is not None:
        environment["SPIS_HOUSE"] = house
    with pytest.raises(SystemExit, match="embedded house"):
        served(environment)


@pytest.mark.parametrize("listen", ["0.0.0.0:8000", "10.0.0.1:8000", ":8000", "house.example:8000"])
def test_it_refuses_any_address_but_loopback(listen: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="loopback"):
        served(EMBEDDED | {"SPIS_ISSUER_LISTEN": listen, "SPIS_ISSUER_STATE": str(tmp_path)})


@pytest.fixture
def state(tmp_path: Path) -> Path:
    ensure(tmp_path)
    return tmp_path


async def test_the_issuer_gives_a_client_a_token_for_its_secret_and_only_for_it(state: Path) -> None:
    client = "client@INVENTED-TOWN.school"
    secret = client_secret(state, client)
    ensure(state)
    assert client_secret(state, client) == secret
    async with serving(create_issuer(state, ISSUER, "spis")) as origin, httpx2.AsyncClient(base_url=origin) as caller:
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        answer = await caller.post("/id/token", data=form)
        assert answer.status_code == 200, answer.text
        assert answer.json()["expires_in"] == TOKEN_SECONDS
        verifier = Verifier(issuer=ISSUER, jwks=f"{origin}/id/jwks.json", audience="spis")
        assert (await verifier.claims(answer.json()["access_token"])).account == client
        basic = await caller.post("/id/token", data={"grant_type": "client_credentials"}, auth=(client, secret))
        assert basic.status_code == 200
        for wrong in (
            {"client_secret": "guess"},
            {"client_id": "nobody"},
            {"client_id": "client@INVENTED-TOWN.health"},
        ):
            assert (await caller.post("/id/token", data=form | wrong)).status_code == 401
        assert (await caller.post("/id/token", data=form | {"grant_type": "password"})).status_code == 400
        assert (await caller.post("/id/token", content=b"a" * 5000)).status_code == 413
        keys = (await caller.get("/id/jwks.json")).json()["keys"]
    assert [set(key) & {"d", "k", "p", "q"} for key in keys] == [set()]


def test_the_issuer_s_files_are_its_owner_s_alone_and_hold_no_client_s_secret(state: Path) -> None:
    secret = client_secret(state, "client@INVENTED-TOWN.school")
    files = [path for path in state.iterdir() if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert all(secret not in path.read_text() for path in files)


def test_whoever_begins_at_once_agrees_on_one_key(tmp_path: Path) -> None:
    state = tmp_path / "new"
    with ThreadPoolExecutor(8) as some:
        list(some.map(lambda _: ensure(state), range(8)))
        assert len({*some.map(lambda _: client_secret(state, "client@INVENTED-TOWN.school"), range(8))}) == 1
    assert [path.name for path in state.iterdir()] == [KEY_FILE]
