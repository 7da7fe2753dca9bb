"""`./spis import` on a lasting house: it checks, is killed in the middle, and ends with each row there once."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from deploy.house import files, lasting
from deploy.house.begin import make_private, own_state
from deploy.house.layout import REPOSITORY, Plan, cache_folder, lasting_folder
from deploy.importing.sending import AT_ONCE
from tests.core.imported_tables import CANARY, ROW, table
from tests.journeys.looking import number

EXAMPLE = REPOSITORY / "deploy" / "demo" / "reports.csv"
UNIT = "RS-BIL"
ROWS = 300
KILLED_AFTER = 20
SECONDS_MAX, LOOK_SECONDS = 60.0, 0.02
REPORTS, LISTED = "SELECT count(*) FROM reports", "SELECT count(*) FROM directory_accounts"


def started(state: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.house.commands", *words],
        cwd=REPOSITORY,
        env={**os.environ, "SPIS_STATE": str(state)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def spis(state: Path, *words: str) -> tuple[int, str, str]:
    with started(state, *words) as command:
        said, complained = command.communicate(timeout=SECONDS_MAX * 2)
        return command.returncode, said, complained


async def reach(state: Path, statement: str, least: int) -> int:
    """What intake's database counts, as soon as it is at least so much."""
    house, until = lasting.find(state), time.monotonic() + SECONDS_MAX
    while (found := await number(house, "intake", statement)) < least:
        assert time.monotonic() < until, f"{statement} is {found}"
        await asyncio.sleep(LOOK_SECONDS)
    return found


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    """A lasting house of the two rooms that an import needs, with a state folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="importing-"))
    make_private(folder)
    cache = cache_folder(own_state()).root
    cache.mkdir(parents=True, exist_ok=True)
    (folder / "cache").symlink_to(cache)
    make_private(lasting_folder(folder).root)
    files.write_json(lasting_folder(folder).plan, asdict(Plan(lasting=True, rooms=("intake", "referral"))))
    try:
        code, _, complained = spis(folder, "up")
        assert code == 0, complained
        yield folder
    finally:
        spis(folder, "down")
        shutil.rmtree(folder)


@pytest.mark.timeout(300)
async def test_a_table_is_checked_imported_killed_in_the_middle_and_ends_with_each_row_once(
    state: Path, tmp_path: Path
) -> None:
    await reach(state, LISTED, 1)
    await assert_checked(state, tmp_path / "bad.csv")
    written = tmp_path / "many.csv"
    written.write_text(table(*(ROW | {"narrative": f"Izmišljeno: {row}"} for row in range(ROWS))), encoding="utf-8")
    words = ("import", str(written), "--unit", UNIT, "--json")
    with started(state, *words) as command:
        before = await reach(state, REPORTS, KILLED_AFTER)
        command.kill()
        said, _ = command.communicate(timeout=SECONDS_MAX)
    left = await number(lasting.find(state), "intake", REPORTS)
    assert (command.returncode, said) == (-9, "")
    assert KILLED_AFTER <= before <= left < ROWS, "it was killed in the middle"

    code, said, complained = spis(state, *words)
    assert code == 0, complained
    told = json.loads(said)
    assert (told["imported"] + told["already_there"], told["refused"]) == (ROWS, [])
    # What was on its way when it was killed may have arrived after we looked.
    assert left <= told["already_there"] <= left + AT_ONCE
    assert await number(lasting.find(state), "intake", REPORTS) == ROWS

    assert "0 imported, 300 already there, 0 refused" in spis(state, *words[:-1])[1]
    assert await number(lasting.find(state), "intake", REPORTS) == ROWS


async def assert_checked(state: Path, path: Path) -> None:
    """A bad row is named with its remedy, and nothing of the table is imported; nor when only a check is asked for."""
    path.write_text(table(ROW, ROW | {"occurred_at": CANARY}), encoding="utf-8")
    code, said, _ = spis(state, "import", str(path), "--unit", UNIT, "--language", "hr")
    assert code == 1
    assert "  row 3, occurred_at: Upišite dan koji postoji" in said
    assert "Nothing was imported" in said
    assert CANARY not in said
    assert spis(state, "import", str(EXAMPLE), "--unit", UNIT, "--dry-run") == (
        0,
        "10 rows are good, 0 need correcting.\n",
        "",
    )
    assert await number(lasting.find(state), "intake", REPORTS) == 0
    path.write_bytes(table(ROW | {"family_name": "Žužić"}).encode("utf-16"))
    assert "not written in UTF-8" in spis(state, "import", str(path), "--unit", UNIT)[1]
    assert "no such unit" in spis(state, "import", str(EXAMPLE), "--unit", "NOWHERE")[2]
    assert "cannot be read" in spis(state, "import", str(path) + "x", "--unit", UNIT)[2]
