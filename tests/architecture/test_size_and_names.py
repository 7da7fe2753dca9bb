"""A newcomer finds a file by its name and reads it in one go: the limits that keep it so."""

import ast

from tests.architecture.sources import EVERYTHING, PRODUCT, REPOSITORY, name_of, python_files, text, tree

FILE_LINES_MAX = 250
FUNCTION_LINES_MAX = 40
CHASSIS_LINES_MAX = 4_500
PAGES_LINES_MAX = 700
NAMES_THAT_SAY_NOTHING = {"utils", "helpers", "service", "manager", "common", "misc", "base", "util", "helper"}


def test_no_file_is_longer_than_one_reading() -> None:
    long = [
        f"{name_of(path)}: {text(path).count(chr(10))}"
        for path in python_files(*EVERYTHING)
        if text(path).count("\n") > FILE_LINES_MAX
    ]
    assert not long, f"divide these files (at most {FILE_LINES_MAX} lines): {long}"


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in python_files(*EVERYTHING)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno > FUNCTION_LINES_MAX
    ]
    assert not long, f"divide these functions (at most {FUNCTION_LINES_MAX} lines): {long}"


def test_the_chassis_stays_small() -> None:
    lines = sum(
        text(path).count("\n")
        for path in python_files("services")
        if not {"contracts", "pages"} & set(path.relative_to(REPOSITORY).parts)
    )
    assert lines <= CHASSIS_LINES_MAX, f"services/ has {lines} lines: find the library or the simplification"
    pages = sum(text(path).count("\n") for path in python_files("services/pages"))
    assert pages <= PAGES_LINES_MAX, f"services/pages/ has {pages} lines: what one page needs belongs to its room"


def test_every_file_is_named_for_what_is_in_it() -> None:
    empty = [name_of(path) for path in python_files(*EVERYTHING) if path.stem in NAMES_THAT_SAY_NOTHING]
    assert not empty, f"these names tell nothing: {empty}"


def test_every_file_opens_with_what_it_is() -> None:
    silent = [
        name_of(path)
        for path in python_files(*PRODUCT)
        if path.name != "__init__.py" and not ast.get_docstring(tree(path))
    ]
    assert not silent, f"say in one or two sentences what these are: {silent}"


def test_public_names_of_the_product_say_their_purpose() -> None:
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in python_files(*PRODUCT)
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent, f"one sentence each: {silent}"
