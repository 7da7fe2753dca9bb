"""Several prepared statements as one script, so that whatever one transaction leaves behind takes one round trip.

A script is sent with its values in it: each is quoted here, and nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence

import asyncpg


class Connection(asyncpg.Connection):
    """A connection that keeps the statements it has prepared, and is given back as it is."""

    def get_reset_query(self) -> str:
        """Nothing: what is open is rolled back before, and no statement of ours sets, locks or hears beyond its end."""
        return ""

    async def script(self, statements: Mapping[str, str], runs: Iterable[tuple[str, Sequence[object]]]) -> str:
        """The words that run named statements with their values; at its first time here each is prepared."""
        words, known = [], self.__dict__.setdefault("known", {})
        for name, values in runs:
            if (sql := statements[name]) not in known:
                statement = await self.prepare(sql)
                known[sql] = statement.get_name(), statement  # held, because the library ends what nobody holds
            words.append(f"EXECUTE {known[sql][0]}" + (f"({','.join(map(quoted, values))});" if values else ";"))
        return "".join(words)


def quoted(value: object) -> str:
    """A value as the database reads it, whatever the type of its place."""
    if value is None:
        return "NULL"
    if isinstance(value, (list, tuple)):
        text = "{" + ",".join(["NULL" if each is None else _element(_text(each)) for each in value]) + "}"
    else:
        text = _text(value)
    if "\x00" in text:
        raise asyncpg.CharacterNotInRepertoireError("no database keeps NUL")
    return "'" + text.replace("'", "''") + "'"


def _text(value: object) -> str:
    return "\\x" + value.hex() if isinstance(value, bytes) else str(value)


def _element(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'
