"""What is deliberately not there: unit codes in code, clocks in cores, doubles in tests, work at import."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import EVERYTHING, PRODUCT, REPOSITORY, ROOMS, name_of, python_files, text, tree

UNIT_CODES = {path.stem for path in (REPOSITORY / "deploy" / "units").glob("*.toml")}
CORES = {"decide", "evolve", "react", "announce", "show"}
IMPURE = {"asyncio", "os", "time", "random", "secrets", "asyncpg", "aiokafka", "fastapi", "faust", "socket", "pathlib"}
WORDS_OF_A_CHILD = re.compile(r"\b(child|children|kid|minor)\b", re.IGNORECASE)


def _strings(path: Path) -> list[tuple[int, str]]:
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_no_unit_code_stands_in_the_product() -> None:
    assert UNIT_CODES, "there are no units to look for"
    found = [
        f"{name_of(path)}:{line} {code}"
        for path in python_files(*PRODUCT)
        for line, value in _strings(path)
        for code in UNIT_CODES
        if re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", value)
    ]
    assert not found, f"units are data: {found}"


def test_cores_import_nothing_impure() -> None:
    found = []
    for path in python_files(*ROOMS):
        functions = {node.name for node in tree(path).body if isinstance(node, ast.FunctionDef)}
        if not functions & CORES:
            continue
        for node in ast.walk(tree(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{name_of(path)} imports {name}" for name in names if name.split(".")[0] in IMPURE]
    assert not found


def test_the_chassis_does_not_know_whom_it_is_about() -> None:
    chassis = [p for p in python_files("services") if "contracts" not in p.relative_to(REPOSITORY).parts]
    found = [name_of(path) for path in chassis if WORDS_OF_A_CHILD.search(text(path))]
    assert not found, f"this belongs in a room: {found}"


def test_no_test_replaces_a_part_of_the_product() -> None:
    doubles = re.compile(r"\b(MagicMock|AsyncMock|Mock\(|monkeypatch\.setattr|mock\.patch|@patch)")
    found = [
        name_of(path)
        for path in python_files("tests")
        if path.name != "test_absences.py" and doubles.search(text(path))
    ]
    assert not found


def test_nothing_is_left_undone() -> None:
    marks = re.compile(r"\b(TO" + "DO|FIX" + r"ME|XX" + r"X)\b")
    found = [name_of(path) for path in python_files(*EVERYTHING) if marks.search(text(path))]
    assert not found


def test_tests_that_are_skipped_are_none() -> None:
    skips = re.compile(r"mark\.(skip|xfail)|pytest\.skip\(")
    found = [
        name_of(path) for path in python_files("tests") if path.name != "test_absences.py" and skips.search(text(path))
    ]
    assert not found


def test_importing_a_module_starts_nothing() -> None:
    modules = [name_of(path)[:-3].replace("/", ".") for path in python_files(*PRODUCT) if path.name != "__main__.py"]
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", code, *modules], env=bare, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-1500:]


def test_no_rights_and_no_sql_are_written_as_strings_in_handlers() -> None:
    sql = re.compile(r"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s", re.IGNORECASE)
    found = [
        f"{name_of(path)}:{line}" for path in python_files(*ROOMS) for line, value in _strings(path) if sql.match(value)
    ]
    assert not found, f"SQL is named and described in a .sql file: {found}"
