"""Somebody at a browser: it keeps cookies, carries redirects and sends the forms of pages, and knows nothing else."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

import httpx2

REDIRECTS_MAX = 10
REQUEST_SECONDS_MAX = 15.0
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
SESSION, RENEWAL, ATTEMPT = "spis", "spis-renewal", "spis-attempt"


@dataclass
class Browser:
    """One browser with its cookies."""

    http: httpx2.AsyncClient

    async def follow(self, answer: httpx2.Response) -> httpx2.Response:
        """Where the redirects of an answer end."""
        for _ in range(REDIRECTS_MAX):
            if answer.status_code not in (302, 303, 307):
                return answer
            answer = await self.http.get(answer.headers["location"])
        raise AssertionError("redirects without end")

    async def choose(self, account: str, *, then: str = "") -> str:
        """Begin to sign in and say who one is; the address to which the issuer sends the browser back."""
        begun = await self.http.get("/sign-in", params={"next": then} if then else {})
        assert begun.status_code == 303, begun.text
        page = await self.http.get(begun.headers["location"])
        assert "Nobody here is real" in page.text
        assert f'value="{account}"' in page.text
        chosen = await self.http.post("/id/authorize", data=hidden(page) | {"account": account})
        assert chosen.status_code == 303, chosen.text
        return str(chosen.headers["location"])

    async def sign_in(self, account: str, *, then: str = "") -> httpx2.Response:
        """Sign in; the page at which that ends."""
        return await self.follow(await self.http.get(await self.choose(account, then=then)))

    async def csrf(self) -> str:
        """The secret that goes with every form of this session."""
        return hidden(await self.http.get("/sign-in/here"))["csrf"]

    def cookies(self) -> dict[str, str]:
        """What the browser keeps, by name."""
        return {cookie.name: cookie.value or "" for cookie in self.http.cookies.jar}

    def put(self, name: str, value: str) -> None:
        """Put another value into a cookie that is there."""
        for cookie in self.http.cookies.jar:
            if cookie.name == name:
                cookie.value = value
                return
        raise AssertionError(f"there is no cookie {name}")


@asynccontextmanager
async def opened(origin: str) -> AsyncIterator[Browser]:
    """A browser that has been nowhere yet."""
    speaks = {"Accept-Language": "en"}
    async with httpx2.AsyncClient(base_url=origin, timeout=REQUEST_SECONDS_MAX, headers=speaks) as http:
        yield Browser(http)


def hidden(page: httpx2.Response) -> dict[str, str]:
    """The fields of a page's form that nobody sees."""
    assert page.status_code == 200, page.text
    return {unescape(name): unescape(value) for name, value in HIDDEN.findall(page.text)}


def path_of(answer: httpx2.Response) -> str:
    """The address a page came from, without its origin and question."""
    return urlsplit(str(answer.url)).path
