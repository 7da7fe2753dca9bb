"""Notifications' rows of the access table: people hear what is put on the desks they cover, and nobody else does.

A supervisor, director or authority hears of another desk's alert when it climbs to a desk of theirs.
"""

from services.contracts.codes import Role
from services.security.rights import Relation, Right

SEE_JOURNEY = "journey.see"
LIST = "alert.list"
LISTEN = "alert.listen"
ACKNOWLEDGE = "alert.acknowledge"

PEOPLE_AT_DESKS = (Role.CASEWORKER, Role.SUPERVISOR, Role.DIRECTOR, Role.PROVIDER, Role.COORDINATOR)
"""A machine covers no desk: an alert is heard when a person took note of it."""

RIGHTS: tuple[Right, ...] = (
    *(Right(action, role, Relation.DESK) for action in (LIST, LISTEN, ACKNOWLEDGE) for role in PEOPLE_AT_DESKS),
    # Whoever runs the house sees codes and times of what was announced, of every place, and nobody's case.
    *(Right(SEE_JOURNEY, Role.OPERATOR, relation) for relation in (Relation.SAME_UNIT, Relation.BELOW)),
)
