"""A release, from the country's analyst who asks for it to whoever reads it."""

from collections.abc import Callable

from deploy.demo.acts import seen
from tests.journeys.town import Town

RELEASES = "/analytics/v1/releases"
DECEMBER = {"from": "2025-12-01", "to": "2025-12-31", "indicators": ["cases_opened", "referrals_sent"]}


async def test_what_the_countrys_analyst_asks_to_be_published_anybody_reads(town: Callable[[str], Town]) -> None:
    here = town("RS-VIS")
    analyst = here.cast.person("analyst", "BIH")
    ref = (await analyst.does(RELEASES, DECEMBER, status=202))["release"]

    async def published() -> bool:
        return bool((await analyst.get(f"{RELEASES}/{ref}"))["state"] == "published")

    await seen(published, "the release")
    release = await here.provider().get(f"{RELEASES}/{ref}", indicator="cases_opened")
    assert {cell["indicator"] for cell in release["cells"]} == {"cases_opened"}
    whole = [cell for cell in release["cells"] if cell["unit"] == "BIH" and not cell["of"]]
    assert [cell["value"] for cell in whole] == [0], "nothing had happened yet, and nothing is not hidden"
