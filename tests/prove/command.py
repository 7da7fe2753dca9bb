"""`./spis prove NAME`: the long checks whole; the suite runs a seeded sample of each.

A proof is a module of this folder with `main(words) -> int`: its last line of output is one JSON object, and it ends
with 0 only if nothing was found. `PROOFS` names them.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

PROOFS: Mapping[str, str] = {
    "canaries": "Names planted in every field are found nowhere, and once forgotten open with no key.",
    "access-log": "Whatever a superuser changes in the log of who opened what is found by the head another room keeps.",
    "rights": "Every cell of the table of rights over HTTP, and by raw SQL what each table shows each account.",
    "rotation": "Replacing the agency's key while people report and read fails no request and loses no name.",
    "walking": "Trying one reference after another is stopped, announced, and teaches nothing before that.",
    "figures": "Whoever has every page of every release and can compute learns no count that is hidden.",
    "image": "The Dockerfile's steps, carried out in an empty folder, give an image whose every process starts.",
    "panels": "A real Prometheus asks a running house, and every panel of every dashboard returns data.",
    "restore-drill": "Every database is copied, brought back and heard again, and its rows are what they were.",
    "pages": "Every page, in every language, both schemes and both widths, keeps the rules of pages.",
    "losses": "A row taken away at any hop is seen within a minute, named, and stays an alarm until it is dealt with.",
    "poison": "Bad events are set aside with their reason, cost other cases next to nothing, and are replayed whole.",
    "restored": "A room put back to an earlier point under load tells nothing twice and lists what it forgot.",
    "recovery": "After a worker, the database server or a broker fails, everything is heard again within seconds.",
    "disclosures": "No name is shown without its entry, whenever the room that shows it is killed.",
}
"""Each proof's name and what it shows, in a sentence; the module has the name with underscores."""


def main(words: Sequence[str]) -> int:
    """Run one proof, or list them."""
    if not words or words[0] not in PROOFS:
        for name, shows in PROOFS.items():
            sys.stdout.write(f"  {name:<14} {shows}\n")
        return 0 if not words else 2
    return int(import_module(f"tests.prove.{words[0].replace('-', '_')}").main(list(words[1:])))
