"""How a referral is shown, and to whom how much: before it has accepted, a receiver sees the minimum. Pure."""

from dataclasses import asdict, replace
from typing import Any, Protocol

from referral.attempts import Need
from referral.directory import Institution
from referral.forms import Direction, Minimum, Moved, Serving, Shown, Standing
from referral.referral import (
    LoopClosed,
    NoReceiver,
    State,
    TakenBack,
    TakenOn,
    TurnedDown,
    UnderWay,
    Unsent,
    Waiting,
    asked_in,
)
from services.contracts.codes import RiskBand
from services.security.rights import Reach, Record


class Row(Protocol):
    """A row as the database gives it."""

    def __getitem__(self, column: str, /) -> Any:
        """The value of a column."""


def standing(state: State) -> Standing | None:
    """The word for where a referral stands; None when there is no referral."""
    match state:
        case Unsent():
            return None
        case NoReceiver():
            return Standing.NO_RECEIVER
        case Waiting():
            return Standing.WAITING
        case TakenOn():
            return Standing.ACCEPTED
        case UnderWay():
            return Standing.UNDER_WAY
        case TurnedDown():
            return Standing.DECLINED
        case LoopClosed():
            return Standing.COMPLETED
        case TakenBack():
            return Standing.WITHDRAWN


def record_of(state: State) -> Record | None:
    """What rights are decided by; None when there is no referral."""
    match state:
        case Unsent():
            return None
        case NoReceiver(unmet):
            return Record(unmet.unit, sender=unmet.sender, state=Standing.NO_RECEIVER)
        case _:
            asked = asked_in(state)
            return Record(asked.unit, sender=asked.sender, receiver=asked.receiver, state=standing(state) or "any")


def record_of_row(row: Row) -> Record:
    """What rights are decided by, from the row people read."""
    return Record(row["unit"], sender=row["sender"], receiver=row["receiver"], state=row["state"])


def need_of_row(row: Row, *, case_closed: bool) -> Need:
    """A need as it was read under its lock."""
    return Need(
        case=row["case_ref"],
        need=row["need"],
        unit=row["unit"],
        sender=row["sender"],
        risk=RiskBand(row["risk"]),
        attempts=row["attempts"],
        live=row["live"],
        case_closed=case_closed,
    )


def moved(ref: str, state: State) -> dict[str, Any]:
    """The answer to a command."""
    asked, where = asked_in(state), standing(state)
    assert where is not None, "a referral that moved stands somewhere"
    answer_by = state.answer_by if isinstance(state, Waiting) else None
    answer = Moved(referral=ref, state=where, need=asked.need, receiver=asked.receiver, answer_by=answer_by)
    return answer.model_dump(mode="json")


def shown(row: Row, reach: Reach) -> Shown:
    """A referral as far as somebody with this reach may see it now."""
    completed = row["state"] == Standing.COMPLETED
    codes = {"reason": None if completed else row["reason"], "outcome": row["reason"] if completed else None}
    other_names = {"referral": row["ref"], "case": row["case_ref"], **codes}
    fields = Shown.model_fields if _whole(row, reach) else Minimum.model_fields
    return Shown.model_validate({name: other_names[name] if name in other_names else row[name] for name in fields})


def narrowed(reach: Reach, direction: Direction | None) -> Reach:
    """What somebody may see of the referrals their institution stands in one way to."""
    match direction:
        case None:
            return reach
        case Direction.SENT:
            return replace(reach, receiver=None, units=())
        case Direction.RECEIVED:
            return replace(reach, sender=None, units=())
        case Direction.BELOW:
            return replace(reach, sender=None, receiver=None)


def serving(institution: Institution) -> Serving:
    """An institution of the directory."""
    return Serving(
        institution=institution.code,
        unit=institution.unit,
        kind=institution.kind,
        names=asdict(institution.names),
        needs=[service.need for service in institution.services],
    )


def _whole(row: Row, reach: Reach) -> bool:
    asks_or_oversees = reach.sender == row["sender"] or row["unit"] in reach.units
    return asks_or_oversees or row["accepted_at"] is not None
