"""Whoever guesses at the development issuer is slowed, and nobody else for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from deploy.house.issuer import client_secret, create_issuer, ensure
from deploy.house.issuer_pace import FAILURE_COSTS, AtPace, Bucket
from services.contracts.limits import Limit
from tests.chassis.doors import serving

CLIENT, OTHER = "client@INVENTED-TOWN.school", "client@INVENTED-TOWN.health"
GUESSES = 4


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[tuple[httpx2.AsyncClient, dict[str, str]]]:
    """An issuer that is asked slowly, and the right secrets."""
    ensure(tmp_path)
    secrets = {client: client_secret(tmp_path, client) for client in (CLIENT, OTHER)}
    app = AtPace(
        create_issuer(tmp_path, "https://id.invented.example", "spis"),
        Limit(GUESSES * FAILURE_COSTS, 36_000),
        Limit(3, 36_000),
    )
    async with serving(app) as origin, httpx2.AsyncClient(base_url=origin) as client:
        yield client, secrets


async def asked(client: httpx2.AsyncClient, who: str, secret: str, address: str = "192.0.2.1") -> httpx2.Response:
    form = {"grant_type": "client_credentials", "client_id": who, "client_secret": secret}
    return await client.post("/id/token", data=form, headers={"X-Forwarded-For": address})


async def test_guessing_ends_for_its_address_even_with_the_right_secret_and_not_for_others(
    issuer: tuple[httpx2.AsyncClient, dict[str, str]],
) -> None:
    client, secrets = issuer
    guesses = [await asked(client, f"client@PLACE-{place}.school", "guess") for place in range(GUESSES + 1)]
    assert [answer.status_code for answer in guesses] == [401] * GUESSES + [429]
    assert guesses[-1].json()["error"] == "slow_down"
    assert 0 < int(guesses[-1].headers["retry-after"]) <= 36_000
    assert (await asked(client, CLIENT, secrets[CLIENT])).status_code == 429
    assert (await asked(client, CLIENT, secrets[CLIENT], "192.0.2.2")).status_code == 200
    assert (await client.get("/id/jwks.json", headers={"X-Forwarded-For": "192.0.2.1"})).status_code == 200


async def test_a_client_that_asks_too_often_does_not_use_up_what_another_of_its_address_may(
    issuer: tuple[httpx2.AsyncClient, dict[str, str]],
) -> None:
    client, secrets = issuer
    often = [await asked(client, CLIENT, secrets[CLIENT]) for _ in range(4)]
    assert [answer.status_code for answer in often] == [200, 200, 200, 429]
    headers = {"X-Forwarded-For": "192.0.2.1"}
    form = {"grant_type": "client_credentials"}
    basic = await client.post("/id/token", data=form, auth=(CLIENT, secrets[CLIENT]), headers=headers)
    assert basic.status_code == 429, "it is the same client, however it says so"
    assert (await asked(client, OTHER, secrets[OTHER])).status_code == 200


def test_a_bucket_gives_back_one_by_one_and_is_never_owed_more_than_it_holds() -> None:
    now = [0.0]
    bucket = Bucket(Limit(3, 30), lambda: now[0])
    assert [bucket.spend("a") for _ in range(4)] == [0, 0, 0, 10]
    now[0] = 10.0
    assert [bucket.spend("a"), bucket.spend("a"), bucket.spend("b")] == [0, 10, 0]
    bucket.charge("b", 100)
    assert bucket.spend("b") == 10
    now[0] = 40.0
    assert [bucket.spend("b") for _ in range(4)] == [0, 0, 0, 10]
