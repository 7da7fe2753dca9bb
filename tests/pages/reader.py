"""A person at a real browser: signs in by choosing who they are, and notes whatever the browser complains of."""

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Response

LANGUAGES = ("bs", "hr", "sr-Cyrl", "sr-Latn", "en")
STEP_MILLISECONDS_MAX = 15_000
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@dataclass
class Reader:
    """One person in one browser profile."""

    context: BrowserContext
    page: Page
    origin: str
    troubles: list[str] = field(default_factory=list)

    async def sign_in(self, account: str, then: str) -> None:
        """Choose an invented person, and arrive at a page."""
        await self.page.goto(f"/sign-in?next={then}")
        # The people of a town are folded away; a click is sent to where a person would have unfolded them.
        await self.page.locator(f'button[value="{account}"]').first.dispatch_event("click")
        await self.page.wait_for_url(f"**{then}")

    async def visit(self, path: str) -> Response:
        """Open a page of the house."""
        answer = await self.page.goto(path)
        assert answer is not None
        return answer

    async def speak(self, language: str) -> None:
        """Read in another language from now on."""
        await self.context.add_cookies([{"name": "spis-language", "value": language, "url": self.origin}])


async def reader(browser: Browser, origin: str, language: str = "bs", **more: Any) -> Reader:
    """Somebody who has been nowhere yet."""
    context = await browser.new_context(base_url=origin, viewport=more.pop("viewport", WIDE), locale="bs-BA", **more)
    context.set_default_timeout(STEP_MILLISECONDS_MAX)
    await context.add_cookies([{"name": "spis-language", "value": language, "url": origin}])
    found = Reader(context, await context.new_page(), origin)

    def complain(message: ConsoleMessage) -> None:
        # What the server refused on purpose is looked at by the test itself.
        if message.type == "error" and "Failed to load resource" not in message.text:
            found.troubles.append(message.text)

    def broke(error: Error) -> None:
        found.troubles.append(str(error))

    found.page.on("console", complain)
    found.page.on("pageerror", broke)
    return found
