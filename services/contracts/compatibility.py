"""Whether an event may change without becoming a new version: who says it and who hears it change at different times,
so each must understand the other's bodies. Compares two JSON schemas; reads no file.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

MEANS_NOTHING = frozenset({"title", "description", "default", "examples", "$defs"})
"""Words about a schema that no body depends on."""


def breaks(old: Schema, new: Schema) -> list[str]:
    """What somebody would no longer understand; empty when only optional fields were added, at most."""
    return list(_breaks("", _spelled_out(old, old.get("$defs", {})), _spelled_out(new, new.get("$defs", {}))))


def _breaks(place: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if _is(old, "object") and _is(new, "object"):
        yield from _fields(place, old, new)
    elif _is(old, "array") and _is(new, "array") and _without(old, "items") == _without(new, "items"):
        yield from _breaks(f"{place}[]", old["items"], new["items"])
    elif _is(old, "string") and _is(new, "string") and "enum" in old and "enum" in new:
        gone, come = sorted(set(old["enum"]) - set(new["enum"])), sorted(set(new["enum"]) - set(old["enum"]))
        if gone:
            yield f"{place}: the codes {gone} are gone, but were said before"
        if come:
            yield f"{place}: the codes {come} are unknown to readers of this version"
    else:
        yield f"{place}: it was {old} and is {new}"


def _fields(place: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = old["properties"], new["properties"]
    for name, field in before.items():
        if name not in after:
            yield f"{place}.{name}: it is gone, but readers of this version use it"
        else:
            yield from _breaks(f"{place}.{name}", field, after[name])
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{place}.{name}: it is required, but was not always said"
    for name in sorted((set(old.get("required", ())) - set(new.get("required", ()))) & after.keys()):
        yield f"{place}.{name}: it may be left out, but readers of this version need it"


def _spelled_out(schema: Any, definitions: Schema) -> Any:
    """A schema without references to its definitions and without the words that mean nothing."""
    match schema:
        case {"$ref": str(reference)}:
            return _spelled_out(definitions[reference.rpartition("/")[2]], definitions)
        case {"type": "object", "properties": fields}:
            spelled = {name: _spelled_out(field, definitions) for name, field in fields.items()}
            return {"type": "object", "properties": spelled, "required": sorted(schema.get("required", ()))}
        case Mapping():
            return {
                name: _spelled_out(part, definitions)
                for name, part in schema.items()
                if name not in MEANS_NOTHING and not name.startswith("x-")
            }
        case list():
            return [_spelled_out(part, definitions) for part in schema]
        case _:
            return schema


def _is(schema: Any, kind: str) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == kind


def _without(schema: Schema, name: str) -> dict[str, Any]:
    return {other: part for other, part in schema.items() if other != name}
