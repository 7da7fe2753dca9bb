"""Which rows somebody may see, worked out from the printed table and the rows alone; no policy of the database and no
rule of the product decides here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.journeys.printed_rights import Someone, Thing, may


@dataclass(frozen=True, slots=True)
class Row:
    """One row: as it is compared, and by its columns."""

    text: str
    columns: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.columns[column]


Everything = Mapping[str, list[Row]]
Shown = dict[str, set[str]]

ENDED = {"declined", "withdrawn", "completed"}
BEGUN = {"accepted", "under_way"}
ABOUT_PEOPLE = ("person.merge", "person.forget", "person.hold")


def of_everybody(someone: Someone, rows: Everything) -> Shown:
    """What every room keeps for a caller: its requests' first answers, what it opened, and the hops it may see."""
    return {
        "idempotency": _those(rows["idempotency"], lambda row: row["caller"] == someone.account),
        "access_log": _those(rows["access_log"], lambda row: row["account"] == someone.account),
        "outbox": _those(rows["outbox"], lambda row: may(someone, "journey.see", Thing(row["unit"]))),
    }


def of_referral(someone: Someone, rows: Everything) -> Shown:
    """Referrals for who asked, who is asked and who coordinates; a need for who may see that it was asked for."""

    def seen(row: Row, receiver: str = "") -> bool:
        thing = Thing(row["unit"], sender=row["sender"], receiver=receiver)
        return any(may(someone, action, thing) for action in ("referral.see", "referral.list"))

    referrals = [row for row in rows["referrals"] if seen(row, row["receiver"] or "")]
    cases = {row["case_ref"] for row in rows["needs"] if seen(row)}
    streams = {f"referral/{row['ref']}" for row in referrals}
    return of_everybody(someone, rows) | {
        "referrals": _texts(referrals),
        "needs": _those(rows["needs"], seen),
        "closed_cases": _those(rows["closed_cases"], lambda row: row["case_ref"] in cases),
        "stream_events": _those(rows["stream_events"], lambda row: row["stream"] in streams),
    }


def of_notifications(someone: Someone, rows: Everything) -> Shown:
    """The alerts of somebody's own desks, and what became of them."""

    def on_desk(row: Row, *actions: str) -> bool:
        return any(may(someone, action, Thing("BIH", desk=row["desk"])) for action in actions)

    return of_everybody(someone, rows) | {
        "alerts": _those(rows["alerts"], lambda row: on_desk(row, "alert.list", "alert.acknowledge")),
        "frames": _those(rows["frames"], lambda row: on_desk(row, "alert.listen")),
    }


def of_analytics(someone: Someone, rows: Everything) -> Shown:
    """The facts and live counts of the places whose figures somebody may see, and what was counted of them."""

    def seen(column: str) -> Callable[[Row], bool]:
        return lambda row: may(someone, "figure.see", Thing(row[column]))

    tables = {"facts": "unit", "live_counts": "unit", "surges": "unit", "cells": "scope"}
    releases = _those(rows["releases"], lambda row: may(someone, "release.see", Thing(row["unit"], state=row["state"])))
    shown = {table: _those(rows[table], seen(column)) for table, column in tables.items()}
    return (
        of_everybody(someone, rows) | shown | {"releases": releases, "released_cells": _texts(rows["released_cells"])}
    )


