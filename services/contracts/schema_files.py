"""Writes what others build against: for each event of the catalog its JSON schema and one invented example.

`python -m services.contracts.schema_files` writes them, and refuses a change that readers or writers of the same
version would not understand: such a change is a new version beside the old one, with an upcast.
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from services.contracts.catalog import CATALOG, SHAPES, Entry
from services.contracts.compatibility import breaks
from services.contracts.envelope import Envelope, encode

FOLDER = Path(__file__).parent
MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

INVENTED: Mapping[str, str] = {
    "account": "caseworker@VALLEY",
    "alert": "A-7KQ2M-XW4ZP-3",
    "case": "C-4HT8N-RB6YD-2",
    "cause": "0b8e4f5e-6a51-5d0e-9f7e-3c1d2b4a5968",
    "code": "REFERRAL_FELL_SILENT",
    "coordinating_unit": "HILLS",
    "desk": "VALLEY.csw/caseload",
    "Desk.code": "VALLEY.csw/caseload",
    "desks": "VALLEY.csw/caseload",
    "head": "6a4f2c1e0d3b5a79886f1e2d3c4b5a6978695a4b3c2d1e0f9182736455463728",
    "institution": "VALLEY.csw",
    "instrument": "intake-risk/1",
    "into_pseudonym": "Z-4TQM7-XB2WD-6",
    "log": "intake.access_log",
    "need": "speech_therapy",
    "needs": "speech_therapy",
    "person": "P-3NDX8-QT7JF-5",
    "pseudonym": "Z-9PLM3-KV5QC-8",
    "receiver": "VALLEY.health",
    "referral": "F-2WXK7-JN9TB-4HQR6-3",
    "report": "R-6DGY4-PM3HS-5",
    "reporter_institution": "VALLEY.school",
    "sender": "VALLEY.csw",
    "subject": "F-2WXK7-JN9TB-4HQR6-3",
    "surge": "S-5KZT8-WM2QD-HB7RX-4",
    "to_desk": "VALLEY.csw/director",
    "to_unit": "HILLS",
    "unit": "VALLEY",
    "walk": "W-3TN8B-ZQ5FC-6",
}
"""How each text that may cross the building looks: a reference or a code, without a space. There is no other text."""


def schema_of(entry: Entry) -> dict[str, Any]:
    """The JSON schema of an event's body, with where and by whom it is said."""
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": entry.type,
        "x-owner": entry.owner,
        "x-topic": entry.topic.name,
        "x-key": entry.key,
        "x-readers": list(entry.readers),
    }
    return about | SHAPES[entry.event].json_schema()


def example_of(entry: Entry) -> dict[str, Any]:
    """One event as a CloudEvent in JSON; everybody in it is invented."""
    data = SHAPES[entry.event].dump_python(_invented(entry.event), mode="json")
    envelope = Envelope(
        id=INVENTED["cause"],
        source=f"/{entry.owner}",
        type=entry.type,
        subject=data[entry.subject],
        key=data[entry.key],
        sequence=1,
        incarnation=1,
        time=MOMENT,
        recorded_time=MOMENT,
        correlation_id="5f0c7a52-3b1e-4f7a-9a3d-8e2b6c4d1f00",
        unit=data["unit"],
        traceparent=None,
        data=b"",
    )
    attributes = {name.removeprefix("ce_"): value.decode() for name, value in encode(envelope)[2]}
    attributes["datacontenttype"] = attributes.pop("content-type")
    return attributes | {"data": data}


def _invented(kind: type[Any], name: str = "") -> Any:
    """An invented value of a type; a text only under a name whose looks are known."""
    if hasattr(kind, "__dataclass_fields__"):
        invented = {field: _invented(of, f"{kind.__name__}.{field}") for field, of in get_type_hints(kind).items()}
        return kind(**invented)
    if get_origin(kind) is tuple:
        return (_invented(get_args(kind)[0], name),)
    if NoneType in get_args(kind):
        return _invented(next(each for each in get_args(kind) if each is not NoneType), name)
    if issubclass(kind, Enum):
        return next(iter(kind))
    if issubclass(kind, str):
        return INVENTED.get(name) or INVENTED[name.rpartition(".")[2]]
    return {bool: True, int: 1, datetime: MOMENT}[kind]


def files() -> dict[Path, str]:
    """Every file and what it should say."""
    made: dict[Path, str] = {}
    for entry in CATALOG:
        for folder, content in (("schemas", schema_of(entry)), ("examples", example_of(entry))):
            made[FOLDER / folder / f"{entry.type}.json"] = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    return made


def broken() -> list[str]:
    """What the events as they are now would break of the schemas as they were written last."""
    found = []
    for entry in CATALOG:
        path = FOLDER / "schemas" / f"{entry.type}.json"
        if path.exists():
            written = json.loads(path.read_text(encoding="utf-8"))
            found += [f"{entry.type}{each}" for each in breaks(written, schema_of(entry))]
    return found


def main() -> None:
    """Write every file, or none and say why."""
    if found := broken():
        sys.exit("\n".join([*found, "Give the event a new version beside the old one, with an upcast."]))
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
