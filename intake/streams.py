"""Intake's two kinds of stream put together: rules, stored names, what leaves, what is shown.

A stored name lives as long as the rows it stands on: it is never reused and never renamed.
"""

from intake import announcements, case, report, views
from services.storage.decider import Decider

REPORT: Decider[report.State, report.Command, report.Event] = Decider(
    name="report",
    initial=report.INITIAL,
    decide=report.decide,
    evolve=report.evolve,
    events={
        "ReportReceived.v1": report.Received,
        "ReportAccepted.v1": report.Accepted,
        "ReportScreenedOut.v1": report.ScreenedOut,
    },
    announce=announcements.announce_report,
    show=views.show_report,
)

CASE: Decider[case.State, case.Command, case.Event] = Decider(
    name="case",
    initial=case.INITIAL,
    decide=case.decide,
    evolve=case.evolve,
    events={"CaseOpened.v1": case.Opened, "CaseFactNoted.v1": case.Noted, "CaseClosed.v1": case.Closed},
    announce=announcements.announce_case,
    show=views.show_case,
)
