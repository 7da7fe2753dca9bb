"""A caseworker at a real browser: when each row came to her inbox, beside her stream; she keeps the inbox short."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Page, async_playwright

from deploy.demo.acts import ALERTS
from deploy.demo.desk import Desk
from deploy.house import House
from tests.pages.chromium import find_chromium
from tests.pages.reader import reader

INBOX = "/notifications/inbox"
LOOK_SECONDS = 0.25
CLOCK_LOOKS = 50
NOTE = """() => {
  window.came = [];
  window.most = 0;
  const known = new Set();
  const look = () => {
    const at = Date.now(), list = document.querySelector("#alerts[data-count]");
    window.most = Math.max(window.most, Number(list?.dataset.count ?? 0));
    for (const { dataset } of document.querySelectorAll("#alerts .rows > li [data-report]")) {
      if (!known.has(dataset.report)) window.came.push([dataset.report, at]);
      known.add(dataset.report);
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  look();
}"""
"""Notes within the page when a reference is first in a row: as soon as it was changed, before it is painted."""


@dataclass
class Tended:
    """One inbox in a browser, beside the stream of the same account; what was seen is acknowledged a while later."""

    page: Page
    desk: Desk
    acknowledged_after: float
    came: dict[str, float] = field(default_factory=dict)
    _noted: int = 0

    def told(self) -> dict[str, float]:
        """When the stream first told of each report."""
        return {heard.data["subject"]: heard.at for heard in reversed(self.desk.heard)}

    async def tend(self) -> None:
        """Look at the page and take note of what was seen, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)
            seen = [ref for ref, at in self.came.items() if at < time.time() - self.acknowledged_after]
            for ref in seen[self._noted :]:
                await self._acknowledge(ref)
            self._noted = len(seen)

    async def look(self) -> None:
        """Take over what came to the page meanwhile."""
        for ref, at in await self.page.evaluate("came.splice(0)"):
            self.came.setdefault(ref, at / 1_000)

    async def most(self) -> int:
        """How many alerts waited at once, as the page said."""
        return int(await self.page.evaluate("most"))

    async def clock_off_ms(self) -> float:
        """How far the browser's clock can be from ours at most: read between two readings, as close as they come."""
        widest: list[float] = []
        for _ in range(CLOCK_LOOKS):
            before = time.time()
            there = float(await self.page.evaluate("Date.now()")) / 1_000
            widest.append(max(time.time() - there, there - before))
        return round(min(widest) * 1_000, 1)

    async def _acknowledge(self, ref: str) -> None:
        raised = (heard.data for heard in self.desk.heard if heard.data["kind"] == "raised")
        for alert in [told["alert"] for told in raised if told["subject"] == ref]:
            await self.desk.visitor.does(f"{ALERTS}/{alert}/acknowledge")


@asynccontextmanager
async def tended(house: House, desk: Desk, acknowledged_after: float) -> AsyncIterator[Tended]:
    """Somebody at her inbox in a real browser, and at its stream."""
    async with async_playwright() as playwright:
        path = find_chromium(os.environ, playwright.chromium.executable_path)
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        person = await reader(browser, house.origin)
        await person.sign_in(desk.visitor.account, INBOX)
        await person.page.evaluate(NOTE)
        at_work = Tended(person.page, desk, acknowledged_after)
        tending = asyncio.create_task(at_work.tend())
        try:
            yield at_work
            if tending.done():
                tending.result()
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
            await browser.close()
