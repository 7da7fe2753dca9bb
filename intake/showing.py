"""A report or a case as one file: its rows, and the sealed parts for whoever may see them.

Each part that is opened leaves its entry in the access log within the same transaction, before anything is answered.
"""

from typing import Any

from intake.desk import CHILD, NARRATIVE, OVERRIDE, REPORTER, person_behind
from intake.progress import Fact, What, needs_now, timeline
from intake.replies import CaseFile, Happening, KnownChild, KnownReporter, NeedStanding, ReportFile
from services.security.rights import Record
from services.security.sealing import Vault
from services.storage.work import Work


def record_of_report(row: Any) -> Record:
    """What a decision about a right needs to know of a report: it belongs to its place."""
    return Record(unit=row["unit"])


def record_of_case(row: Any) -> Record:
    """What a decision about a right needs to know of a case: it belongs to the centre that took it on."""
    return Record(unit=row["unit"], owner=row["institution"])


async def report_file(work: Work, vault: Vault, row: Any) -> ReportFile:
    """A report with everything the vault still holds about it."""
    report = row["report"]
    child = await vault.read(work, await person_behind(work, report), CHILD)
    reporter = await vault.read(work, report, REPORTER)
    narrative = await vault.read(work, report, NARRATIVE)
    override = await vault.read(work, report, OVERRIDE)
    return ReportFile.model_validate(
        {
            **row,
            "child": None if child is None else KnownChild.model_validate(child),
            "reporter": None if reporter is None else KnownReporter.model_validate(reporter),
            "narrative": (narrative or {}).get("text"),
            "override_reason": (override or {}).get("text"),
        }
    )


async def case_file(work: Work, vault: Vault, row: Any, *, with_child: bool) -> CaseFile:
    """A case with where its needs stand and what happened; the child only where it may be seen."""
    facts = [_fact(fact) for fact in await work.fetch("case_facts", row["case"])]
    child = await vault.read(work, await person_behind(work, row["case"]), CHILD) if with_child else None
    opened = Happening(at=row["opened_at"], what="opened")
    return CaseFile.model_validate(
        {
            **row,
            "child": None if child is None else KnownChild.model_validate(child),
            "needs": [NeedStanding.model_validate(need) for need in needs_now(row["needs"], facts)],
            "timeline": [opened, *(Happening.model_validate(fact) for fact in timeline(facts))],
        }
    )


def _fact(row: Any) -> Fact:
    return Fact(**{**row, "what": What(row["what"])})
