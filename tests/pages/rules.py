"""What every page of the house keeps: no barrier for anybody, no weight, no script or style from elsewhere."""

import gzip
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from axe_playwright_python.async_playwright import Axe

from tests.pages.reader import NARROW, WIDE, Reader

PAGE_BYTES_MAX, SCRIPT_BYTES_MAX = 120_000, 40_000
ASSET = re.compile(r'(?:src|href)="(/assets/[^"]+)"')
AXE = {"resultTypes": ["violations"]}
View = tuple[str, dict[str, int]]
SAMPLE: Sequence[View] = (("light", WIDE), ("dark", NARROW))
VIEWS: Sequence[View] = tuple(product(("light", "dark"), (WIDE, NARROW)))
"""Both schemes in both widths."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a page and everything it loads weigh, compressed."""

    whole: int
    script: int
    status: int


async def weigh(reader: Reader, path: str) -> Weight:
    """Open a page and weigh it with everything that it is drawn with, as for somebody's first visit."""
    page = await reader.visit(path)
    text = await page.body()
    whole, script = len(gzip.compress(text)), 0
    for address in sorted(set(ASSET.findall(text.decode()))):
        size = len(gzip.compress(await (await reader.context.request.get(address)).body()))
        whole, script = whole + size, script + (size if ".js" in address else 0)
    return Weight(whole, script, page.status)


async def barriers(reader: Reader, scheme: str, viewport: dict[str, int]) -> list[str]:
    """What keeps somebody from using the page that is open, as axe finds it."""
    await reader.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    await reader.page.set_viewport_size(viewport)  # type: ignore[arg-type]
    found = await Axe().run(reader.page, options=AXE)
    return [
        f"{reader.page.url} {scheme} {viewport['width']}: {each['id']}: {[node['html'] for node in each['nodes']][:3]}"
        for each in found.response["violations"]
    ]


async def all_barriers(reader: Reader, views: Sequence[View] = SAMPLE) -> list[str]:
    """The same in several views, and whatever is wider than the screen."""
    found = []
    for scheme, viewport in views:
        found += await barriers(reader, scheme, viewport)
        over = await reader.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            found.append(f"{reader.page.url} is {over} pixels wider than a screen of {viewport['width']}")
    return found
