"""Keys of people in a database of their own: there before what they seal, rotated, destroyed, lost and away."""

import base64
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from deploy.house import House
from deploy.house.files import keep_secret, write_whole
from intake.__main__ import ROOM
from intake.vault.agency import KeyRing
from intake.vault.keys import Keys
from intake.vault.vault import Section, Vault
from services.contracts.failures import Unavailable
from services.security.secret_files import secrets_of
from services.storage.migrate import SchemaUnknown, migrate
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.chassis.intake_door import ACCEPT, REPORT, SCHOOL, IntakeDoor, open_intake

AT = datetime(2026, 3, 3, tzinfo=UTC)
OVERRIDE = {"band": "critical", "reason": "Kanarinka-razlog: izmišljeno."}


@pytest.fixture(scope="module")
async def intake(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    """Intake, open."""
    async with open_intake(house, tmp_path_factory.mktemp("keys")) as door:
        yield door


@pytest.fixture
async def keys(intake: IntakeDoor) -> AsyncIterator[Keys]:
    """The database of keys, as another process with the same file sees it."""
    keys = Keys(intake.keys_url, KeyRing(Path(intake.around.environment["SPIS_AGENCY_KEY"])))
    yield keys
    await keys.aclose()


@pytest.fixture
async def rows(intake: IntakeDoor) -> AsyncIterator[asyncpg.Connection]:
    """The database of keys, looked at from below."""
    connection = await asyncpg.connect(intake.keys_url)
    yield connection
    await connection.close()


async def person_of(intake: IntakeDoor, report: str) -> str:
    """Whom a report is about."""
    return str(await intake.around.database.pool.fetchval("SELECT person FROM concerned WHERE subject = $1", report))


async def key_of(intake: IntakeDoor, report: str, section: str) -> str:
    """Whose key sealed a part of a report."""
    statement = "SELECT key_id FROM vault WHERE subject = $1 AND section = $2"
    return str(await intake.around.database.pool.fetchval(statement, report, section))


def unreadable(file: dict[str, Any]) -> dict[str, str]:
    """The parts of a file that nobody can open, and why."""
    return {part["part"]: part["why"] for part in file["unreadable"]}


async def test_a_key_is_there_before_what_it_seals_and_a_work_that_fails_leaves_an_idle_key(
    intake: IntakeDoor, keys: Keys, rows: asyncpg.Connection
) -> None:
    vault, person = Vault(keys), f"P-{uuid4()}"
    there = "SELECT wrapped IS NOT NULL FROM person_keys WHERE person = $1"

    async def fails(work: Work) -> None:
        await vault.keep_of_new(work, [Section(person, "R-1", "narrative", {"text": "Izmišljeno."})])
        assert await rows.fetchval(there, person), "committed while the work is still open"
        raise LookupError("the process ends here")

    with pytest.raises(LookupError, match="ends here"):
        await intake.around.database.transact(Stamp(AT, "system", str(uuid4())), fails)
    assert await rows.fetchval(there, person)
    assert not [row for row in await intake.rows("vault") if person in row]


async def test_the_reporter_and_the_child_have_a_key_each(intake: IntakeDoor) -> None:
    report = await intake.reported()
    person = await person_of(intake, report)
    assert await key_of(intake, person, "child") == await key_of(intake, report, "narrative") == person
    assert await key_of(intake, report, "reporter") not in (person, "None")


async def test_a_running_room_goes_on_through_a_rotation(
    intake: IntakeDoor, keys: Keys, rows: asyncpg.Connection
) -> None:
    before, file = await intake.reported(), Path(intake.around.environment["SPIS_AGENCY_KEY"])
    old = secrets_of(file)
    lines = [base64.b64encode(key).decode() for key in (os.urandom(32), *old)]
    write_whole(file, "\n".join(lines), mode=0o600)
    done = await ROOM.commands["rewrap"](intake.around, ())
    write_whole(file, lines[0], mode=0o600)
    assert (list(done["keys"]), len(done["removable"])) == ([done["current"]], len(old))
    for report in (before, await intake.reported()):
        assert (await intake.get(f"/reports/{report}")).json()["child"] == REPORT["child"]
    under = await rows.fetch("SELECT DISTINCT agency_key FROM person_keys WHERE wrapped IS NOT NULL")
    assert [row["agency_key"] for row in under] == [done["current"]]
    assert (await keys.rewrap())["rewrapped"] == 0


async def test_a_process_that_knows_only_a_retired_agency_key_wraps_nothing_with_it(
    intake: IntakeDoor, keys: Keys, tmp_path: Path
) -> None:
    elsewhere, here = tmp_path / "agency-key", Path(intake.around.environment["SPIS_AGENCY_KEY"])
    keep_secret(elsewhere)
    write_whole(here, here.read_text() + "\n" + elsewhere.read_text(), mode=0o600)
    late = Keys(intake.keys_url, KeyRing(elsewhere))
    await keys.rewrap()
    with pytest.raises(Unavailable, match="retired"):
        await late.draw(["P-LATE"])
    assert (await keys.of(["P-LATE"])) == {"P-LATE": "key_lost"}
    await late.aclose()


async def test_what_was_sealed_with_a_destroyed_key_says_that_the_person_was_forgotten(
    intake: IntakeDoor, keys: Keys
) -> None:
    report = await intake.reported()
    child, reporter = await person_of(intake, report), await key_of(intake, report, "reporter")
    (destroyed,) = await keys.destroy([child], AT, "invented")
    assert (destroyed.person, destroyed.basis, destroyed.destroyed_at) == (child, "invented", AT)
    assert await keys.destroy([child], AT, "again") == [destroyed], "it stays as it was destroyed first"
    file = (await intake.get(f"/reports/{report}")).json()
    assert (file["child"], file["narrative"]) == (None, None)
    assert file["reporter"]["name"] == "Kanarinka-Prijavilac"
    assert unreadable(file) == {"child": "forgotten", "narrative": "forgotten"}
    refused = await intake.post(f"/reports/{report}/screen", {**ACCEPT, "override": OVERRIDE})
    assert (refused.status_code, refused.json()["code"]) == (409, "person_forgotten")
    decided = await intake.post(f"/reports/{report}/screen", ACCEPT)
    case = (await intake.get(f"/cases/{decided.json()['case']}")).json()
    assert (case["child"], case["age_band"], case["sex"]) == (None, "unknown", "unknown")
    assert unreadable(case) == {"child": "forgotten"}
    await keys.destroy([reporter], AT, "invented")
    assert unreadable((await intake.get(f"/reports/{report}")).json())["reporter"] == "forgotten"


async def test_a_tombstone_stays_and_no_key_comes_back(
    intake: IntakeDoor, keys: Keys, rows: asyncpg.Connection
) -> None:
    person = await person_of(intake, await intake.reported())
    await keys.destroy([person], AT, "invented")
    for statement in (
        "UPDATE person_keys SET wrapped = '\\x00', destroyed_at = NULL, basis = NULL WHERE person = $1",
        "DELETE FROM person_keys WHERE person = $1",
    ):
        with pytest.raises(asyncpg.RaiseError):
            await rows.execute(statement, person)


async def test_a_key_that_is_lost_is_told_and_the_rest_of_the_file_is_shown(intake: IntakeDoor) -> None:
    report = await intake.reported()
    lost = "UPDATE vault SET key_id = 'P-LOST' WHERE subject = $1 AND section = 'narrative'"
    await intake.around.database.pool.execute(lost, report)
    file = (await intake.get(f"/reports/{report}")).json()
    assert file["child"] == REPORT["child"]
    assert unreadable(file) == {"narrative": "key_lost"}


async def test_while_the_keys_are_away_nothing_is_half_written_and_nothing_is_opened(intake: IntakeDoor) -> None:
    report, tables = (
        await intake.reported(),
        ("stream_events", "outbox", "vault", "concerned", "idempotency", "access_log"),
    )
    before = [await intake.rows(table) for table in tables]
    intake.keys.close()
    answers = [
        await intake.post("/reports", REPORT, SCHOOL, key="keys-are-away"),
        await intake.get(f"/reports/{report}"),
        await intake.post(f"/reports/{report}/screen", ACCEPT),
    ]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "2")] * 3
    assert [await intake.rows(table) for table in tables] == before
    assert (await intake.get("/reports")).status_code == 200
    intake.keys.standing = True
    assert (await intake.post("/reports", REPORT, SCHOOL, key="keys-are-away")).status_code == 201


async def test_a_database_from_before_keys_per_person_is_refused_with_what_to_do(house: House, tmp_path: Path) -> None:
    url, owner_url = house.make_database(f"old_{uuid4().hex[:8]}")
    (tmp_path / "schema").mkdir()
    shutil.copy(ROOM.folder / "schema" / "0001_intake.sql", tmp_path / "schema")
    await migrate(owner_url, url, tmp_path)
    connection = await asyncpg.connect(url)
    await connection.execute("INSERT INTO vault VALUES ('R-1', 'narrative', '0123456789abcdef', '\\x00')")
    with pytest.raises(SchemaUnknown, match=r"0002_vault\.sql refuses this database: .*\./spis reset"):
        await migrate(owner_url, url, ROOM.folder)
    await connection.execute("DELETE FROM vault")
    assert "room/0002_vault.sql" in await migrate(owner_url, url, ROOM.folder)
    await connection.close()
