"""What the development issuer has promised to whom: codes and refresh tokens, each good once. It reads no clock.

It lives in memory: when the issuer is started again, everybody signs in again once their token has run out.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Protocol, TypeVar

CODE_SECONDS = 60
FAMILY_SECONDS = 12 * 3600
KEPT_MAX = 10_000


class GrantRefused(Exception):
    """A code or refresh token that gives nothing; whoever holds it is told no more than that."""


class Ends(Protocol):
    """Something that holds until a second."""

    @property
    def until(self) -> float: ...


E = TypeVar("E", bound=Ends)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-in asked for: which client, where its answer goes, and what proves that it is still the same one."""

    client: str
    redirect_uri: str
    challenge: str
    nonce: str
    state: str


@dataclass(frozen=True, slots=True)
class Promise:
    """A code on its way back to its client."""

    asked: Asked
    account: str
    until: float
    redeemed_as: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """The refresh tokens that follow one another from one sign-in; only the latest is good."""

    client: str
    account: str
    latest: str
    until: float


@dataclass(frozen=True, slots=True)
class Granted:
    """Who signed in, and the next refresh token of theirs."""

    account: str
    refresh: str
    nonce: str = ""


class Grants:
    """The codes and refresh tokens of one issuer."""

    def __init__(self, draw: Callable[[], str] = lambda: secrets.token_urlsafe(32)) -> None:
        self._draw = draw
        self._codes: dict[str, Promise] = {}
        self._families: dict[str, Family] = {}

    def promise(self, asked: Asked, account: str, now: float) -> str:
        """A code for somebody who signed in."""
        _make_room(self._codes, now)
        code = self._draw()
        self._codes[_mark(code)] = Promise(asked, account, now + CODE_SECONDS)
        return code

    def redeem(self, code: str, client: str, redirect_uri: str, verifier: str, now: float) -> Granted:
        """What a code is worth, once, to the client that asked and still knows its verifier."""
        promise = self._codes.get(_mark(code))
        if promise is None:
            raise GrantRefused
        if promise.redeemed_as:
            # Two hold the same code, so one of them took it: neither keeps what came of it.
            self._families.pop(promise.redeemed_as, None)
            raise GrantRefused
        asked, told = promise.asked, (client, redirect_uri, challenge_of(verifier))
        kept = (asked.client, asked.redirect_uri, asked.challenge)
        if now >= promise.until or not all(
            compare_digest(a.encode(), b.encode()) for a, b in zip(told, kept, strict=True)
        ):
            del self._codes[_mark(code)]
            raise GrantRefused
        _make_room(self._families, now)
        family, refresh = self._draw(), self._draw()
        self._families[family] = Family(client, promise.account, _mark(refresh), now + FAMILY_SECONDS)
        self._codes[_mark(code)] = Promise(asked, promise.account, promise.until, family)
        return Granted(promise.account, f"{family}.{refresh}", asked.nonce)

    def renew(self, refresh: str, client: str, now: float) -> Granted:
        """The next refresh token; one that was used before ends them all, for two hold it."""
        name, _, token = refresh.partition(".")
        family = self._families.get(name)
        if family is None or family.client != client:
            raise GrantRefused
        if now >= family.until or not compare_digest(family.latest, _mark(token)):
            del self._families[name]
            raise GrantRefused
        following = self._draw()
        self._families[name] = Family(client, family.account, _mark(following), family.until)
        return Granted(family.account, f"{name}.{following}")

    def revoke(self, refresh: str, client: str) -> None:
        """End a sign-in; what is not known is ended already."""
        name = refresh.partition(".")[0]
        if name in self._families and self._families[name].client == client:
            del self._families[name]


def challenge_of(verifier: str) -> str:
    """The S256 challenge that a verifier answers."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _mark(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _make_room(kept: dict[str, E], now: float) -> None:
    """Where there is no room, forget what has run out, and the oldest where that was not enough."""
    if len(kept) < KEPT_MAX:
        return
    for name in [name for name, each in kept.items() if each.until <= now]:
        del kept[name]
    while len(kept) >= KEPT_MAX:
        del kept[next(iter(kept))]
