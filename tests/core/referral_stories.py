"""Invented referrals, institutions and units, so that a test says only what matters to it. Nobody here exists."""

from datetime import UTC, date, datetime, time, timedelta

from referral.directory import Directory, Institution, Service, UnitDirectory
from referral.ladder import Ladder, Rung
from referral.referral import (
    INITIAL,
    LoopClosed,
    NoReceiver,
    State,
    TakenBack,
    TakenOn,
    TurnedDown,
    UnderWay,
    Waiting,
    decide,
    evolve,
)
from referral.terms import Terms
from referral.words import Asked, CheckClock, Command, Event, Send, Unmet
from services.contracts.calendars import Calendar, Weekday
from services.contracts.codes import (
    AgeBand,
    DeclineReason,
    DeskPurpose,
    InstitutionKind,
    Outcome,
    RiskBand,
    Sex,
    WithdrawReason,
)
from services.contracts.intake import CaseOpened
from services.contracts.names import Names
from services.contracts.units import Level, Mandate, Unit, UnitTree

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANSWER_BY = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
UNIT, ABOVE, TOP = "VALLEY", "REGION", "COUNTRY"
CENTRE, KINDERGARTEN, CLINIC = f"{UNIT}.csw", f"{UNIT}.preschool", f"{ABOVE}.clinic"
WORKER, NURSE = f"caseworker@{UNIT}", f"provider@{CLINIC}"
CASE = "C-22222-22222-2"
REF = "F-33333-33333-333333"

CALENDAR = Calendar(
    code="valley",
    version=1,
    valid_from=date(2020, 1, 1),
    timezone="Europe/Sarajevo",
    weekend=(Weekday.SATURDAY, Weekday.SUNDAY),
    day_ends=time(16, 0),
    fixed_holidays=(),
)
LADDER = Ladder((Rung(ABOVE, 1), Rung(TOP, 2)), CALENDAR)


def asked(attempt: int = 1, receiver: str = CLINIC) -> Asked:
    """The centre asks the clinic for speech therapy."""
    return Asked(CASE, UNIT, "speech_therapy", CENTRE, receiver, attempt, RiskBand.MEDIUM)


def unmet() -> Unmet:
    """Nobody teaches flying."""
    return Unmet(CASE, UNIT, "flying", CENTRE, ABOVE, 1, RiskBand.MEDIUM)


def send() -> Send:
    """Sent on a Monday morning, with three working days to answer."""
    return Send(asked(), ANSWER_BY, WORKER, MONDAY)


def check(now: datetime) -> CheckClock:
    """The watchdog looks."""
    return CheckClock(now, LADDER)


def waiting(silent_for: int = 0) -> Waiting:
    """Waiting for an answer; `silent_for` steps of silence were taken already, each on its date."""
    state = carried_out(INITIAL, send())
    for _ in range(silent_for):
        assert isinstance(state, Waiting)
        state = carried_out(state, check(state.next_check))
    assert isinstance(state, Waiting)
    return state


def carried_out(state: State, *commands: Command) -> State:
    """Where a referral stands after some commands."""
    for command in commands:
        for event in decide(state, command):
            state = evolve(state, event)
    return state


def told(*commands: Command) -> list[Event]:
    """Everything that happens when commands come to a new referral."""
    state, events = INITIAL, []
    for command in commands:
        for event in decide(state, command):
            state = evolve(state, event)
            events.append(event)
    return events


def until_quiet(state: State, now: datetime, limit: int = 20) -> tuple[State, list[Event]]:
    """What the watchdog does when it looks at `now` again and again until nothing is due."""
    taken: list[Event] = []
    for _ in range(limit):
        events = decide(state, check(now))
        if not events:
            return state, taken
        taken.extend(events)
        for event in events:
            state = evolve(state, event)
    raise AssertionError(f"still something due after {limit} looks")


STANDING: dict[str, State] = {
    "unsent": INITIAL,
    "no receiver": NoReceiver(unmet()),
    "waiting": waiting(),
    "silent": waiting(1),
    "escalated": waiting(2),
    "at the top": waiting(4),
    "taken on": TakenOn(asked()),
    "under way": UnderWay(asked()),
    "turned down": TurnedDown(asked(), DeclineReason.NO_CAPACITY),
    "loop closed": LoopClosed(asked(), Outcome.NEED_MET),
    "taken back": TakenBack(asked(), WithdrawReason.CHILD_MOVED),
}
"""Every place a referral can stand."""


def case_opened(*needs: str, risk: RiskBand = RiskBand.MEDIUM) -> CaseOpened:
    """The centre took on a child of seven."""
    return CaseOpened(
        case=CASE,
        unit=UNIT,
        report="R-44444-44444-4",
        institution=CENTRE,
        risk=risk,
        needs=needs,
        pseudonym="Y-55555-55555-5",
        age_band=AgeBand.FROM_7_TO_14,
        sex=Sex.FEMALE,
        opened_at=MONDAY - timedelta(hours=1),
    )


def names(text: str) -> Names:
    """One invented name in every language."""
    return Names(text, text, text, text)


def institution(code: str, kind: InstitutionKind, *needs: str) -> Institution:
    """An institution that serves these needs, first of its place for each."""
    services = tuple(Service(need) for need in needs)
    return Institution(code, kind, names(f"Invented {code}"), (DeskPurpose.REFERRALS,), services)


def unit(code: str, level: Level, mandate: Mandate, parent: str | None) -> Unit:
    """An invented place: three days to answer, one for critical; then one and two days up the ladder."""
    return Unit(
        code=code,
        level=level,
        mandate=mandate,
        coordinating_unit=parent or code,
        calendar="valley",
        names=names(code),
        languages=("bs",),
        answer_working_days={band: 1 if band is RiskBand.CRITICAL else 3 for band in RiskBand},
        escalation_working_days={band: (1, 2) for band in RiskBand},
        valid_from=date(2020, 1, 1),
        parent=parent,
    )


TREE = UnitTree.of(
    [
        unit(UNIT, Level.MUNICIPALITY, Mandate.CASEWORK, ABOVE),
        unit(ABOVE, Level.CANTON, Mandate.COORDINATION, TOP),
        unit(TOP, Level.STATE, Mandate.OVERSIGHT, None),
    ]
)
INSTITUTIONS = (
    institution(CENTRE, InstitutionKind.CSW, "guardianship", "counselling"),
    institution(KINDERGARTEN, InstitutionKind.PRESCHOOL, "counselling"),
    institution(CLINIC, InstitutionKind.HEALTH, "speech_therapy"),
)
TERMS = Terms(TREE, {"valley": CALENDAR}, Directory.of([UnitDirectory("any", 1, date(2020, 1, 1), INSTITUTIONS)]))
