"""A real Prometheus beside a temporary house: told the settings of the repository, with the house's own addresses."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import yaml

from deploy.house import House
from deploy.house.layout import REPOSITORY
from deploy.house.ports import draw_port

SETTINGS = REPOSITORY / "deploy" / "prometheus" / "prometheus.yml"
READY_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.1
STOP_SECONDS_MAX = 10.0


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus, as whoever asks it sees it."""

    origin: str

    def ask(self, expr: str) -> list[Mapping[str, Any]]:
        """What a query returns now; a query that cannot be read is an error."""
        return list(self._get("query", query=expr)["result"])

    def rules(self) -> list[Mapping[str, Any]]:
        """Every rule with its health and state."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, what: str, **query: str) -> Any:
        answer = httpx2.get(f"{self.origin}/api/v1/{what}", params=query, timeout=10, trust_env=False).json()
        if answer["status"] != "success":
            raise ValueError(f"{query}: {answer.get('error')}")
        return answer["data"]


def settings_for(house: House, seconds_between: int) -> dict[str, Any]:
    """The repository's settings, asking this house instead, and more often."""
    told: dict[str, Any] = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    told["global"] |= {"scrape_interval": f"{seconds_between}s", "scrape_timeout": f"{seconds_between}s"}
    told["global"]["evaluation_interval"] = f"{seconds_between}s"
    told["rule_files"] = [str(SETTINGS.parent / each) for each in told["rule_files"]]
    del told["alerting"]
    told["scrape_configs"] = [job for job in told["scrape_configs"] if job["job_name"] == "spis"]
    for target in told["scrape_configs"][0]["static_configs"]:
        name = f"{target['labels']['room']}-{target['labels']['process']}"
        target["targets"] = [house.listens(name)]
    return told


@contextmanager
def watching(program: Path, house: House, folder: Path, seconds_between: int = 2) -> Iterator[Prometheus]:
    """Run Prometheus on a house until the end of the block."""
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings_for(house, seconds_between)), encoding="utf-8")
    address = f"127.0.0.1:{draw_port()}"
    line = (
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--log.level=error",
    )
    with (folder / "prometheus.log").open("wb") as log, subprocess.Popen(line, stdout=log, stderr=log) as running:
        try:
            wait_ready(f"http://{address}", running)
            yield Prometheus(f"http://{address}")
        finally:
            running.terminate()
            try:
                running.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                running.kill()


def wait_ready(origin: str, running: "subprocess.Popen[bytes]") -> None:
    """Wait until it answers."""
    until = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < until and running.poll() is None:
        try:
            if httpx2.get(f"{origin}/-/ready", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(LOOK_SECONDS)
    raise TimeoutError("Prometheus did not become ready")


def panels_of(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Dashboard, panel and query of everything that Grafana would ask, from the files it reads."""
    for path in sorted(folder.glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel.get("targets", ()):
                yield path.stem, panel["title"], target["expr"]
