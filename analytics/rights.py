"""Analytics' rows of the access table: who answers for a place may see its figures, and those of the places below it.

Figures are counts for those who work with them; none of them is for publication.
"""

from services.contracts.codes import Role
from services.security.rights import Relation, Right

SEE_FIGURE = "figure.see"
LIST_INDICATORS = "indicator.list"

COUNTING = (Role.ANALYST, Role.COORDINATOR, Role.SUPERVISOR, Role.DIRECTOR)

RIGHTS: tuple[Right, ...] = (
    *(Right(SEE_FIGURE, role, Relation.SAME_UNIT) for role in COUNTING),
    # No place lies below a centre's.
    *(Right(SEE_FIGURE, role, Relation.BELOW) for role in (Role.ANALYST, Role.COORDINATOR)),
    *(Right(LIST_INDICATORS, role, Relation.NONE) for role in COUNTING),
)
