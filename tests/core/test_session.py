"""A sealed cookie opens for its kind, until it ends, in the house that sealed it; on a real origin only over TLS."""

from pathlib import Path

import pytest
from starlette.responses import Response

from referral.room import SIGN_IN
from referral.sign_in.entrance import WayIn, own_path
from referral.sign_in.provider import Client, Provider
from services.contracts.failures import TokenRefused
from services.contracts.faults import SettingMissing
from services.contracts.policy import load_policy
from services.contracts.session import Sessions
from services.pages.page import Pages
from services.runtime.settings import POLICY

KEY = bytes(range(32))
REAL, LOCAL = "https://spis.example.ba", "http://127.0.0.1:8400"
NOW = 1_000_000.0
SOON = NOW + 60


def refusal(sessions: Sessions, kind: str, sealed: str) -> str:
    """The code with which a cookie is refused."""
    with pytest.raises(TokenRefused) as refused:
        sessions.open(kind, sealed, NOW)
    return refused.value.code


def test_a_cookie_opens_for_its_kind_until_it_ends() -> None:
    sessions = Sessions(REAL, KEY)
    content = {"token": "an invented token", "ends": SOON}
    sealed = sessions.seal("session", content)
    assert sessions.open("session", sealed, NOW) == content
    assert "invented" not in sealed
    assert sealed != sessions.seal("session", content), "two of the same say nothing of each other"
    assert refusal(sessions, "renewal", sealed) == "token_invalid"
    assert refusal(Sessions(REAL, KEY[::-1]), "session", sealed) == "token_invalid"
    assert refusal(sessions, "session", sessions.seal("session", content | {"ends": NOW})) == "token_expired"


def test_a_cookie_of_which_anything_was_changed_is_refused() -> None:
    sessions = Sessions(REAL, KEY)
    sealed = sessions.seal("session", {"ends": SOON})
    for place in range(0, len(sealed), 7):
        other = "A" if sealed[place] != "A" else "B"
        assert refusal(sessions, "session", sealed[:place] + other + sealed[place + 1 :]) == "token_invalid"
    for text in ("", ".", "....", "ž", "a.b.c.d.e", sealed[:-1], sealed + "A", sealed + "."):
        assert refusal(sessions, "session", text) == "token_invalid", text


def test_on_a_real_origin_every_cookie_is_kept_to_tls_and_to_this_origin() -> None:
    pages = Pages("referral", SIGN_IN, load_policy(POLICY))
    for origin, names in (
        (REAL, {"__Host-spis", "__Secure-spis-attempt", "__Secure-spis-renewal"}),
        (LOCAL, {"spis", "spis-attempt", "spis-renewal"}),
    ):
        provider = Provider(
            Client("pages", "", "openid", "https://id.example.ba", origin), "https://id.example.ba/keys"
        )
        way_in = WayIn(provider, Sessions(origin, KEY), pages)
        answer = way_in.forgotten(Response())
        written = [line.lower() for line in answer.headers.getlist("set-cookie")]
        assert {line.partition("=")[0] for line in written} == {name.lower() for name in names}
        for line in written:
            parts = {part.strip() for part in line.split(";")}
            assert {"httponly", "samesite=lax"} <= parts
            assert ("secure" in parts) == (origin == REAL)
            assert "domain" not in line
            assert ("path=/" in parts) == (line.startswith(("__host-", "spis=")))


def test_after_signing_in_nobody_lands_outside() -> None:
    for inside in ("/", "/intake/v1/cases?limit=5&after=a%20b", "/a/../b", "/referral/v1/referrals/F-7KQ2M-XW4ZP-3"):
        assert own_path(inside) == inside
    for outside in ("", "//a", "/\\a", "\\a", "a", "https://a", "/a\r\nb", "/a#b", "/ a", " /a", "/" + "a" * 1_001):
        assert own_path(outside) == "/sign-in/here"


def test_a_client_of_the_provider_with_a_poor_secret_is_refused(tmp_path: Path) -> None:
    env = {"SPIS_CLIENT_ID": "pages", "SPIS_CLIENT_SECRET": "/nothing/there"}
    with pytest.raises(SettingMissing, match="cannot be read"):
        Client.from_env(env, "https://id.example.ba", REAL)
    (tmp_path / "secret").write_text("changeme\n")
    with pytest.raises(SettingMissing, match="too short"):
        Client.from_env(env | {"SPIS_CLIENT_SECRET": str(tmp_path / "secret")}, "https://id.example.ba", REAL)
    assert Client.from_env({}, "https://id.example.ba", REAL) is None
    public = Client.from_env({"SPIS_CLIENT_ID": "pages"}, "https://id.example.ba", REAL)
    assert public is not None
    assert (public.secret, public.callback) == ("", f"{REAL}/sign-in/callback")
