"""What each announcement owes, written out by hand: who reads it, which desks must hear of it, where a referral stands.

Nothing is computed from the product's own tables, so that a mistake there cannot hide here.
"""

from collections.abc import Iterator, Mapping

from tests.ledger.rules.history import Event

READERS: Mapping[str, tuple[str, ...]] = {
    "spis.intake.reports.v1": ("notifications", "analytics"),
    "spis.intake.cases.v1": ("referral", "notifications", "analytics"),
    "spis.intake.access_log.v1": ("referral",),
    "spis.intake.people.v1": ("analytics",),
    "spis.intake.merges.v1": ("analytics",),
    "spis.intake.walks.v1": ("notifications", "analytics"),
    "spis.referral.walks.v1": ("notifications", "analytics"),
    "spis.referral.referrals.v1": ("intake", "notifications", "analytics"),
    "spis.referral.directory.v1": ("intake", "notifications", "analytics"),
    "spis.notifications.alerts.v1": ("analytics",),
    "spis.analytics.surges.v1": ("notifications",),
}

KEYS: Mapping[str, str] = {
    "spis.intake.reports.v1": "report",
    "spis.intake.cases.v1": "case",
    "spis.intake.access_log.v1": "log",
    "spis.intake.people.v1": "person",
    "spis.intake.merges.v1": "pseudonym",
    "spis.intake.walks.v1": "institution",
    "spis.referral.walks.v1": "institution",
    "spis.referral.referrals.v1": "case",
    "spis.referral.directory.v1": "institution",
    "spis.notifications.alerts.v1": "desk",
    "spis.analytics.surges.v1": "unit",
}
"""By which of its words each announcement is ordered."""

ONCE_A_SUBJECT = frozenset(
    {
        "report.received",
        "report.screened",
        "case.opened",
        "case.closed",
        "referral.sent",
        "referral.accepted",
        "referral.declined",
        "service.started",
        "referral.completed",
        "referral.withdrawn",
        "referral.fell_silent",
        "alert.raised",
        "alert.acknowledged",
        "alert.resolved",
        "surge.detected",
    }
)
"""What can happen to one subject once; climbing repeats, with a number that rises."""

ANSWERS: Mapping[str, str] = {
    "accept": "referral.accepted",
    "decline": "referral.declined",
    "start": "service.started",
    "complete": "referral.completed",
    "withdraw": "referral.withdrawn",
    "close": "case.closed",
}
"""What a client does to a referral or a case, and the announcement that is owed for it."""

FACTS: Mapping[str, str] = {
    "referral.sent": "sent",
    "referral.accepted": "accepted",
    "referral.declined": "declined",
    "service.started": "under_way",
    "referral.completed": "completed",
    "referral.withdrawn": "withdrawn",
    "referral.fell_silent": "silent",
    "referral.escalated": "escalated",
    "need.unserved": "unserved",
}
"""What intake's case file shows of each announcement of referral's."""

FRAMES: Mapping[str, str] = {
    "alert.raised": "raised",
    "alert.acknowledged": "acknowledged",
    "alert.escalated": "escalated",
    "alert.resolved": "resolved",
}
"""What an open screen is told for each announcement of notifications'."""

STANDS: Mapping[str, str] = {
    "referral.sent": "waiting",
    "referral.fell_silent": "waiting",
    "referral.escalated": "waiting",
    "referral.accepted": "accepted",
    "service.started": "under_way",
    "referral.declined": "declined",
    "referral.completed": "completed",
    "referral.withdrawn": "withdrawn",
}
"""Where a referral stands after the last thing announced about it."""

FOLLOWS: Mapping[str, frozenset[str]] = {
    "referral.sent": frozenset({""}),
    "referral.fell_silent": frozenset({"waiting"}),
    "referral.escalated": frozenset({"waiting"}),
    "referral.accepted": frozenset({"waiting"}),
    "referral.declined": frozenset({"waiting"}),
    "service.started": frozenset({"accepted"}),
    "referral.completed": frozenset({"under_way"}),
    "referral.withdrawn": frozenset({"waiting", "accepted", "under_way"}),
}
"""Where a referral must have stood before each announcement."""

LIVE = frozenset({"waiting", "accepted", "under_way"})
"""Where a referral stands from which something is still to come; none does once its case is closed."""

OVERSEEN: Mapping[str, tuple[str, ...]] = {
    "FBIH-K10-LIV": ("K10", "FBIH"),
    "RS-BIL": ("RS",),
    "BD-BRC": ("BD",),
}
"""Who coordinates each unit of a run, and the entity or district above it where that is somebody else."""

SURGES: Mapping[str, str] = {"reports": "report.received", "cases": "case.opened"}
"""What there is too much of in a surge, and what was announced of it."""

_ANSWER_OWED = frozenset({"REFERRAL_SENT", "REFERRAL_FELL_SILENT", "REFERRAL_ESCALATED"})

ENDS: Mapping[str, frozenset[str]] = {
    "report.screened": frozenset({"REPORT_RECEIVED", "REPORT_OF_DANGER"}),
    "case.closed": frozenset({"CHILD_IMMEDIATE_DANGER", "NEED_UNSERVED"}),
    "referral.accepted": _ANSWER_OWED,
    "referral.declined": _ANSWER_OWED,
    "referral.withdrawn": _ANSWER_OWED | {"REFERRAL_ACCEPTED"},
    "referral.completed": _ANSWER_OWED | {"REFERRAL_ACCEPTED"},
}
"""Which alerts about its subject each announcement takes off their desks."""


def alerts_owed(event: Event) -> Iterator[tuple[str, str]]:
    """The alerts that must follow from an announcement: code and desk."""
    data = event.data
    match event.name:
        case "report.received" if data["immediate_danger"]:
            yield "REPORT_OF_DANGER", f"{event.unit}.csw/duty"
            yield "REPORT_OF_DANGER", f"{event.unit}.csw/caseload"
        case "report.received":
            yield "REPORT_RECEIVED", f"{event.unit}.csw/caseload"
        case "case.opened" if data["risk"] == "critical":
            yield "CHILD_IMMEDIATE_DANGER", f"{event.unit}.csw/duty"
            yield "CHILD_IMMEDIATE_DANGER", f"{event.unit}.police/referrals"
        case "referral.sent":
            yield "REFERRAL_SENT", f"{data['receiver']}/referrals"
        case "referral.accepted":
            yield "REFERRAL_ACCEPTED", f"{data['sender']}/caseload"
        case "referral.declined":
            yield "REFERRAL_DECLINED", f"{data['sender']}/caseload"
        case "referral.completed":
            yield "REFERRAL_COMPLETED", f"{data['sender']}/caseload"
        case "referral.fell_silent":
            yield "REFERRAL_FELL_SILENT", f"{data['sender']}/caseload"
            yield "REFERRAL_FELL_SILENT", f"{data['receiver']}/referrals"
        case "referral.escalated":
            yield "REFERRAL_ESCALATED", f"{data['to_unit']}.authority/coordination"
        case "need.unserved":
            yield "NEED_UNSERVED", f"{data['coordinating_unit']}.authority/coordination"
        case "surge.detected":
            for unit in OVERSEEN.get(event.unit, ()):
                yield "SURGE", f"{unit}.authority/coordination"
        case _:
            return
