"""`./spis import` on a lasting house: it checks, is killed in the middle, and ends with each row there once."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from deploy.house import House
from deploy.house.layout import REPOSITORY
from deploy.importing.sending import AT_ONCE
from tests.core.imported_tables import CANARY, ROW, table
from tests.house.conftest import Country
from tests.house.own_state import spis, started
from tests.journeys.looking import number

EXAMPLE = REPOSITORY / "deploy" / "demo" / "reports.csv"
UNIT = "RS-BIL"
ROWS = 300
KILLED_AFTER = 20
SECONDS_MAX, LOOK_SECONDS = 60.0, 0.02
REPORTS = f"SELECT count(*) FROM reports WHERE unit = '{UNIT}'"


async def reach(house: House, least: int) -> int:
    """How many reports the town has, as soon as it has at least so many."""
    until = time.monotonic() + SECONDS_MAX
    while (found := await number(house, "intake", REPORTS)) < least:
        assert time.monotonic() < until, f"there are {found} reports, not {least}"
        await asyncio.sleep(LOOK_SECONDS)
    return found


@pytest.mark.timeout(300)
async def test_a_table_is_checked_imported_killed_in_the_middle_and_ends_with_each_row_once(
    country: Country, tmp_path: Path
) -> None:
    house, state = country.house, country.state
    first = await number(house, "intake", REPORTS)
    await assert_checked(state, tmp_path / "bad.csv")
    assert await number(house, "intake", REPORTS) == first
    written = tmp_path / "many.csv"
    written.write_text(table(*(ROW | {"narrative": f"Izmišljeno: {row}"} for row in range(ROWS))), encoding="utf-8")
    words = ("import", str(written), "--unit", UNIT, "--json")
    with started(state, *words) as command:
        before = await reach(house, first + KILLED_AFTER) - first
        command.kill()
        said, _ = command.communicate(timeout=SECONDS_MAX)
    left = await number(house, "intake", REPORTS) - first
    assert (command.returncode, said) == (-9, "")
    assert KILLED_AFTER <= before <= left < ROWS, "it was killed in the middle"

    done = spis(state, *words)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["imported"] + told["already_there"], told["refused"]) == (ROWS, [])
    # What was on its way when it was killed may have arrived after we looked.
    assert left <= told["already_there"] <= left + AT_ONCE
    assert await number(house, "intake", REPORTS) == first + ROWS

    assert "0 imported, 300 already there, 0 refused" in spis(state, *words[:-1]).stdout
    assert await number(house, "intake", REPORTS) == first + ROWS


async def assert_checked(state: Path, path: Path) -> None:
    """A bad row is named with its remedy, and nothing of the table is imported; nor when only a check is asked for."""
    path.write_text(table(ROW, ROW | {"occurred_at": CANARY}), encoding="utf-8")
    checked = spis(state, "import", str(path), "--unit", UNIT, "--language", "hr")
    assert checked.returncode == 1
    assert "  row 3, occurred_at: Upišite dan koji postoji" in checked.stdout
    assert "Nothing was imported" in checked.stdout
    assert CANARY not in checked.stdout
    tried = spis(state, "import", str(EXAMPLE), "--unit", UNIT, "--dry-run")
    good = "10 rows are good, 0 need correcting.\n"
    assert (tried.returncode, tried.stdout, tried.stderr) == (0, good, "")
    path.write_bytes(table(ROW | {"family_name": "Žužić"}).encode("utf-16"))
    assert "not written in UTF-8" in spis(state, "import", str(path), "--unit", UNIT).stdout
    assert "no such unit" in spis(state, "import", str(EXAMPLE), "--unit", "NOWHERE").stderr
    assert "cannot be read" in spis(state, "import", str(path) + "x", "--unit", UNIT).stderr
