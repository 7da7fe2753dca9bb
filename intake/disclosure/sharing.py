"""Shares with a receiver what the terms allow, and leaves the entry of it first: what cannot be noted is not shown."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from intake import rights
from intake.access_log.entries import note, under
from intake.desk import CHILD, NARRATIVE, person_behind
from intake.disclosure.replies import Disclosure, SharedChild
from intake.disclosure.terms import CODES, Asked, Live, Part, Terms, asked_of
from intake.progress import Fact, What
from intake.replies import CaseState
from intake.vault.vault import Opened, Vault
from services.storage.work import Work

FACT = ("at", "referral", "need", "receiver", "attempt", "step", "code")
OF_THE_CHILD = {
    Part.NAME: ("given_name", "family_name"),
    Part.BIRTH_DATE: ("birth_date",),
    Part.ADDRESS: ("address",),
}


def asked_in_rows(rows: list[Any]) -> Asked | None:
    """Who is asked, from the rows of one referral; once its case is closed nothing is live."""
    asked = asked_of(Fact(what=What(row["what"]), **{name: row[name] for name in FACT}) for row in rows)
    return replace(asked, live=Live.ENDED) if asked and rows[0]["state"] == CaseState.CLOSED else asked


async def share(work: Work, vault: Vault, terms: Terms, asked: Asked, case: Any) -> Disclosure:
    """Open what the terms share of a case, and note it before anything is answered."""
    parts = terms.parts(asked.need, asked.live)
    await under(work, rights.READ_SHARED, case["case_ref"], asked.referral)
    await note(work, f"share {' '.join(parts)}", case["case_ref"])
    opened = await _opened(work, vault, parts, case) if set(parts) - CODES else {}
    child, narrative = _said(opened, CHILD), _said(opened, NARRATIVE)
    fields = [field for part in parts for field in OF_THE_CHILD.get(part, ())]
    return Disclosure(
        referral=asked.referral,
        need=asked.need,
        state=asked.live,
        terms=terms.version,
        parts=list(parts),
        unreadable=any(part.content is None for part in opened.values()),
        age_band=case["age_band"] if Part.AGE_BAND in parts else None,
        sex=case["sex"] if Part.SEX in parts else None,
        child=SharedChild(**{field: child.get(field) for field in fields}) if fields else None,
        narrative=narrative.get("text"),
    )


async def _opened(work: Work, vault: Vault, parts: tuple[Part, ...], case: Any) -> Mapping[str, Opened]:
    places = {}
    if any(part in OF_THE_CHILD for part in parts):
        places[CHILD] = await person_behind(work, case["case_ref"])
    if Part.NARRATIVE in parts:
        places[NARRATIVE] = case["report"]
    return await vault.read(work, places)


def _said(opened: Mapping[str, Opened], section: str) -> Mapping[str, str]:
    return (opened[section].content if section in opened else None) or {}
