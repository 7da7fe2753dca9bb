"""Sends the rows of a table to an open house through its public API, a few at a time, each under its own key."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import httpx2

from deploy.demo.visitor import Visitor
from deploy.house.trouble import Trouble
from intake.importing.entries import PATH, Entry
from services.http.calls import AGAIN

AT_ONCE = 4
TRIES_MAX = 60
AWAY_SECONDS, WAIT_SECONDS_MAX = 1.0, 60.0
TELL_EVERY_SECONDS = 2.0
LATER = frozenset({429, 502, 503, 504})
NOT_THEIRS = frozenset({401, 403, 404})
STILL_RUNNING = "still_running"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Turned:
    """A row that the room did not take, and why; what it answers repeats nothing of the row."""

    row: int
    code: str
    detail: str


@dataclass(slots=True)
class Sent:
    """What became of the rows that were sent."""

    imported: int = 0
    already_there: int = 0
    refused: list[Turned] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many were answered."""
        return self.imported + self.already_there + len(self.refused)


@dataclass(slots=True)
class Sending:
    """One table on its way."""

    visitor: Visitor
    language: str
    tell: Tell
    sent: Sent = field(default_factory=Sent)
    told_at: float = field(default_factory=time.monotonic)

    async def send(self, entries: Sequence[Entry]) -> Sent:
        """Send every row, and stop at the first answer that all others would get too."""
        waiting = iter(entries)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(self._send_those(waiting, len(entries)))
        except* Trouble as troubles:
            # One says it all: the others met the same.
            raise troubles.exceptions[0] from None
        return self.sent

    async def _send_those(self, waiting: Iterator[Entry], number: int) -> None:
        for entry in waiting:
            answer = await self._answer(entry)
            if answer.status_code == 201:
                known = all(name in answer.headers for name in AGAIN)
                self.sent.already_there += known
                self.sent.imported += not known
            else:
                problem = _problem(answer)
                if answer.status_code in NOT_THEIRS:
                    raise Trouble(f"The house refused row {entry.row}: {problem[1]}", "Then run the same again.")
                self.sent.refused.append(Turned(entry.row, *problem))
            if time.monotonic() - self.told_at > TELL_EVERY_SECONDS:
                self.told_at = time.monotonic()
                self.tell(f"  {self.sent.rows} of {number} rows")

    async def _answer(self, entry: Entry) -> httpx2.Response:
        """The answer to a row; a house that is busy or away is asked again, for each row is taken in once."""
        for _ in range(TRIES_MAX):
            headers = {**await self.visitor.bearer(), "Idempotency-Key": entry.key, "Accept-Language": self.language}
            headers["Content-Type"] = "application/json"
            seconds = AWAY_SECONDS
            try:
                answer = await self.visitor.http.post(PATH, content=entry.body, headers=headers)
            except httpx2.TransportError:
                pass
            else:
                if answer.status_code not in LATER and _problem(answer)[0] != STILL_RUNNING:
                    return answer
                asked = answer.headers.get("Retry-After", "")
                seconds = min(float(asked), WAIT_SECONDS_MAX) if asked.isdigit() else AWAY_SECONDS
            await asyncio.sleep(seconds)
        says = f"The house did not take row {entry.row} in {TRIES_MAX} tries; {self.sent.rows} rows are in."
        raise Trouble(says, "Look with ./spis status, then run the same again: no row is imported twice.")


def _problem(answer: httpx2.Response) -> tuple[str, str]:
    """The code and the sentence of a refusal; what passes on the way may answer otherwise."""
    if "json" not in answer.headers.get("Content-Type", ""):
        return "", f"status {answer.status_code}"
    said = answer.json()
    return str(said.get("code", "")), str(said.get("detail", ""))
