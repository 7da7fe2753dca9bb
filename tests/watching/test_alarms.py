"""Every alarm fires when it should and stays quiet when it should, asks for figures there are, and says what to do."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.sources import REPOSITORY, ROOMS
from tests.core.exported import samples

FOLDER = REPOSITORY / "deploy" / "prometheus"
RULES = {path.stem: path for path in sorted((FOLDER / "rules").glob("*.yml"))}
TRIED = REPOSITORY / "tests" / "watching" / "alarms"
PAGES = REPOSITORY / "docs" / "operate" / "alarms"
BURNING = {"AlertsLate", "RequestsFailing"}
"""Alarms on a promise of many: they look at a long and a short window, for a fast and for a slow loss."""
ROUTES = {
    ("page", "chassis"): "duty",
    ("page", "alerting"): "duty",
    ("page", "municipalities"): "duty",
    ("ticket", "municipalities"): "municipalities",
    ("ticket", "coordinating-units"): "coordinating-units",
    ("ticket", "alerting"): "alerting",
    ("ticket", "statistics"): "statistics",
    ("ticket", "chassis"): "chassis",
}
PROGRAM_SECONDS_MAX = 60

Find = Callable[[str], Path]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules(kind: str) -> dict[str, dict[str, Any]]:
    groups = (group for path in RULES.values() for group in read(path)["groups"])
    return {rule[kind]: rule for group in groups for rule in group["rules"] if kind in rule}


def names_in(expression: str) -> set[str]:
    """The figures that an expression asks for: words before a selector, a range or the end, that are no functions."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)", "", expression)
    words = set(re.findall(r"\b(?:spis|process)_\w+\b|\bup\b|\bspis:[\w:]+", bare))
    return {word for word in words if not word.startswith("spis:")}


def ran(program: Path, *words: str) -> str:
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=PROGRAM_SECONDS_MAX, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("group", RULES)
def test_every_alarm_fires_and_stays_quiet_as_it_should(program: Find, group: str) -> None:
    ran(program("promtool"), "test", "rules", str(TRIED / f"{group}.yml"))


def test_prometheus_takes_its_settings_and_its_rules(program: Find) -> None:
    ran(program("promtool"), "check", "config", str(FOLDER / "prometheus.yml"))


@pytest.mark.parametrize("group", RULES)
def test_every_alarm_is_tried_both_ways(group: str) -> None:
    tried = {
        (trial["alertname"], bool(trial["exp_alerts"]))
        for test in read(TRIED / f"{group}.yml")["tests"]
        for trial in test["alert_rule_test"]
    }
    alarms = {rule["alert"] for each in read(RULES[group])["groups"] for rule in each["rules"] if "alert" in rule}
    assert tried == {(alarm, fires) for alarm in alarms for fires in (True, False)}


def test_every_rule_asks_for_figures_that_are_shown_and_labels_that_they_have() -> None:
    shown = samples()
    for name, rule in (rules("alert") | rules("record")).items():
        assert names_in(rule["expr"]) <= set(shown), f"{name} asks for {names_in(rule['expr']) - set(shown)}"
        for figure, selector in re.findall(r"\b(spis_\w+)\{([^}]*)\}", rule["expr"]):
            asked = set(re.findall(r"(\w+)\s*[=!]", selector))
            assert asked <= {*shown[figure], "le", "process", "room", "job"}, f"{name}: {figure} has no label {asked}"
    recorded = {word for rule in rules("alert").values() for word in re.findall(r"\bspis:[\w:]+", rule["expr"])}
    assert recorded == set(rules("record")), "every rule that is recorded is used, and every one that is used recorded"


def test_every_alarm_says_who_owns_it_how_urgent_it_is_and_what_to_do() -> None:
    teams = set(re.findall(r"@spis/([\w-]+)", (REPOSITORY / "CODEOWNERS").read_text(encoding="utf-8")))
    for name, rule in rules("alert").items():
        assert rule["labels"]["severity"] in {"page", "ticket"}, name
        assert rule["labels"]["owner"] in teams, name
        assert rule["annotations"]["runbook"] == f"docs/operate/alarms/{name}.md"
        page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
        for heading in (f"# {name}\n", "\n## Look\n", "\n## Do\n"):
            assert heading in page, f"{name}.md lacks {heading.strip()}"
    assert {path.stem for path in PAGES.glob("*.md")} == {*rules("alert"), "README"}
    listed = (PAGES / "README.md").read_text(encoding="utf-8")
    assert all(f"({name}.md)" in listed for name in rules("alert"))


def test_two_promises_are_watched_over_a_long_and_a_short_window_for_fast_and_slow_losses() -> None:
    for name in BURNING:
        windows = re.findall(r"ratio_(\w+) > ([\d.]+) ", rules("alert")[name]["expr"])
        assert windows == [("1h", "14.4"), ("5m", "14.4"), ("6h", "6"), ("30m", "6")], name


def test_every_process_is_asked_and_none_that_is_not_there() -> None:
    [spis] = [job for job in read(FOLDER / "prometheus.yml")["scrape_configs"] if job["job_name"] == "spis"]
    asked = {config["targets"][0]: config["labels"] for config in spis["static_configs"]}
    halves = {f"{room}-{half}" for room in ROOMS for half in ("api", "worker")} | {"analytics-stream"}
    assert {target.partition(":")[0] for target in asked} == halves
    for target, labels in asked.items():
        name, _, port = target.partition(":")
        assert name == f"{labels['room']}-{labels['process']}"
        assert port == ("8000" if labels["process"] == "api" else "8001")
        if labels["process"] == "api":
            assert labels["__metrics_path__"] == f"/{labels['room']}/metrics"


def test_an_alarm_reaches_whoever_owns_it_and_what_pages_reaches_whoever_is_on_duty(program: Find) -> None:
    told = str(FOLDER / "alertmanager.yml")
    ran(program("amtool"), "check-config", told)
    for (severity, owner), receiver in ROUTES.items():
        words = ("config", "routes", "test", f"--config.file={told}", f"severity={severity}", f"owner={owner}")
        assert ran(program("amtool"), *words).split()[0] == receiver
    used = {(rule["labels"]["severity"], rule["labels"]["owner"]) for rule in rules("alert").values()}
    assert used <= set(ROUTES)


def test_what_is_quieted_names_alarms_there_are_and_never_one_about_a_case() -> None:
    about_cases = {
        rule["alert"] for group in read(RULES["children"])["groups"] for rule in group["rules"] if "alert" in rule
    }
    for rule in read(FOLDER / "alertmanager.yml")["inhibit_rules"]:
        named = re.findall(r'alertname=~?"([^"]+)"', " ".join(rule["source_matchers"] + rule["target_matchers"]))
        alarms = {alarm for each in named for alarm in each.split("|")}
        assert alarms <= set(rules("alert"))
        assert not alarms & about_cases
        assert rule["equal"] == ["room"]
