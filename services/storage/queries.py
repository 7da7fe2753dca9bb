"""SQL lives in .sql files: each statement has a name and one line of purpose, and Python calls it by name."""

import re
from collections.abc import Mapping
from pathlib import Path

_HEADING = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def load_queries(*paths: Path) -> Mapping[str, str]:
    """The named statements of the files; a name given twice, or a statement without its purpose, is refused."""
    statements: dict[str, str] = {}
    for path in paths:
        parts = _HEADING.split(path.read_text(encoding="utf-8"))
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if name in statements:
                raise ValueError(f"{path}: the statement {name} is there twice")
            if not text.lstrip().startswith("-- "):
                raise ValueError(f"{path}: say in one comment line what {name} is for")
            statements[name] = text.strip().rstrip(";")
    return statements
