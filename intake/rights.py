"""Intake's rows of the access table: role × action × relation. What is not here is forbidden.

Nobody above the coordinating unit has a row. Names are opened by the centre's own people and, as far as the terms of
sharing go, by the institution that was asked to help, while it helps.
"""

from intake.disclosure.terms import Live
from services.contracts.codes import Role
from services.security.rights import Relation, Right

SEE_JOURNEY = "journey.see"
RECEIVE = "report.receive"
LIST_REPORTS = "report.list"
SEE_REPORT = "report.see"
SCREEN = "report.screen"
LIST_CASES = "case.list"
SEE_CASE = "case.see"
SEE_CHILD = "case.see_child"
CLOSE = "case.close"
CORRECT = "case.correct_child"
SEE_ACCESSES = "case.see_accesses"
READ_SHARED = "disclosure.read"
SEE_NAMES = "names.see"

LIVE = frozenset({Live.WAITING.value, Live.ACCEPTED.value})
"""Until it is answered a referral shares the minimum, while it is served what the service needs, afterwards nothing."""
FORGET = "person.forget"
HOLD = "person.hold"
MERGE = "person.merge"

WITH_CASE, WITHOUT_CASE = "case", "report"
"""What a person stands in: a case is its centre's matter, a report that became none the matter of its place."""

RIGHTS: tuple[Right, ...] = (
    # An institution's system reports for the place it works in; a worker types in what reaches the centre otherwise.
    Right(RECEIVE, Role.INSTITUTION, Relation.SAME_UNIT),
    Right(RECEIVE, Role.CASEWORKER, Relation.SAME_UNIT),
    Right(RECEIVE, Role.SUPERVISOR, Relation.SAME_UNIT),
    # A report belongs to its place until somebody takes the case on.
    Right(LIST_REPORTS, Role.CASEWORKER, Relation.SAME_UNIT),
    Right(LIST_REPORTS, Role.SUPERVISOR, Relation.SAME_UNIT),
    Right(LIST_REPORTS, Role.DIRECTOR, Relation.SAME_UNIT),
    # Once a report was found not to concern a child in need, only who answers for the centre opens it again.
    Right(SEE_REPORT, Role.CASEWORKER, Relation.SAME_UNIT, frozenset({"waiting", "accepted"})),
    Right(SEE_REPORT, Role.SUPERVISOR, Relation.SAME_UNIT),
    Right(SEE_REPORT, Role.DIRECTOR, Relation.SAME_UNIT),
    Right(SCREEN, Role.CASEWORKER, Relation.SAME_UNIT),
    Right(SCREEN, Role.SUPERVISOR, Relation.SAME_UNIT),
    # A case belongs to the centre that took it on.
    Right(LIST_CASES, Role.CASEWORKER, Relation.OWN),
    Right(LIST_CASES, Role.SUPERVISOR, Relation.OWN),
    Right(LIST_CASES, Role.DIRECTOR, Relation.OWN),
    Right(SEE_CASE, Role.CASEWORKER, Relation.OWN),
    Right(SEE_CASE, Role.SUPERVISOR, Relation.OWN),
    Right(SEE_CASE, Role.DIRECTOR, Relation.OWN),
    Right(SEE_CHILD, Role.CASEWORKER, Relation.OWN),
    Right(SEE_CHILD, Role.SUPERVISOR, Relation.OWN),
    Right(SEE_CHILD, Role.DIRECTOR, Relation.OWN),
    Right(CORRECT, Role.CASEWORKER, Relation.OWN),
    Right(CORRECT, Role.SUPERVISOR, Relation.OWN),
    Right(CLOSE, Role.CASEWORKER, Relation.OWN),
    Right(CLOSE, Role.SUPERVISOR, Relation.OWN),
    # Who is responsible for the case sees who looked at it.
    Right(SEE_ACCESSES, Role.SUPERVISOR, Relation.OWN),
    Right(SEE_ACCESSES, Role.DIRECTOR, Relation.OWN),
    # Whoever is asked reads what the terms share with it. A coordinator has no row here: in an authority that is asked
    # itself, those read who serve the child.
    *(
        Right(READ_SHARED, role, Relation.RECEIVER, LIVE)
        for role in (Role.PROVIDER, Role.INSTITUTION, Role.CASEWORKER, Role.SUPERVISOR)
    ),
    # The names beside the lines of a list: where the file itself may be opened, and for whoever has accepted to help.
    *(
        Right(SEE_NAMES, role, Relation.OWN, frozenset({WITH_CASE}))
        for role in (Role.CASEWORKER, Role.SUPERVISOR, Role.DIRECTOR)
    ),
    Right(SEE_NAMES, Role.CASEWORKER, Relation.SAME_UNIT, frozenset({"waiting", "accepted"})),
    *(
        Right(SEE_NAMES, role, Relation.SAME_UNIT, frozenset({"waiting", "accepted", "screened_out"}))
        for role in (Role.SUPERVISOR, Role.DIRECTOR)
    ),
    *(
        Right(SEE_NAMES, role, Relation.RECEIVER, frozenset({Live.ACCEPTED.value}))
        for role in (Role.PROVIDER, Role.INSTITUTION, Role.CASEWORKER, Role.SUPERVISOR)
    ),
    # Where a silent referral climbs to, somebody must read what it is about: in codes and dates, without the child.
    Right(SEE_CASE, Role.COORDINATOR, Relation.BELOW),
    # Forgetting is for good: the head of the centre that is responsible decides, and nobody else.
    Right(FORGET, Role.DIRECTOR, Relation.OWN, frozenset({WITH_CASE})),
    Right(FORGET, Role.DIRECTOR, Relation.SAME_UNIT, frozenset({WITHOUT_CASE})),
    Right(HOLD, Role.DIRECTOR, Relation.OWN, frozenset({WITH_CASE})),
    Right(HOLD, Role.DIRECTOR, Relation.SAME_UNIT, frozenset({WITHOUT_CASE})),
    # Two files of one child are found by who answers for the work on them; both must be theirs to answer for.
    *(Right(MERGE, role, Relation.OWN, frozenset({WITH_CASE})) for role in (Role.DIRECTOR, Role.SUPERVISOR)),
    *(Right(MERGE, role, Relation.SAME_UNIT, frozenset({WITHOUT_CASE})) for role in (Role.DIRECTOR, Role.SUPERVISOR)),
    # Whoever runs the house sees codes and times of what was announced, of every place, and nobody's case.
    *(Right(SEE_JOURNEY, Role.OPERATOR, relation) for relation in (Relation.SAME_UNIT, Relation.BELOW)),
)
