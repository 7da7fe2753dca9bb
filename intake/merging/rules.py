"""Whether two people may become one: what is undecided, held or forgotten says no, with the reason.

Read `check` as a table. It knows no name, no key and no clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from intake.forgetting.rules import HoldReason, Matter
from services.contracts.failures import Refused


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what they stand in, and what binds them; `now` is who they are, if they were merged before."""

    person: str
    matters: Sequence[Matter]
    is_child: bool
    hold: HoldReason | None = None
    forgotten: bool = False
    now: str | None = None


def check(one: Side, into: Side) -> None:
    """Refuse with the reason, where anything says that the first may not become the second."""
    if one.person == into.person:
        raise Refused("same_person", "Both references are one person's: name the other one as `into`.")
    for side in (one, into):
        if side.now is not None:
            raise Refused("person_merged", f"{side.person} is {side.now} since they were merged: name that one.")
        if side.forgotten:
            raise Refused("person_forgotten", f"{side.person} was forgotten: nothing is left to merge, leave it so.")
        if side.hold is not None:
            raise Refused("legal_hold", f"A hold binds {side.person} ({side.hold}): wait until it is released.")
        if not side.is_child:
            raise Refused("not_a_child", f"{side.person} is who reported: only children are merged, name a child.")
    for matter in one.matters:
        if not matter.decided:
            # Whoever decides it at this moment opens a case for the person whom the report is about now.
            raise Refused("report_undecided", f"{matter.report} waits for its decision: screen it first, then merge.")
