"""`./spis trace REF`: the path of one case through the house, hop by hop, with the milliseconds each took.

It asks every room for what it announced, as the page for operators does, and sees no more than that page.
"""

import argparse
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.house.house import House
from deploy.house.trouble import Trouble

ASK_SECONDS_MAX = 15.0
JOURNEYS_MAX = 50


@dataclass(frozen=True, slots=True)
class Hop:
    """One event a room announced, and how long it took from what came before it in its journey."""

    room: str
    type: str
    subject: str
    journey: str
    accepted_at: datetime
    published_at: datetime | None
    after_ms: float | None
    publish_ms: float | None


def path_of(told: Iterable[dict[str, Any]]) -> list[Hop]:
    """The hops in the order in which they happened, each once; what came before is what its journey published last."""
    known = {(hop["room"], hop["type"], hop["subject"], hop["accepted_at"]): hop for hop in told}
    hops = sorted(known.values(), key=lambda hop: _moment(hop["accepted_at"]))
    found: list[Hop] = []
    for hop in hops:
        accepted = _moment(hop["accepted_at"])
        published = _moment(hop["published_at"]) if hop["published_at"] else None
        before = [
            other.published_at
            for other in found
            if other.journey == hop["journey"] and other.room != hop["room"] and other.published_at
        ]
        # An event may be heard before its own room has noted that it was published: then it took no time at all.
        cause = max((at for at in before if at <= accepted), default=accepted if before else None)
        found.append(
            Hop(
                hop["room"],
                hop["type"],
                hop["subject"],
                hop["journey"],
                accepted,
                published,
                _milliseconds(cause, accepted),
                _milliseconds(accepted, published),
            )
        )
    return found


def lines_of(hops: Sequence[Hop]) -> list[str]:
    """The path for a person: one line a hop, a heading for each journey."""
    lines: list[str] = []
    for journey in dict.fromkeys(hop.journey for hop in hops):
        mine = [hop for hop in hops if hop.journey == journey]
        ends = [hop.published_at or hop.accepted_at for hop in mine]
        whole = (max(ends) - mine[0].accepted_at).total_seconds() * 1000
        lines += ["", f"journey {journey}   {mine[0].accepted_at:%d.%m.%Y %H:%M:%S} UTC   {whole:.0f} ms in all"]
        lines.append(f"  {'heard after':>12} {'published in':>13}   event")
        for hop in mine:
            after = f"{hop.after_ms:.0f} ms" if hop.after_ms is not None else ""
            sent = f"{hop.publish_ms:.0f} ms" if hop.publish_ms is not None else "waits"
            event = hop.type.removeprefix("ba.spis.")
            lines.append(f"  {after:>12} {sent:>13}   {hop.room:<14} {event}  {hop.subject}")
    return lines


def trace(house: House, reference: str) -> list[Hop]:
    """Everything that was announced about a reference, and within the journeys it was part of."""
    token = house.token("operator", _top(Path(house.plan.policy)))
    told = [hop for room in house.plan.rooms for hop in _asked(house, room, reference, token)]
    journeys = list(dict.fromkeys(hop["journey"] for hop in told))[:JOURNEYS_MAX]
    told += [hop for journey in journeys for room in house.plan.rooms for hop in _asked(house, room, journey, token)]
    return path_of(told)


def main(words: list[str]) -> int:
    """Print one path; 0 only when there is one."""
    from deploy.house import lasting
    from deploy.house.begin import own_state

    parser = argparse.ArgumentParser(prog="./spis trace", description=__doc__)
    parser.add_argument("reference", help="the reference of a report, case, referral or alert, or a correlation id")
    parser.add_argument("--json", action="store_true", help="for programs")
    asked = parser.parse_args(words)
    hops = trace(lasting.find(own_state()), asked.reference)
    if asked.json:
        sys.stdout.write(json.dumps([asdict(hop) for hop in hops], default=str) + "\n")
    elif hops:
        sys.stdout.write("\n".join(lines_of(hops)) + "\n")
    else:
        raise Trouble(
            f"No room announced anything about {asked.reference}.",
            "Check the reference; a week after it was published, an event has no hops to show.",
        )
    return 0 if hops else 1


def _asked(house: House, room: str, wanted: str, token: str) -> list[dict[str, Any]]:
    address = f"http://{house.listens(f'{room}-api')}/{room}/v1/journeys?of={quote(wanted)}"
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=ASK_SECONDS_MAX) as answer:
            return list(json.load(answer)["hops"])
    except urllib.error.HTTPError as error:
        says = "A reference has letters, digits and hyphens."
        raise Trouble(f"{room} answered {error.code} to {wanted}.", says) from error
    except OSError as error:
        raise Trouble(f"{room} does not answer ({error}).", "Look with ./spis status.") from error


def _top(policy: Path) -> str:
    from services.contracts.policy import load_units

    return next(unit.code for unit in load_units(policy) if unit.parent is None)


def _moment(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _milliseconds(begin: datetime | None, end: datetime | None) -> float | None:
    return None if begin is None or end is None else round((end - begin).total_seconds() * 1000, 1)
