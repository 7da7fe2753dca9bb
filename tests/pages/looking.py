"""Looks at one page as each kind of reader would, and says what is wrong with it."""

import re
from collections.abc import Sequence

from services.contracts.names import LANGUAGES
from tests.pages.reader import Reader
from tests.pages.rules import PAGE_BYTES_MAX, SAMPLE, SCRIPT_BYTES_MAX, View, all_barriers, weigh
from tests.pages.tour import Stop

CYRILLIC = re.compile("[\u0400-\u04ff]{3}")
UNFILLED = re.compile(r"\{\{|\}\}|\{[a-z_]+\}|Undefined")


async def look_at(someone: Reader, stop: Stop, language: str, views: Sequence[View] = SAMPLE) -> list[str]:
    """Everything that is wrong with a page in one language; empty where nothing is."""
    await someone.speak(language)
    weight = await weigh(someone, stop.path)
    found = await all_barriers(someone, views)
    found += [] if weight.status == stop.status else [f"{stop.path} answers {weight.status}, not {stop.status}"]
    if weight.whole > PAGE_BYTES_MAX or weight.script > SCRIPT_BYTES_MAX:
        found.append(f"{stop.path} weighs {weight.whole} bytes, {weight.script} of them script")
    return found + await _in_language(someone, stop, language)


async def _in_language(someone: Reader, stop: Stop, language: str) -> list[str]:
    """Whether the page says what it is in, and is in it: its title and navigation have the script of the language."""
    page = someone.page
    said, lang = await page.title(), await page.locator("html").get_attribute("lang")
    places = " ".join(await page.locator("header nav").all_inner_texts())
    main = await page.locator("main").inner_text()
    found = []
    if lang != language or language not in LANGUAGES:
        found.append(f"{stop.path} says it is in {lang}, not in {language}")
    if bool(CYRILLIC.search(said.replace("SPIS", ""))) != (language == "sr-Cyrl"):
        found.append(f"{stop.path} is called {said} in {language}")
    if places and bool(CYRILLIC.search(places)) != (language == "sr-Cyrl"):
        found.append(f"{stop.path} leads to {places} in {language}")
    if gaps := UNFILLED.findall(main):
        found.append(f"{stop.path} has gaps in {language}: {gaps[:3]}")
    return found
