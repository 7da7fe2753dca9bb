"""A backup and its restoring, looked at from the databases: whole, private, refused where it could do harm."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.house import House, backup, manifest
from deploy.house.restore import restore
from deploy.house.trouble import Trouble

ROOM = "intake"
TABLES = (
    "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, checksum text NOT NULL)",
    "INSERT INTO migrations VALUES ('room/0001.sql', 'as it was') ON CONFLICT DO NOTHING",
    "CREATE TABLE IF NOT EXISTS kept (word text)",
    "ALTER TABLE kept OWNER TO intake_owner",
    "GRANT SELECT ON kept TO intake",
)


def told(_: str) -> None:
    """Nobody listens."""


@pytest.fixture
def kept(house: House, tmp_path: Path) -> Iterator[Path]:
    """A backup of a house whose room has one word to keep."""
    house.server.does(ROOM, *TABLES, "TRUNCATE kept", "INSERT INTO kept VALUES ('before')")
    folder = tmp_path / "backup"
    backup.make(house.server, house.plan.rooms, folder, datetime.now(UTC), told)
    yield folder
    house.server.does(ROOM, "DROP TABLE IF EXISTS kept, migrations")


def words(house: House) -> list[str]:
    return list(house.server.asked(ROOM, "SELECT json_agg(word ORDER BY word) FROM kept"))


def pids(house: House) -> set[int]:
    return {house.process(name).pid for name in house.names}


def damage(folder: Path, **changes: Any) -> None:
    """Let the manifest say something else about the room's copy."""
    content = json.loads((folder / manifest.FILE).read_text(encoding="utf-8"))
    next(copy for copy in content["copies"] if copy["database"] == ROOM).update(changes)
    (folder / manifest.FILE).write_text(json.dumps(content), encoding="utf-8")


def test_a_restored_database_is_what_it_was_and_only_its_room_was_away(house: House, kept: Path) -> None:
    house.server.does(ROOM, "INSERT INTO kept VALUES ('after')")
    before = {name: house.process(name).pid for name in house.names}
    done = restore(house, [ROOM], kept, told)
    assert words(house) == ["before"]
    assert done.told == {ROOM: {"said": "restored --json"}}
    away = {name for name in house.names if house.process(name).pid != before[name]}
    assert away == {"intake-api", "intake-worker"}
    runs = "SELECT json_build_array(has_table_privilege('intake', 'kept', 'SELECT'), tableowner) FROM pg_tables"
    assert house.server.asked(ROOM, f"{runs} WHERE tablename = 'kept'") == [True, "intake_owner"]
    assert house.server.asked("postgres", backup.DATABASES) == [ROOM, "keys"], "nothing half-done is left"


def test_only_its_owner_reads_a_backup(kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}


def test_a_backup_never_replaces_another(house: House, kept: Path) -> None:
    held = {path.name for path in kept.iterdir()}
    with pytest.raises(Trouble, match="not an empty folder"):
        backup.make(house.server, house.plan.rooms, kept, datetime.now(UTC), told)
    assert {path.name for path in kept.iterdir()} == held


def test_what_is_no_whole_backup_is_refused_before_anything_is_touched(house: House, kept: Path) -> None:
    before = pids(house)
    with pytest.raises(Trouble, match="no folder"):
        restore(house, [ROOM], kept / "nowhere", told)
    with pytest.raises(Trouble, match="No room of this house uses referral"):
        restore(house, ["referral"], kept, told)
    damage(kept, schema={"room/0001.sql": "as it was", "room/0002.sql": "not known here"})
    with pytest.raises(Trouble, match=r"newer or another schema .* room/0002.sql"):
        restore(house, [ROOM], kept, told)
    (kept / f"{ROOM}.dump").write_bytes(b"PGDMP nothing")
    with pytest.raises(Trouble, match="damaged"):
        restore(house, [ROOM], kept, told)
    damage(kept, schema={}, sha256=manifest.sha256_of(kept / f"{ROOM}.dump"))
    with pytest.raises(Trouble, match="pg_restore failed"):
        restore(house, [ROOM], kept, told)
    (kept / manifest.FILE).unlink()
    with pytest.raises(Trouble, match="never finished"):
        restore(house, [ROOM], kept, told)
    assert pids(house) == before
    assert words(house) == ["before"]


def test_the_keys_are_copied_after_what_they_open() -> None:
    assert backup.in_order(["analytics", "intake", "keys"], ("intake", "analytics")) == ("intake", "analytics", "keys")
