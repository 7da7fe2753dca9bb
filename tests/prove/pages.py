"""`./spis prove pages`: every page of the house in a real browser, in every language, both schemes and both widths.

With `--pictures FOLDER` it leaves a picture of each, to be looked at.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from deploy.demo.story import STARTS
from deploy.demo.visitor import client
from deploy.house import House
from deploy.house.progress import Telling
from services.contracts.names import LANGUAGES
from tests.journeys.town import Town
from tests.pages.chromium import find_chromium
from tests.pages.looking import look_at
from tests.pages.reader import Reader, reader
from tests.pages.rules import VIEWS
from tests.pages.tour import Stop, set_stage
from tests.unpaced import UNPACED


async def picture(someone: Reader, stop: Stop, language: str, folder: Path) -> None:
    """Keep what the page looks like in every view."""
    name = stop.path.strip("/").partition("?")[0].replace("/", "-")
    for scheme, viewport in VIEWS:
        await someone.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await someone.page.set_viewport_size(viewport)  # type: ignore[arg-type]
        told = f"{name}.{stop.account.partition('@')[0]}.{language}.{viewport['width']}.{scheme}.png"
        await someone.page.screenshot(path=folder / told, full_page=True)


async def tour(
    house: House, browser: Browser, stops: Sequence[Stop], languages: Sequence[str], pictures: Path | None
) -> list[str]:
    """Everything that is wrong with any page in any of some languages."""
    people: dict[str, Reader] = {}
    found: list[str] = []
    for language in languages:
        began = time.monotonic()
        for stop in stops:
            if stop.account not in people:
                people[stop.account] = await reader(browser, house.origin, language, bypass_csp=True)
                await people[stop.account].sign_in(stop.account, "/sign-in/here")
            found += await look_at(people[stop.account], stop, language, VIEWS)
            if pictures:
                await picture(people[stop.account], stop, language, pictures)
        sys.stderr.write(f"  {language}: {len(stops)} pages in {time.monotonic() - began:.0f} s\n")
    for someone in people.values():
        found += someone.troubles
        await someone.context.close()
    return found


async def prove(house: House, languages: Sequence[str], pictures: Path | None) -> dict[str, object]:
    """Set the stage, and go through all of it."""
    async with client(house.origin) as http, async_playwright() as playwright:
        stage = await set_stage(lambda unit: Town(house, http, unit))
        path = find_chromium(os.environ, playwright.chromium.executable_path)
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        found = await tour(house, browser, stage.stops(), languages, pictures)
        await browser.close()
    for wrong in found:
        sys.stderr.write(f"  {wrong}\n")
    looks = len(stage.stops()) * len(languages) * len(VIEWS)
    return {"pages": len(stage.stops()), "languages": len(languages), "looks": looks, "wrong": len(found)}


def main(words: Sequence[str]) -> int:
    """Prove it; 0 only when nothing is wrong."""
    asked = argparse.ArgumentParser(prog="./spis prove pages", description=__doc__)
    asked.add_argument("--language", choices=LANGUAGES, action="append", help="only these (all)")
    asked.add_argument("--pictures", type=Path, help="a folder for a picture of each page in each view")
    given = asked.parse_args(words)
    if given.pictures:
        given.pictures.mkdir(parents=True, exist_ok=True)
    telling = Telling(sys.stderr)
    with House.temporary(clock=STARTS, settings=UNPACED, watch=telling.watch) as house:
        telling.end()
        told = asyncio.run(prove(house, given.language or LANGUAGES, given.pictures))
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if told["wrong"] else 0
