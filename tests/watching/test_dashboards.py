"""The dashboards: drawn again they are the same, every panel has a unit and a sentence, and asks for what is shown."""

import json
import re

import pytest
import yaml
from prometheus_client import Gauge

from deploy.grafana import draw
from deploy.grafana.boards import BOARDS
from deploy.grafana.panel import Board
from tests.architecture.sources import REPOSITORY, ROOMS
from tests.core.exported import figures, name_of, samples
from tests.watching.test_alarms import names_in, rules

FOLDER = REPOSITORY / "deploy" / "grafana"


def test_what_grafana_reads_is_what_the_code_draws() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in (FOLDER / "dashboards").glob("*.json")}
    assert kept == draw.files(), "draw them again: .venv/bin/python -m deploy.grafana.draw"


def test_there_is_a_dashboard_for_the_journey_the_clock_the_streams_and_every_room() -> None:
    assert {board.uid for board in BOARDS} == {"spis-journey", "spis-clock", "spis-streams"} | {
        f"spis-{room}" for room in ROOMS
    }


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_every_panel_says_what_to_read_from_it_and_asks_for_figures_that_are_shown(board: Board) -> None:
    shown, drawn = samples(), json.loads(draw.drawn(board))
    pictures = [panel for panel in drawn["panels"] if panel["type"] != "row"]
    assert len(pictures) == len(board.panels) == len({panel.title for panel in board.panels})
    for panel in pictures:
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["datasource"]["uid"] == draw.SOURCE
        assert panel["targets"], panel["title"]
        for target in panel["targets"]:
            asked = names_in(target["expr"])
            assert asked, target["expr"]
            assert asked <= set(shown), f"{panel['title']} asks for {asked - set(shown)}"
            by = {label for each in re.findall(r"by \(([^)]*)\)", target["expr"]) for label in each.split(", ")}
            has = {label for name in asked for label in shown[name]} | {"le", "room", "process", "job"}
            assert by <= has, f"{panel['title']} groups by {by - has}"
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= by, panel["title"]


def test_what_every_worker_of_a_room_shows_alike_is_never_added_up() -> None:
    of_each_process = {"spis_lag_records", "spis_lag_seconds", "spis_open_streams", "spis_loop_idle_seconds"}
    alike = {name_of(figure) for figure in figures() if isinstance(figure, Gauge)} - of_each_process
    asked = [query.expr for board in BOARDS for panel in board.panels for query in panel.queries]
    for expr in [*asked, *(rule["expr"] for rule in rules("alert").values())]:
        for name in alike & names_in(expr):
            assert re.search(rf"\bmax(?: by \([^)]*\))? ?\({name}\b", expr), f"{expr}: two workers would count twice"


def test_grafana_finds_prometheus_under_the_name_that_the_panels_use() -> None:
    sources = yaml.safe_load((FOLDER / "provisioning" / "datasources" / "prometheus.yml").read_text(encoding="utf-8"))
    assert [source["uid"] for source in sources["datasources"]] == [draw.SOURCE]
