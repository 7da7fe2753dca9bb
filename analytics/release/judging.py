"""`python -m analytics.release.judging`: judges one release and ends, so that nobody else carries the solver's memory.

It reads editions on its input and writes what to hide, or why nothing may be released; it opens nothing else.
"""

import json
import sys
from dataclasses import asdict

from analytics.release.book import Edition
from analytics.release.edition_json import read, written
from analytics.release.publishing import publish
from analytics.release.sensitive import Rule
from services.contracts.failures import Malformed, Refused


def question(new: Edition, earlier: list[Edition], rule: Rule) -> bytes:
    """What the process is asked."""
    said = {"new": written(new), "earlier": [written(each) for each in earlier], "rule": asdict(rule)}
    return json.dumps(said).encode()


def answer(said: bytes) -> Edition:
    """What it answered: the edition with what it hides, or `Refused`."""
    it = json.loads(said)
    if "refused" in it:
        raise Refused(*it["refused"])
    return read(it["edition"])


def main() -> None:
    """Judge what stands on the input."""
    it = json.load(sys.stdin)
    try:
        judged = publish(read(it["new"]), [read(each) for each in it["earlier"]], Rule(**it["rule"]))
        said: dict[str, str | list[str]] = {"edition": written(judged)}
    except Refused as refusal:
        said = {"refused": [refusal.code, refusal.detail]}
    except Malformed as fault:
        said = {"refused": ["not_a_table", str(fault)]}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
