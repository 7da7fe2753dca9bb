"""`./spis import`: a table of reports, checked row by row, then taken in through the API of the lasting house."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from deploy.demo.cast import Cast
from deploy.demo.visitor import client
from deploy.house import lasting
from deploy.house.begin import own_state
from deploy.house.house import House
from deploy.house.layout import REPOSITORY
from deploy.house.trouble import Trouble
from deploy.importing.sending import Sending, Sent, Tell
from intake.importing.entries import Checked, check
from intake.importing.row import CODES
from intake.importing.table import CHARACTERS_MAX, COLUMNS, NEEDED, WHOLE, Fault, decoded
from services.contracts.names import LANGUAGES
from services.contracts.policy import load_units
from services.pages.speech import Speech, load_labels, load_words
from services.security.secret_files import secret_of

ROOM = "intake"
LETTER_BYTES_MAX = 4

Say = Callable[[Fault], str]


def main(words: list[str]) -> int:
    """Check a table, and take its rows in; 0 when every row of it is in the house, or could be."""
    given = _asked().parse_args(words)
    speech = Speech(given.language, load_words(REPOSITORY / ROOM), load_labels())
    out = sys.stderr if given.json else sys.stdout

    def tell(line: str) -> None:
        out.write(line + "\n")
        out.flush()

    def say(fault: Fault) -> str:
        word = f"wrong_{fault.rule}" if f"wrong_{fault.rule}" in speech.words else "wrong_any"
        return speech.say(word, **fault.limits)

    house = lasting.find(own_state())
    if given.unit not in load_units(Path(house.plan.policy)):
        raise Trouble("The house knows no such unit.", "Name one of deploy/units with --unit.")
    checked = _checked(Path(given.file), given.unit, house)
    _tell_check(checked, say, tell)
    sent = None
    if checked.entries and not given.dry_run and (given.skip_bad or not checked.faults):
        sent = asyncio.run(_send(house, given.unit, given.language, checked, tell))
        _tell_end(sent, checked, tell)
    elif not given.dry_run:
        tell("Nothing was imported: correct these rows, or leave them out with --skip-bad.")
    if given.json:
        sys.stdout.write(json.dumps(_told(checked, sent, say), ensure_ascii=False) + "\n")
    if sent is None:
        return 1 if checked.faults or not given.dry_run else 0
    return 1 if sent.refused else 0


def _checked(path: Path, unit: str, house: House) -> Checked:
    """Every row of a file, as seen from the house's now."""
    try:
        if path.stat().st_size > CHARACTERS_MAX * LETTER_BYTES_MAX:
            return Checked(faults=(Fault(WHOLE, "", "text_too_long", {"characters": CHARACTERS_MAX}),))
        text = decoded(path.read_bytes())
    except OSError as error:
        raise Trouble(f"The table cannot be read ({error.strerror}).", "Name a file that is there.") from None
    if isinstance(text, Fault):
        return Checked(faults=(text,))
    # With the room's secret a row has the same key here and on the page: either may finish what the other began.
    return check(text, unit, house.now(), secret_of(Path(house.env(ROOM)["SPIS_SECRET"])))


async def _send(house: House, unit: str, language: str, checked: Checked, tell: Tell) -> Sent:
    async with client(house.origin) as http:
        visitor = Cast(house, http, unit).person("caseworker", unit)
        return await Sending(visitor, language, tell).send(checked.entries)


def _tell_check(checked: Checked, say: Say, tell: Tell) -> None:
    for fault in checked.faults:
        place = ", ".join([*([f"row {fault.row}"] if fault.row else []), *([fault.column] if fault.column else [])])
        tell(f"  {place or 'the table'}: {say(fault)}")
    for entry in checked.repeated:
        tell(f"  row {entry.row} says the same as row {entry.same_as}: delete it unless these are two reports.")
    tell(f"{len(checked.entries)} rows are good, {checked.bad_rows} need correcting.")


def _tell_end(sent: Sent, checked: Checked, tell: Tell) -> None:
    for turned in sent.refused:
        tell(f"  row {turned.row} was refused ({turned.code}): {turned.detail}")
    ends = f"{sent.imported} imported, {sent.already_there} already there, {len(sent.refused)} refused"
    tell(f"{ends}, {checked.bad_rows} bad rows left out.")


def _told(checked: Checked, sent: Sent | None, say: Say) -> dict[str, object]:
    """The same as a machine reads it."""
    bad = [{"row": each.row, "column": each.column, "rule": each.rule, "says": say(each)} for each in checked.faults]
    repeated = [{"row": entry.row, "same_as": entry.same_as} for entry in checked.repeated]
    return {"good": len(checked.entries), "bad": bad, "repeated": repeated, **(asdict(sent) if sent else {})}


def _asked() -> argparse.ArgumentParser:
    speech = Speech("en", load_words(REPOSITORY / ROOM), load_labels())
    columns = [f"  {name:<17} {speech.say(f'import_column_{name}')}" for name in COLUMNS]
    codes = [f"  {column}: {', '.join(listed)}" for column, listed in CODES.items()]
    asked = argparse.ArgumentParser(
        prog="./spis import",
        description="Take reports in from a table: every row is checked first, and sent again none is doubled.",
        epilog="\n".join(["columns (needed: " + ", ".join(NEEDED) + "):", *columns, "codes:", *codes]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    asked.add_argument("file", metavar="FILE.csv", help="a table in UTF-8 whose first row names the columns")
    asked.add_argument("--unit", required=True, help="the code of the unit whose caseworker takes the reports in")
    asked.add_argument("--dry-run", action="store_true", help="only check")
    asked.add_argument("--skip-bad", action="store_true", help="take the good rows in although others are bad")
    asked.add_argument("--language", choices=LANGUAGES, default="en", help="in which remedies are said (en)")
    asked.add_argument("--json", action="store_true", help="tell the end as JSON, for machines")
    return asked
