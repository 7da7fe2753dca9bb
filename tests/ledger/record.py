"""The record of a run: one JSON object a line, written as it happens, so that a run cut short can be judged too."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

DIGEST_LETTERS = 16


class Recorder:
    """Keeps records in memory, and in a file where one is named; each is stamped with real and domain time."""

    def __init__(self, domain: Callable[[], datetime], path: Path | None = None) -> None:
        self.records: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter()
        self._domain = domain
        self._file: TextIO | None = path.open("w", encoding="utf-8") if path else None

    def note(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Add a record."""
        times = {"real": datetime.now(UTC).isoformat(), "domain": self._domain().isoformat()}
        return self._keep({"kind": kind, **times, **fields})

    def row(self, table: str, row: Mapping[str, Any]) -> None:
        """Add a final row, in the plain values that a file would give back; of a long run there are a million."""
        self._keep({"kind": "row", "table": table, "row": json.loads(json.dumps(dict(row), default=_text))})

    def _keep(self, record: dict[str, Any]) -> dict[str, Any]:
        self.records.append(record)
        self.counts[record["kind"]] += 1
        if self._file:
            self._file.write(json.dumps(record, default=_text) + "\n")
        return record

    def close(self) -> None:
        """Finish the file."""
        if self._file:
            self._file.close()


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file; a last line that was cut short is left out."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)


def digest(content: bytes) -> str:
    """A short fingerprint: enough to compare two bodies, and nothing to read."""
    return hashlib.sha256(content).hexdigest()[:DIGEST_LETTERS]


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
