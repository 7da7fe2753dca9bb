"""Referral's rows of the access table: role × action × relation. What is not here is forbidden.

Whoever is asked answers, whoever asks may ask again or take it back, and those above see how long an answer is owed.
"""

from services.contracts.codes import Role
from services.security.rights import Relation, Right

SEE_JOURNEY = "journey.see"
LIST = "referral.list"
SEE = "referral.see"
SEND = "referral.send"
WITHDRAW = "referral.withdraw"
ACCEPT = "referral.accept"
DECLINE = "referral.decline"
START = "referral.start"
COMPLETE = "referral.complete"
LOOK_UP = "directory.look_up"

# Whoever works at an institution that can be asked; a centre may be asked as well, an authority serves nobody.
ANSWERING = (Role.PROVIDER, Role.INSTITUTION, Role.CASEWORKER, Role.SUPERVISOR)

RIGHTS: tuple[Right, ...] = (
    *(Right(action, role, Relation.RECEIVER) for action in (LIST, SEE) for role in ANSWERING),
    *(Right(action, role, Relation.RECEIVER) for action in (ACCEPT, DECLINE, START, COMPLETE) for role in ANSWERING),
    *(
        Right(action, role, Relation.SENDER)
        for action in (LIST, SEE)
        for role in (Role.CASEWORKER, Role.SUPERVISOR, Role.DIRECTOR)
    ),
    *(
        Right(action, role, Relation.SENDER)
        for action in (SEND, WITHDRAW)
        for role in (Role.CASEWORKER, Role.SUPERVISOR)
    ),
    # Where silence climbs to: in codes and dates, without the child.
    Right(LIST, Role.COORDINATOR, Relation.BELOW),
    Right(SEE, Role.COORDINATOR, Relation.BELOW),
    # Who serves what is public.
    *(Right(LOOK_UP, role, Relation.NONE) for role in Role),
    # Whoever runs the house sees codes and times of what was announced, of every place, and nobody's case.
    *(Right(SEE_JOURNEY, Role.OPERATOR, relation) for relation in (Relation.SAME_UNIT, Relation.BELOW)),
)
