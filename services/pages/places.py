"""Where somebody can go in the house, by their roles: the first place is where their day begins. It opens nothing."""

from dataclasses import dataclass

from services.contracts.codes import Role
from services.security.rights import Person

CENTRE = frozenset({Role.CASEWORKER, Role.SUPERVISOR, Role.DIRECTOR})

COUNTING = frozenset({Role.ANALYST, Role.COORDINATOR, Role.SUPERVISOR, Role.DIRECTOR})
"""Who works with figures; everybody else reads what is published."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page that people begin from: its name among the words, its address, and whose work lies there."""

    word: str
    path: str
    roles: frozenset[Role]
    keys: str
    below: tuple[str, ...] = ()

    def holds(self, here: str) -> bool:
        """Whether an address is this place or a page that one comes to from it."""
        path = here.partition("?")[0]
        return path == self.path or path.startswith((f"{self.path}/", *self.below))


PLACES = (
    Place("place_inbox", "/notifications/inbox", CENTRE | {Role.PROVIDER, Role.COORDINATOR}, "g a"),
    Place("place_day", "/intake/day", CENTRE, "g d", ("/intake/reports/", "/intake/cases/")),
    Place("place_report", "/intake/report", frozenset({Role.CASEWORKER, Role.SUPERVISOR}), "g n"),
    Place(
        "place_board",
        "/referral/board",
        CENTRE | {Role.PROVIDER},
        "g b",
        ("/referral/referrals/", "/intake/referrals/"),
    ),
    Place("place_silence", "/referral/silence", frozenset({Role.COORDINATOR}), "g s"),
    Place("place_figures", "/analytics/dashboard", COUNTING, "g f"),
    Place("place_journey", "/intake/journey", frozenset({Role.OPERATOR}), "g t"),
    Place("place_published", "/analytics/published", frozenset(Role) - COUNTING, "g p"),
    Place("place_integrate", "/referral/integrate", frozenset({Role.PROVIDER, Role.OPERATOR}), "g i"),
)


def places_for(person: Person | None) -> tuple[Place, ...]:
    """The places of somebody's roles."""
    return tuple(place for place in PLACES if person and place.roles & person.roles)
