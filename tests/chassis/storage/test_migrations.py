"""The schema is the owner's to change, file by file, once; the role that runs may use rows and nothing else."""

import asyncio
import secrets
from pathlib import Path

import asyncpg
import pytest

from deploy.house import House
from services.storage.database import Database
from services.storage.migrate import SchemaUnknown, check_schema, migrate
from tests.chassis.echo.room import FOLDER, Echo

NOT_FOR_THE_RUN_ROLE = (
    "CREATE TABLE mine (id integer)",
    "ALTER TABLE effects ADD COLUMN more text",
    "DROP TABLE effects",
    "TRUNCATE effects",
    "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "UPDATE stream_events SET data = '{}'",
    "DELETE FROM stream_events",
    "TRUNCATE stream_events",
    "UPDATE access_log SET account = 'nobody'",
    "DELETE FROM access_log",
    "UPDATE given_up SET reason = ''",
    "DELETE FROM given_up",
    "INSERT INTO migrations (name, checksum) VALUES ('room/9999_mine.sql', '')",
    "DELETE FROM migrations",
    "CREATE ROLE mine",
)


@pytest.fixture
async def fresh(house: House) -> tuple[str, str]:
    """A database in which nothing was migrated: its run and owner addresses."""
    return house.make_database(f"fresh_{secrets.token_hex(4)}")


def folder_with(place: Path, **files: str) -> Path:
    (place / "schema").mkdir(exist_ok=True)
    for name, sql in files.items():
        (place / "schema" / f"{name}.sql").write_text(sql)
    return place


async def test_each_file_is_applied_once_and_later_ones_after_it(fresh: tuple[str, str], tmp_path: Path) -> None:
    run_url, owner_url = fresh
    folder = folder_with(tmp_path, **{"0001_one": "CREATE TABLE one (id integer)"})
    first = await migrate(owner_url, run_url, folder)
    assert first[0].startswith("chassis/0001")
    assert first[-1] == "room/0001_one.sql"
    assert await migrate(owner_url, run_url, folder) == []
    folder_with(tmp_path, **{"0002_two": "ALTER TABLE one ADD COLUMN word text"})
    assert await migrate(owner_url, run_url, folder) == ["room/0002_two.sql"]


async def test_a_file_that_fails_leaves_nothing_of_itself_and_keeps_those_before_it(
    fresh: tuple[str, str], tmp_path: Path
) -> None:
    run_url, owner_url = fresh
    folder = folder_with(tmp_path, **{"0001_one": "CREATE TABLE one (id integer); SELECT nonsense"})
    with pytest.raises(asyncpg.UndefinedColumnError):
        await migrate(owner_url, run_url, folder)
    folder_with(tmp_path, **{"0001_one": "CREATE TABLE one (id integer)"})
    assert await migrate(owner_url, run_url, folder) == ["room/0001_one.sql"]


async def test_a_changed_or_missing_file_is_refused_by_name_and_a_newer_one_is_not(
    fresh: tuple[str, str], tmp_path: Path
) -> None:
    run_url, owner_url = fresh
    folder = folder_with(tmp_path, **{"0001_one": "CREATE TABLE one (id integer)"})
    database = await Database.open("notifications", run_url, folder)
    with pytest.raises(SchemaUnknown, match=r"chassis/0001.*run the migrate step"):
        await check_schema(database.pool, folder)
    await migrate(owner_url, run_url, folder)
    await check_schema(database.pool, folder)
    folder_with(tmp_path, **{"0002_two": "CREATE TABLE two (id integer)"})
    with pytest.raises(SchemaUnknown, match=r"room/0002_two.sql was not applied"):
        await check_schema(database.pool, folder)
    await migrate(owner_url, run_url, folder)
    (tmp_path / "schema" / "0002_two.sql").unlink()
    await check_schema(database.pool, folder)
    folder_with(tmp_path, **{"0001_one": "CREATE TABLE one (id bigint)"})
    with pytest.raises(SchemaUnknown, match=r"room/0001_one.sql was changed"):
        await check_schema(database.pool, folder)
    with pytest.raises(SchemaUnknown, match=r"room/0001_one.sql was changed"):
        await migrate(owner_url, run_url, folder)
    await database.close()


@pytest.mark.parametrize("statement", NOT_FOR_THE_RUN_ROLE)
async def test_the_role_that_runs_changes_no_schema_and_no_fact(echo: Echo, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await echo.database.pool.execute(statement)


async def test_the_role_that_runs_has_no_such_right_for_a_moment_while_others_migrate(fresh: tuple[str, str]) -> None:
    run_url, owner_url = fresh
    run = await asyncpg.connect(run_url)
    over = asyncio.Event()
    answers: set[str] = set()

    async def ask_all_the_time() -> None:
        while not over.is_set():
            try:
                await run.execute("UPDATE stream_events SET data = '{}'")
                answers.add("allowed")
            except asyncpg.PostgresError as error:
                answers.add(type(error).__name__)

    asking = asyncio.create_task(ask_all_the_time())
    for _ in range(3):
        await migrate(owner_url, run_url, FOLDER)
    over.set()
    await asking
    await run.close()
    assert answers == {"UndefinedTableError", "InsufficientPrivilegeError"}


async def test_two_that_migrate_at_once_apply_each_file_once(fresh: tuple[str, str]) -> None:
    run_url, owner_url = fresh
    done = await asyncio.gather(*(migrate(owner_url, run_url, FOLDER) for _ in range(2)))
    assert sorted(map(bool, done)) == [False, True]
