"""Analytics' rows of the access table: who answers for a place may see its figures, and those of the places below it.

Figures are counts for those who work with them; none of them is for publication. What is published is a release:
whoever counts for the whole country asks for it, and everybody may read it.
"""

from services.contracts.codes import Role
from services.security.rights import Relation, Right

SEE_JOURNEY = "journey.see"
SEE_FIGURE = "figure.see"
LIST_INDICATORS = "indicator.list"

ASK_RELEASE = "release.ask"
LIST_RELEASES = "release.list"
SEE_RELEASE = "release.see"
PUBLISHED = "published"

COUNTING = (Role.ANALYST, Role.COORDINATOR, Role.SUPERVISOR, Role.DIRECTOR)

RIGHTS: tuple[Right, ...] = (
    *(Right(SEE_FIGURE, role, Relation.SAME_UNIT) for role in COUNTING),
    # No place lies below a centre's.
    *(Right(SEE_FIGURE, role, Relation.BELOW) for role in (Role.ANALYST, Role.COORDINATOR)),
    *(Right(LIST_INDICATORS, role, Relation.NONE) for role in COUNTING),
    # One register, and so one publisher: two who publish apart could be subtracted.
    Right(ASK_RELEASE, Role.ANALYST, Relation.SAME_UNIT),
    Right(SEE_RELEASE, Role.ANALYST, Relation.SAME_UNIT),
    *(Right(LIST_RELEASES, role, Relation.NONE) for role in Role),
    *(Right(SEE_RELEASE, role, Relation.NONE, frozenset({PUBLISHED})) for role in Role),
    # Whoever runs the house sees codes and times of what was announced, of every place, and nobody's case.
    *(Right(SEE_JOURNEY, Role.OPERATOR, relation) for relation in (Relation.SAME_UNIT, Relation.BELOW)),
)
