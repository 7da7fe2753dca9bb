"""Passwords of databases may lie in a file of their own, so that no address and no environment holds them."""

import re
from pathlib import Path

import asyncpg
import pytest

from deploy.house import House
from services.storage.database import Database
from tests.chassis.echo.room import ROOM


async def test_an_address_without_a_password_finds_it_in_the_file_that_the_environment_names(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = house.make_database("passes")
    role, password = re.findall(r"//(\w+):([^@]+)@", url)[0]
    bare, file = url.replace(f":{password}@", "@"), tmp_path / "pass"
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(bare)
    file.write_text(f"*:*:*:{role}:{password}\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    database = await Database.open(ROOM, bare, tmp_path)
    try:
        assert await database.pool.fetchval("SELECT current_user") == role
    finally:
        await database.close()
