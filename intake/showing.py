"""A report or a case as one file: its rows, and the sealed parts for whoever may see them.

Each part that is opened leaves its entry in the access log within the same transaction, before anything is answered.
"""

from collections.abc import Mapping
from typing import Any

from intake.desk import CHILD, CLOSING, NARRATIVE, OVERRIDE, REPORTER, person_behind
from intake.progress import Fact, What, needs_now, timeline
from intake.replies import CaseFile, Happening, NeedStanding, Part, ReportFile, Unreadable
from intake.vault.vault import Opened, Vault
from services.security.rights import Record
from services.storage.work import Work


def record_of_report(row: Any) -> Record:
    """What a decision about a right needs to know of a report: it belongs to its place, and where it stands."""
    return Record(unit=row["unit"], state=row["state"])


def record_of_case(row: Any) -> Record:
    """What a decision about a right needs to know of a case: it belongs to the centre that took it on."""
    return Record(unit=row["unit"], owner=row["institution"])


async def report_file(work: Work, vault: Vault, row: Any) -> ReportFile:
    """A report with everything the vault still holds about it."""
    report = row["report"]
    person = await person_behind(work, report)
    found = await vault.read(work, {CHILD: person, REPORTER: report, NARRATIVE: report, OVERRIDE: report})
    said = _said(found)
    return ReportFile.model_validate(
        {
            **row,
            "child": said.get(CHILD),
            "person": person,
            "reporter_person": found[REPORTER].person if REPORTER in found else None,
            "reporter": said.get(REPORTER),
            "narrative": said.get(NARRATIVE, {}).get("text"),
            "override_reason": said.get(OVERRIDE, {}).get("text"),
            "unreadable": _unreadable(found),
        }
    )


async def case_file(work: Work, vault: Vault, row: Any, *, with_child: bool) -> CaseFile:
    """A case with where its needs stand and what happened; the child only where it may be seen."""
    facts = [_fact(fact) for fact in await work.fetch("case_facts", row["case"])]
    person = await person_behind(work, row["case"]) if with_child else None
    found = await vault.read(work, {CHILD: person, CLOSING: row["report"]}) if person else {}
    said = _said(found)
    return CaseFile.model_validate(
        {
            **row,
            "child": said.get(CHILD),
            "person": person,
            "closing_note": said.get(CLOSING, {}).get("text"),
            "unreadable": _unreadable(found),
            "needs": [NeedStanding.model_validate(need) for need in needs_now(row["needs"], facts)],
            "timeline": _happenings(row, facts),
        }
    )


def _happenings(row: Any, facts: list[Fact]) -> list[Happening]:
    """What happened, from the opening on; what was heard after the end stands after it."""
    told = [Happening.model_validate(fact) for fact in timeline(facts)]
    if row["closed_at"]:
        told.append(Happening(at=row["closed_at"], what="closed", code=row["outcome"]))
        told.sort(key=lambda happening: happening.at)
    return [Happening(at=row["opened_at"], what="opened"), *told]


def _said(found: Mapping[str, Opened]) -> dict[str, Mapping[str, str]]:
    return {section: opened.content for section, opened in found.items() if opened.content is not None}


def _unreadable(found: Mapping[str, Opened]) -> list[Unreadable]:
    return [Unreadable(part=Part(section), why=opened.gone) for section, opened in found.items() if opened.gone]


def _fact(row: Any) -> Fact:
    return Fact(**{**row, "what": What(row["what"])})
