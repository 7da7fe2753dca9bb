"""The code lists the rooms agreed on; a code on a topic never carries prose."""

from enum import StrEnum


class RiskBand(StrEnum):
    """How soon harm is to be expected; one value at a time."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Severity(StrEnum):
    """How loud an alert is."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Concern(StrEnum):
    """What a reporter or a caseworker is worried about; many may hold for one child."""

    VIOLENCE_PHYSICAL = "violence_physical"
    VIOLENCE_PSYCHOLOGICAL = "violence_psychological"
    VIOLENCE_SEXUAL = "violence_sexual"
    NEGLECT = "neglect"
    WITNESS_TO_VIOLENCE = "witness_to_violence"
    LABOUR_EXPLOITATION = "labour_exploitation"
    BEGGING = "begging"
    TRAFFICKING = "trafficking"
    CHILD_MARRIAGE = "child_marriage"
    NO_PARENTAL_CARE = "no_parental_care"
    RISK_OF_SEPARATION = "risk_of_separation"
    DEVELOPMENTAL_DELAY = "developmental_delay"
    DISABILITY = "disability"
    CHRONIC_ILLNESS = "chronic_illness"
    POVERTY = "poverty"
    HOUSING = "housing"
    NOT_IN_SCHOOL = "not_in_school"
    DROPOUT_RISK = "dropout_risk"
    NOT_IMMUNISED = "not_immunised"
    BEHAVIOUR = "behaviour"
    CONFLICT_WITH_LAW = "conflict_with_law"
    SUBSTANCE_USE = "substance_use"
    UNACCOMPANIED = "unaccompanied"
    DISPLACED_OR_RETURNEE = "displaced_or_returnee"
    NO_CIVIL_REGISTRATION = "no_civil_registration"
    CAREGIVER_ILLNESS = "caregiver_illness"


class ReporterKind(StrEnum):
    """Who reports."""

    SCHOOL = "school"
    PRESCHOOL = "preschool"
    HEALTH = "health"
    POLICE = "police"
    COURT = "court"
    CSW = "csw"
    NGO = "ngo"
    FAMILY = "family"
    CHILD = "child"
    CITIZEN = "citizen"
    OTHER = "other"


class Channel(StrEnum):
    """How a report reached the house."""

    INTEGRATION = "integration"
    WEB = "web"
    PHONE = "phone"
    IN_PERSON = "in_person"
    PAPER = "paper"


class AgeBand(StrEnum):
    """The age bands of the national survey."""

    UNDER_7 = "under_7"
    FROM_7_TO_14 = "7_14"
    FROM_15_TO_16 = "15_16"
    FROM_17_TO_18 = "17_18"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    """As recorded for statistics."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


class ScreeningOutcome(StrEnum):
    """What screening made of a report."""

    ACCEPTED = "accepted"
    SCREENED_OUT = "screened_out"


class ScreenedOutReason(StrEnum):
    """Why a report did not become a case."""

    UNFOUNDED = "unfounded"
    NOT_A_CHILD = "not_a_child"
    OTHER_UNIT = "other_unit"
    ALREADY_KNOWN = "already_known"


class DeclineReason(StrEnum):
    """Why an institution does not take a referral."""

    NO_CAPACITY = "no_capacity"
    NOT_ELIGIBLE_TERRITORY = "not_eligible_territory"
    NOT_ELIGIBLE_AGE = "not_eligible_age"
    WRONG_SERVICE = "wrong_service"
    FAMILY_REFUSED = "family_refused"
    UNREACHABLE = "unreachable"
    NEEDS_MORE_INFORMATION = "needs_more_information"
    SAFETY = "safety"
    NO_FUNDING = "no_funding"


class WithdrawReason(StrEnum):
    """Why a sender takes a referral back."""

    NEED_MET_OTHERWISE = "need_met_otherwise"
    SENT_IN_ERROR = "sent_in_error"
    FAMILY_REFUSED = "family_refused"
    CHILD_MOVED = "child_moved"
    CASE_CLOSED = "case_closed"
    """Said by the house alone, of what still ran when its case was closed."""


class CaseOutcome(StrEnum):
    """Why a centre ended its care for a child."""

    NEEDS_MET = "needs_met"
    RISK_ENDED = "risk_ended"
    FAMILY_DECLINED = "family_declined"
    MOVED_AWAY = "moved_away"
    CAME_OF_AGE = "came_of_age"
    OPENED_IN_ERROR = "opened_in_error"


class Outcome(StrEnum):
    """What came of a service."""

    NEED_MET = "need_met"
    PARTLY_MET = "partly_met"
    NOT_MET = "not_met"
    FAMILY_WITHDREW = "family_withdrew"
    CHILD_MOVED = "child_moved"


class InstitutionKind(StrEnum):
    """What sort of institution acts."""

    CSW = "csw"
    SCHOOL = "school"
    PRESCHOOL = "preschool"
    HEALTH = "health"
    ECD = "ecd"
    DAYCARE = "daycare"
    NGO = "ngo"
    POLICE = "police"
    RESIDENTIAL = "residential"
    FOSTER_AGENCY = "foster_agency"
    LEGAL_AID = "legal_aid"
    FUND = "fund"
    MINISTRY = "ministry"


class LiveCount(StrEnum):
    """What is counted while it is being said, and watched for surges."""

    REPORTS = "reports"
    CASES = "cases"
    REFERRALS = "referrals"


class ForgettingGround(StrEnum):
    """On which legal ground a person is forgotten."""

    RETENTION_OVER = "retention_over"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    UNLAWFUL = "unlawful"
    COURT_ORDER = "court_order"


class Role(StrEnum):
    """What a person or a machine may be in the house."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    DIRECTOR = "director"
    PROVIDER = "provider"
    INSTITUTION = "institution"
    COORDINATOR = "coordinator"
    ANALYST = "analyst"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class DeskPurpose(StrEnum):
    """Which kind of thing a desk must hear."""

    CASELOAD = "caseload"
    DUTY = "duty"
    DIRECTOR = "director"
    REFERRALS = "referrals"
    COORDINATION = "coordination"
