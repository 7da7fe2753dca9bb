"""The statements of the rooms that are more than a plain INSERT or UPDATE, as they change rows kept in memory.

Each says what its text in the room's .sql file says; a test keeps the two together, by running both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deploy.load.statements import Arguments, Effect, Row, Rows


@dataclass(frozen=True, slots=True)
class Listed:
    """Who works where, as every room has heard it: units of accounts, desks of units, desks that somebody covers."""

    units: Mapping[str, str]
    desks: tuple[Row, ...]
    covered: Mapping[str, str]

    def desks_of(self, unit: str) -> list[Row]:
        """The desks of a unit's institutions, by their codes."""
        return [desk for desk in self.desks if desk["unit"] == unit]


OF_ONE_WORK = "said for one work"
"""Where the rows would be of what a transaction is told for itself; they end with it."""

UNTOUCHED: Row = {"repeats": 0, "rang_at": None, "acknowledged_by": None, "acknowledged_at": None}
"""What the database gives an alert that nothing has happened to."""


def intake(listed: Listed) -> Mapping[str, Effect]:
    """Intake's: whom a report is about, the vault, and the log of who opened it."""

    def under_right(rows: Rows, arguments: Arguments) -> list[Row]:
        rows[OF_ONE_WORK] = [dict(zip(("by_right", "record", "referral"), arguments, strict=True))]
        return []

    def open_sealed(rows: Rows, arguments: Arguments) -> list[Row]:
        subject, section, account, correlation, now = arguments
        found = _where(rows, "vault", subject=subject, section=section)
        noted = {"account": account, "action": f"open {section}", "subject": subject, "at": now}
        where = {"unit": listed.units.get(account, ""), "correlation_id": correlation}
        (under,) = rows.get(OF_ONE_WORK, [{}])
        rows.setdefault("access_log", []).extend({**noted, **where, **under} for _ in found)
        return found

    def keep_sealed(rows: Rows, arguments: Arguments) -> list[Row]:
        row = dict(zip(("subject", "section", "key_id", "sealed"), arguments, strict=True))
        return _put(rows, "vault", row, "subject", "section")

    def pseudonym_of_year(rows: Rows, arguments: Arguments) -> list[Row]:
        person, year, offered = arguments
        if found := _where(rows, "pseudonyms", person=person, year=year):
            return found
        return _put(rows, "pseudonyms", {"person": person, "year": year, "pseudonym": offered}, "person", "year")

    def person_of(rows: Rows, arguments: Arguments) -> list[Row]:
        return _where(rows, "concerned", subject=arguments[0])

    return {
        "under_right": under_right,
        "open_sealed": open_sealed,
        "keep_sealed": keep_sealed,
        "pseudonym_of_year": pseudonym_of_year,
        "person_of": person_of,
    }


def referral(_: Listed) -> Mapping[str, Effect]:
    """Referral's: the needs of a case, and what is live for each."""

    def need_asked(rows: Rows, arguments: Arguments) -> list[Row]:
        columns = ("case_ref", "need", "unit", "sender", "risk", "attempts", "live")
        row = dict(zip(columns, arguments, strict=True))
        if found := _where(rows, "needs", case_ref=row["case_ref"], need=row["need"]):
            found[0]["attempts"] = max(found[0]["attempts"], row["attempts"])
            found[0]["live"] = row["live"]
            return []
        return _put(rows, "needs", row, "case_ref", "need")

    def need_of_case(rows: Rows, arguments: Arguments) -> list[Row]:
        return _where(rows, "needs", case_ref=arguments[0], need=arguments[1])

    def hold_needs(rows: Rows, arguments: Arguments) -> list[Row]:
        return sorted(_where(rows, "needs", case_ref=arguments[0]), key=lambda need: str(need["need"]))

    def closed_cases(rows: Rows, arguments: Arguments) -> list[Row]:
        return [each for case in arguments[0] for each in _where(rows, "closed_cases", case_ref=case)]

    return {
        "need_asked": need_asked,
        "need_of_case": need_of_case,
        "hold_needs": hold_needs,
        "closed_cases": closed_cases,
    }


def notifications(listed: Listed) -> Mapping[str, Effect]:
    """Notifications': which alerts are over, those of a matter or a cause, and the desks."""

    def hold_matter(rows: Rows, arguments: Arguments) -> list[Row]:
        matter, code = arguments
        found = _where(rows, "matters", matter=matter, code=code)
        return found or _put(rows, "matters", _matter(matter, code), "matter", "code")

    def end_matter(rows: Rows, arguments: Arguments) -> list[Row]:
        matter, codes, *end = arguments
        for code in sorted(codes):
            (row,) = hold_matter(rows, (matter, code))
            if row["ended_at"] is None or _is_later(row, end):
                row.update(zip(("ended_at", "before_incarnation", "before_sequence"), end, strict=True))
        return []

    def open_alerts(rows: Rows, arguments: Arguments) -> list[Row]:
        matter, codes = arguments
        found = (row for row in _where(rows, "alerts", matter=matter) if row["code"] in codes)
        open_now = sorted((row for row in found if row["state"] != "resolved"), key=lambda row: str(row["ref"]))
        return [UNTOUCHED | row for row in open_now]

    def alert(rows: Rows, arguments: Arguments) -> list[Row]:
        return [UNTOUCHED | row for row in _where(rows, "alerts", ref=arguments[0])]

    def ladder_of_cause(rows: Rows, arguments: Arguments) -> list[Row]:
        found = sorted(_where(rows, "alerts", cause=arguments[0]), key=lambda row: (row["step"], row["desk"]))
        return [UNTOUCHED | row for row in found]

    return {
        "hold_matter": hold_matter,
        "end_matter": end_matter,
        "open_alerts": open_alerts,
        "hold_alert": alert,
        "alert_as_seen": alert,
        "ladder_of_cause": ladder_of_cause,
        "desk_is_covered": lambda _, arguments: [{"covered": arguments[0] in listed.covered}],
        "desks_of_unit": lambda _, arguments: listed.desks_of(arguments[0]),
    }


OWN: Mapping[str, Callable[[Listed], Mapping[str, Effect]]] = {
    "intake": intake,
    "referral": referral,
    "notifications": notifications,
    "analytics": lambda _: {},
}


def _where(rows: Rows, table: str, **wanted: object) -> list[Row]:
    return [row for row in rows.get(table, ()) if all(row[column] == value for column, value in wanted.items())]


def _put(rows: Rows, table: str, row: Row, *keys: str) -> list[Row]:
    kept = rows.setdefault(table, [])
    kept[:] = [other for other in kept if any(other[key] != row[key] for key in keys)]
    kept.append(row)
    return [row]


def _matter(matter: str, code: str) -> Row:
    return {"matter": matter, "code": code, "ended_at": None, "before_incarnation": None, "before_sequence": None}


def _is_later(row: Row, end: list[object]) -> bool:
    """Whether an ending counts beside an earlier one: for ever stays for ever."""
    _, incarnation, sequence = end
    if row["before_sequence"] is None:
        return False
    return sequence is None or (incarnation, sequence) > (row["before_incarnation"], row["before_sequence"])
