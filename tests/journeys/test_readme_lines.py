"""The lines that the README asks a newcomer to paste do what it says they do: once taken in, twice the same answer."""

import re
import shlex
from itertools import pairwise

import httpx2

from deploy.house import House
from deploy.house.layout import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
ORIGIN = "http://127.0.0.1:8400"


def token_of(line: str, house: House) -> str:
    """The token that a line asks `./spis token` for."""
    [(role, place)] = re.findall(r"\./spis token (\S+) --unit ([^\s)]+)", line)
    return house.token("client" if role == "institution" else role, place)


def curl_lines() -> list[str]:
    """The block that calls the house, its continued lines joined."""
    block = next(block for block in README.split("```") if "curl -s" in block)
    return block.replace("\\\n", " ").strip().split("\n", 1)[1].split("\ncurl ")


async def test_a_newcomer_reports_a_concern_twice_and_listens(house: House, http: httpx2.AsyncClient) -> None:
    token = token_of(next(line for line in README.splitlines() if line.startswith("TOKEN=")), house)
    report, listening = curl_lines()
    words = shlex.split(report.replace("$TOKEN", token))
    address = next(word for word in words if word.startswith(ORIGIN)).removeprefix(ORIGIN)
    headers = dict(word.split(": ", 1) for flag, word in pairwise(words) if flag == "-H")
    [body] = [word for flag, word in pairwise(words) if flag == "-d"]
    first = await http.post(address, content=body, headers=headers)
    again = await http.post(address, content=body, headers=headers)
    assert first.status_code == 201, first.text
    assert (again.status_code, again.content) == (first.status_code, first.content)

    stream = next(word for word in shlex.split(listening) if word.startswith(ORIGIN)).removeprefix(ORIGIN)
    bearer = {"Authorization": f"Bearer {token_of(listening, house)}"}
    async with http.stream("GET", stream, headers=bearer) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if first.json()["report"] in line:
                return
