"""Each import rule is broken once on purpose, in a copy of the tree, to see that it is noticed and named."""

import configparser
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.architecture.sources import PRODUCT, REPOSITORY, name_of, python_files

RULES = REPOSITORY / ".importlinter"
KIND = "importlinter:contract:"
BREACHES = {
    "layers": ("services.storage.stamp", "services.http.problems"),
    "rooms": ("referral.ladder", "intake.case"),
    "chassis": ("services.runtime.clock", "analytics.fact"),
    "deployment": ("notifications.api", "deploy.house.layout"),
    "cores": ("intake.case", "time"),
    "faust": ("analytics.live.counting", "faust"),
    "matrices": ("analytics.release.book", "scipy"),
    "rules_of_the_bus": ("services.bus.verdict", "services.bus.kafka"),
}
"""For each rule who imports what it must not."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's Python and its rules, where a test may break them."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(RULES, folder)
    for path in python_files(*PRODUCT):
        place = folder / name_of(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    return folder


def checked(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Check the rules of a tree."""
    line = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache", *options]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def importing(folder: Path, importer: str, imported: str) -> Iterator[None]:
    """Let a module import another for a while."""
    path = folder / f"{importer.replace('.', '/')}.py"
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\nimport {imported}\n", encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def test_every_rule_has_its_breach() -> None:
    rules = configparser.ConfigParser()
    rules.read(RULES)
    assert {name.removeprefix(KIND) for name in rules.sections() if name.startswith(KIND)} == set(BREACHES)


def test_the_tree_as_it_is_breaks_none(copy: Path) -> None:
    found = checked(copy)
    assert found.returncode == 0, found.stdout[-2000:]
    assert f"Contracts: {len(BREACHES)} kept, 0 broken." in found.stdout


@pytest.mark.parametrize("rule", BREACHES)
def test_a_forbidden_import_is_noticed_and_named(copy: Path, rule: str) -> None:
    importer, imported = BREACHES[rule]
    with importing(copy, importer, imported):
        found = checked(copy, "--contract", rule)
    assert found.returncode == 1, found.stdout[-2000:]
    assert "Contracts: 0 kept, 1 broken." in found.stdout
    assert f"{importer} -> {imported} (l." in found.stdout
