"""What every page of the house keeps: no barrier for anybody, no weight, no script or style from elsewhere."""

import gzip
from dataclasses import dataclass

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Response

from tests.pages.reader import NARROW, WIDE, Reader

PAGE_BYTES_MAX, SCRIPT_BYTES_MAX = 120_000, 40_000
AXE = {"resultTypes": ["violations"]}
SCHEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Weight:
    """What a page and everything it loads weigh, compressed."""

    whole: int
    script: int


async def weigh(reader: Reader, path: str) -> Weight:
    """Open a page and weigh it."""
    answers: list[Response] = []
    reader.page.on("response", answers.append)
    await reader.visit(path)
    await reader.page.wait_for_load_state("load")
    whole = script = 0
    for answer in list(answers):
        kind = answer.headers.get("content-type", "")
        if answer.status == 200 and not kind.startswith("text/event-stream"):
            size = len(gzip.compress(await answer.body()))
            whole, script = whole + size, script + (size if "javascript" in kind else 0)
    return Weight(whole, script)


async def barriers(reader: Reader, scheme: str, viewport: dict[str, int]) -> list[str]:
    """What keeps somebody from using the page that is open, as axe finds it."""
    await reader.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    await reader.page.set_viewport_size(viewport)  # type: ignore[arg-type]
    found = await Axe().run(reader.page, options=AXE)
    return [
        f"{reader.page.url} {scheme} {viewport['width']}: {each['id']}: {[node['html'] for node in each['nodes']][:3]}"
        for each in found.response["violations"]
    ]


async def all_barriers(reader: Reader) -> list[str]:
    """The same in both schemes and widths, and whatever is wider than the screen."""
    found = []
    for scheme, viewport in zip(SCHEMES, (WIDE, NARROW), strict=True):
        found += await barriers(reader, scheme, viewport)
        over = await reader.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            found.append(f"{reader.page.url} is {over} pixels wider than a screen of {viewport['width']}")
    return found
