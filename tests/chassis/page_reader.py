"""Somebody who reads the pages of the referral room: opens them, walks through lists, fills forms in and sends them."""

from dataclasses import dataclass
from html import unescape

import httpx2

from tests.chassis.page_forms import PageForm, forms_on, row_of
from tests.chassis.referral_room import ReferralRoom


@dataclass
class Reader:
    """Somebody with a browser that runs no script."""

    room: ReferralRoom
    account: str
    language: str = "en"

    async def get(self, path: str) -> httpx2.Response:
        """Open a page."""
        return await self.room.client.get(path, headers=self._headers())

    async def walk(self, path: str) -> list[httpx2.Response]:
        """A list from its first page to its last."""
        pages = [await self.get(path)]
        while '<nav class="more"' in (text := pages[-1].text):
            onward = text.partition('<nav class="more"')[2].partition('href="')[2].partition('"')[0]
            pages.append(await self.get(unescape(onward)))
        return pages

    async def row(self, path: str, ref: str) -> str:
        """The row of a list that is about a referral, on whichever of its pages; empty where there is none."""
        return "".join(row_of(page, ref) for page in await self.walk(path))

    async def send(self, form: PageForm, **chosen: str) -> httpx2.Response:
        """Send a form as it stands on a page, with what was chosen in it."""
        said = form.fields | {name.replace("__", "."): value for name, value in chosen.items()}
        return await self.room.client.post(form.action, data=said, headers=self._headers())

    async def does(self, path: str, name: str, **chosen: str) -> httpx2.Response:
        """Send one form of a page, and open the page it leads to."""
        answer = await self.send(await self.form(path, name), **chosen)
        assert answer.status_code == 303, answer.text
        return await self.get(answer.headers["location"])

    async def form(self, path: str, name: str) -> PageForm:
        """A form of a page, by the last word of its address."""
        page = await self.get(path)
        assert page.status_code == 200, page.text
        return next(form for action, form in forms_on(page).items() if action.endswith(f"/{name}"))

    def _headers(self) -> dict[str, str]:
        return self.room._bearer(self.account) | {"Accept-Language": self.language}
