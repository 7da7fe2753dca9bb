"""The development issuer serves inside the embedded house and on loopback, and nowhere else."""

from pathlib import Path

import pytest

from services.security.issuer import main

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