def of_intake(someone: Someone, rows: Everything) -> Shown:
    """Reports by place, cases by centre, and of a case with whom it is shared what sharing needs."""

    def reports(*actions: str) -> set[str]:
        may_be = (row for row in rows["reports"] if any(may(someone, each, Thing(row["unit"])) for each in actions))
        return {row["report"] for row in may_be}

    def cases(*actions: str) -> list[Row]:
        return [row for row in rows["cases"] if any(may(someone, each, _of_centre(row)) for each in actions)]

    shared = _shared_with(someone, rows)
    accepted = {case for case, begun in shared.values() if begun}
    listed = reports("report.see", "report.list", "report.screen")
    whole = _references(cases("case.see"))
    open_to = reports("report.see", "report.screen") | _references(cases("case.see_child")) | accepted
    counted = {
        row["report"]
        for row in rows["reports"]
        if may(someone, "report.screen", Thing(row["unit"]))
        or any(may(someone, "person.merge", Thing(row["unit"], state=state)) for state in ("case", "report"))
    }
    known = {row["person"] for row in rows["concerned"] if row["subject"] in counted}
    own = _references(row for row in cases("case.see") if row["institution"] == someone.institution)
    streams = {f"report/{ref}" for ref in listed} | {f"case/{ref}" for ref in own}
    about = {ref for row in cases("case.see_accesses") for ref in (row["case_ref"], row["report"])}
    read = [
        row for row in rows["access_log"] if row["account"] == someone.account or row.columns.get("record") in about
    ]
    in_codes = _references(cases("case.see", "case.list")) | {case for case, _ in shared.values()}
    return of_everybody(someone, rows) | {
        "reports": _those(rows["reports"], lambda row: row["report"] in listed),
        "cases": _those(rows["cases"], lambda row: row["case_ref"] in in_codes),
        "case_facts": _those(rows["case_facts"], lambda row: row["case_ref"] in whole or row["referral"] in shared),
        "concerned": _those(rows["concerned"], lambda row: row["subject"] in open_to),
        "pseudonyms": _those(rows["pseudonyms"], lambda row: row["person"] in known),
        "vault": _sealed(rows, open_to, accepted),
        "stream_events": _those(rows["stream_events"], lambda row: row["stream"] in streams),
        "access_log": _texts(read),
        **{table: _those(rows[table], partial(_of_matter, someone)) for table in ("forgotten", "legal_holds")},
        "merged_people": _those(rows["merged_people"], partial(_of_place, someone)),
    }


def _sealed(rows: Everything, open_to: set[str], accepted: set[str]) -> set[str]:
    """What lies under an open reference and the person behind it; who has accepted may be shown the narrative too."""
    behind = [row for row in rows["concerned"] if row["subject"] in open_to]
    subjects = {name for row in behind for name in (row["subject"], row["person"])}
    told = {row["report"] for row in rows["cases"] if row["case_ref"] in accepted}
    return _those(
        rows["vault"],
        lambda row: row["subject"] in subjects or (row["section"] == "narrative" and row["subject"] in told),
    )


def _of_matter(someone: Someone, row: Row) -> bool:
    thing = Thing(row["unit"], owner=row["institution"] or "", state="case" if row["institution"] else "report")
    return any(may(someone, action, thing) for action in ABOUT_PEOPLE)


def _of_place(someone: Someone, row: Row) -> bool:
    return any(may(someone, action, Thing(row["unit"], state="report")) for action in ABOUT_PEOPLE)


def _of_centre(case: Row) -> Thing:
    return Thing(case["unit"], owner=case["institution"])


def _references(cases: Iterable[Row]) -> set[str]:
    return {case["case_ref"] for case in cases}


def _shared_with(someone: Someone, rows: Everything) -> dict[str, tuple[str, bool]]:
    """The live referrals somebody receives, of open cases: the case of each, and whether it was accepted."""
    heard: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for fact in rows["case_facts"]:
        heard[(fact["case_ref"], fact["referral"])].add(fact["what"])
    units = {row["case_ref"]: row["unit"] for row in rows["cases"] if row["state"] == "open"}
    shared = {}
    for fact in rows["case_facts"]:
        case, referral = fact["case_ref"], fact["referral"]
        if fact["what"] != "sent" or case not in units or heard[(case, referral)] & ENDED:
            continue
        begun = bool(heard[(case, referral)] & BEGUN)
        state = "accepted" if begun else "waiting"
        if may(someone, "disclosure.read", Thing(units[case], receiver=fact["receiver"], state=state)):
            shared[referral] = (case, begun)
    return shared


def _texts(rows: Iterable[Row]) -> set[str]:
    return {row.text for row in rows}


def _those(rows: Iterable[Row], seen: Callable[[Row], bool]) -> set[str]:
    return _texts(row for row in rows if seen(row))


EXPECTED: Mapping[str, Callable[[Someone, Everything], Shown]] = {
    "intake": of_intake,
    "referral": of_referral,
    "notifications": of_notifications,
    "analytics": of_analytics,
}
