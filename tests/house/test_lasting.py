"""The lasting house after a bad end: what is left is recognised, told and put right, and data is never touched."""

import json
import os
import signal
import socket
from dataclasses import asdict
from pathlib import Path

import pytest

from deploy.house import doctor, files, kafka, postgres, remains
from deploy.house.begin import make_private
from deploy.house.layout import Folder, Plan, lasting_folder, temporary_houses
from tests.house import pretend
from tests.house.own_state import spis


def furnish(state: Path) -> Folder:
    """Plan a lasting house of one pretend room."""
    folder = lasting_folder(state)
    make_private(folder.root)
    code = pretend.build(state / "code")
    files.write_json(folder.plan, asdict(Plan(lasting=True, rooms=("intake",), code=str(code))))
    return folder


@pytest.mark.timeout(300)
def test_a_house_whose_supervisor_was_killed_is_told_of_and_opened_again(state: Path) -> None:
    folder = furnish(state)
    first = spis(state, "up")
    assert first.returncode == 0, first.stderr
    assert "SPIS is open." in first.stdout
    origin = json.loads(spis(state, "status", "--json").stdout)["origin"]
    assert origin in first.stdout
    supervisor = remains.supervisor_of(folder)
    assert supervisor is not None
    os.kill(supervisor.pid, signal.SIGKILL)
    assert spis(state, "status").returncode == 1

    again = spis(state, "up")
    assert again.returncode == 0, again.stderr
    assert "was never closed" in again.stdout
    assert spis(state, "up").stdout.count("SPIS is open.") == 1
    assert spis(state, "park", "intake", "list").stdout.strip() == "park list"

    assert "Closed" in spis(state, "down").stdout
    assert "is not open" in spis(state, "status").stderr
    assert "Nothing was removed" in spis(state, "reset").stdout
    assert spis(state, "reset", "--yes").returncode == 0
    assert not folder.root.exists()
    assert (state / "cache").exists()


def test_what_was_left_half_made_is_removed_and_told(state: Path) -> None:
    folder = furnish(state)
    (folder.postgres / "draft").mkdir(parents=True)
    (folder.kafka("kafka") / "data").mkdir(parents=True)
    (folder.kafka("kafka") / "data" / "bootstrap.checkpoint").write_text("unfinished")
    told = [finding.what for finding in doctor.examine(state, repair=False)]
    assert sum("half-made" in what for what in told) == 2
    repaired = [finding for finding in doctor.examine(state, repair=True) if finding.repaired]
    assert len(repaired) == 2
    assert not (folder.postgres / "draft").exists()
    assert doctor.examine(state, repair=False) == []


def test_records_without_their_description_are_never_touched(state: Path) -> None:
    folder = furnish(state)
    records = folder.kafka("kafka") / "data" / "spis.intake.cases.v1-0"
    records.mkdir(parents=True)
    findings = doctor.examine(state, repair=True)
    assert any("lost the file" in finding.what and "reset" in finding.next_step for finding in findings)
    assert records.exists()
    assert kafka.has_records(folder, "kafka")


def test_a_pid_file_of_a_dead_server_is_removed_even_if_its_number_lives_on(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n/somewhere\n")
    assert postgres.drop_stale_pid(tmp_path)
    assert not (tmp_path / "postmaster.pid").exists()
    assert not postgres.drop_stale_pid(tmp_path)


def test_a_taken_port_is_told_and_another_one_will_do(state: Path) -> None:
    folder = furnish(state)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        files.write_json(folder.ports, {"gateway": other.getsockname()[1]})
        findings = doctor.examine(state, repair=False)
    assert any("gateway" in finding.what and "another" in finding.repaired for finding in findings)


def test_secrets_that_others_could_read_are_closed_to_them(state: Path) -> None:
    folder = furnish(state)
    files.keep_secret(folder.secret("agency-key"))
    folder.secret("agency-key").chmod(0o644)
    assert any("others" in finding.what for finding in doctor.examine(state, repair=True))
    assert folder.secret("agency-key").stat().st_mode & 0o777 == 0o600


def test_a_house_that_lost_its_agency_key_refuses_to_open_rather_than_make_another(state: Path) -> None:
    folder = furnish(state)
    folder.postgres_data.mkdir(parents=True)
    (folder.postgres_data / "PG_VERSION").write_text("18")
    files.keep_password(folder.secret("postgres"))
    refused = spis(state, "up")
    assert refused.returncode == 1
    assert "agency-key" in refused.stderr
    assert not folder.secret("agency-key").exists()


def test_a_temporary_house_that_nobody_keeps_is_removed_once_nobody_can_still_be_reading_it(state: Path) -> None:
    folder = Folder(temporary_houses(state) / "spis-forgotten")
    make_private(folder.root)
    files.write_json(folder.plan, asdict(Plan(lasting=False)))
    files.write_json(folder.status, {"state": "open", "pid": 0})
    assert remains.forgotten_houses(temporary_houses(state)) == []
    long_ago = folder.status.stat().st_mtime - 2 * remains.FORGOTTEN_SECONDS_MIN
    os.utime(folder.status, (long_ago, long_ago))
    repaired = [finding for finding in doctor.examine(state, repair=True) if finding.repaired]
    assert [str(folder.root) in finding.what for finding in repaired] == [True]
    assert not folder.root.exists()
