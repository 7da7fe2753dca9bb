"""The Python files of the repository, by folder, as text and as syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ROOMS = ("intake", "referral", "notifications", "analytics")
PRODUCT = ("services", *ROOMS, "deploy")
EVERYTHING = (*PRODUCT, "tests")


def python_files(*folders: str) -> Iterator[Path]:
    """Every Python file below the folders."""
    for folder in folders:
        yield from sorted(path for path in (REPOSITORY / folder).rglob("*.py") if "__pycache__" not in path.parts)


@cache
def text(path: Path) -> str:
    """What a file says."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """What a file says, parsed."""
    return ast.parse(text(path), str(path))


def name_of(path: Path) -> str:
    """A file's path inside the repository."""
    return path.relative_to(REPOSITORY).as_posix()
