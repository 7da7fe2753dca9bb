"""The agency's key is replaced while people work; the whole proof is `./spis prove rotation`."""

from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any

from deploy.house import House
from intake.vault.opening import open_vault
from tests.journeys.town import Town
from tests.prove.rotation import rotate_under_load


async def rewrap(house: House) -> Mapping[str, Any]:
    """Rewrap as the room's own command does, without the start of a process."""
    async with aclosing(open_vault(house.env("intake")).keys) as keys:
        return await keys.rewrap()


async def test_replacing_the_agencys_key_fails_no_request(house: House, town: Callable[[str], Town]) -> None:
    figures = await rotate_under_load(house, town("FBIH-USK-VKL"), rewrap, seconds=1, callers=4)
    assert figures.found == 0, figures
    assert min(figures.requests, figures.reports, figures.rewrapped, figures.keys) > 0, figures
