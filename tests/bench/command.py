"""`./spis bench NAME`: how fast the house is, beside a floor of the same run; the last line is one JSON object.

A bench is a module of this folder with `main(words) -> int`, which ends with 0 only if every mark was kept.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

BENCHES: Mapping[str, str] = {
    "all": "Every bench in turn, and a table of them at the end.",
    "figures": "A year is loaded, its figures are asked for at every level, and all of it is counted again.",
    "consume": "Facts are kept, each exactly once, beside a Faust agent that counts the same topic in one table.",
    "commands": "Cases are heard and decided on, beside the same statements run by the plain clients.",
    "intake": "Reports are accepted, beside one row written by the web framework and the database client alone.",
    "latency": "A request is followed to an open screen, over one hop and two, beside a bare chain of as many.",
    "recount": "Every figure is counted again from the first event, beside the client alone that reads the same.",
    "relay": "An outbox is published, beside the same records sent by the Kafka client alone.",
    "start": "A house opens and rests, beside the broker and the database server alone.",
    "streams": "Streams are opened at one process until their desks are told too late, beside a bare process.",
    "growth": "A house is filled to ten thousand cases, a hundred thousand and a million, and asked the same.",
    "size": "What a case takes on disk and how many events one core carries, to size an installation by.",
    "seen": "Reports come from every town, and one caseworker's browser shows hers: how long until the row is there.",
}


def main(words: Sequence[str]) -> int:
    """Run one bench, or list them."""
    if not words or words[0] not in BENCHES:
        for name, shows in BENCHES.items():
            sys.stdout.write(f"  {name:<14} {shows}\n")
        return 0 if not words else 2
    return int(import_module(f"tests.bench.{words[0]}").main(list(words[1:])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
