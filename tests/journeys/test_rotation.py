"""The agency's key is replaced while people work; the whole proof is `./spis prove rotation`."""

from collections.abc import Callable

from deploy.house import House
from tests.journeys.town import Town
from tests.prove.rotation import rotate_under_load


async def test_replacing_the_agencys_key_fails_no_request(house: House, town: Callable[[str], Town]) -> None:
    figures = await rotate_under_load(house, town("FBIH-USK-VKL"), rotations=1, seconds=0)
    assert figures.found == 0, figures
    assert min(figures.requests, figures.reports, figures.rewrapped, figures.keys) > 0, figures
