"""The dashboard of what somebody owes a child, by place and age: nobody's name or reference is on it."""

from deploy.grafana.panel import Board, Form, Unit, one

CLOCK = Board(
    "spis-clock",
    "The children's clock",
    "What somebody owes a child: answers, decisions, a look at an alert. By place; nobody's name or reference is here.",
    (
        (
            "Owed answers",
            (
                one(
                    "Referrals owed an answer",
                    "Referrals nobody answered yet, below each coordinating unit, by how long the answer is overdue.",
                    Unit.NUMBER,
                    "max by (coordinating, overdue) (spis_referrals_owed)",
                    "{{coordinating}} overdue: {{overdue}}",
                    Form.BARS,
                ),
                one(
                    "Longest silence",
                    "For how long the oldest answer is overdue below each coordinating unit.",
                    Unit.SECONDS,
                    "max by (coordinating) (spis_oldest_silence_seconds)",
                    "{{coordinating}}",
                ),
                one(
                    "Past the last step",
                    "Referrals still silent after the top of their ladder was called: nobody else will be.",
                    Unit.NUMBER,
                    "max by (coordinating) (spis_referrals_past_last_step)",
                    "{{coordinating}}",
                ),
                one(
                    "Escalations",
                    "Steps that silence climbed by itself in the last day.",
                    Unit.NUMBER,
                    "sum by (coordinating, step) (increase(spis_escalations_total[1d]))",
                    "{{coordinating}} step {{step}}",
                    Form.BARS,
                ),
            ),
        ),
        (
            "Alerts",
            (
                one(
                    "Unacknowledged alerts",
                    "Alerts that somebody must take note of and nobody has, by severity and how long that is overdue.",
                    Unit.NUMBER,
                    "sum by (severity, overdue) (max by (unit, severity, overdue) (spis_unacknowledged_alerts))",
                    "{{severity}} overdue: {{overdue}}",
                    Form.BARS,
                ),
                one(
                    "Overdue by municipality",
                    "For how long the oldest unacknowledged alert of each municipality is overdue.",
                    Unit.SECONDS,
                    "max by (unit, severity) (spis_unacknowledged_overdue_seconds)",
                    "{{unit}} {{severity}}",
                ),
            ),
        ),
        (
            "Reports",
            (
                one(
                    "Reports nobody has screened",
                    "Reports that wait for a decision in each municipality, by age.",
                    Unit.NUMBER,
                    "max by (unit, age) (spis_unscreened_reports)",
                    "{{unit}} {{age}}",
                    Form.BARS,
                ),
                one(
                    "Oldest report of danger",
                    "For how long a report of danger now has waited for a decision; 0 while there is none.",
                    Unit.SECONDS,
                    'max by (unit) (spis_oldest_unscreened_seconds{danger="yes"})',
                    "{{unit}}",
                ),
                one(
                    "Appointments not kept",
                    "For how long the oldest date has passed on which a room had to look again. It should be nothing.",
                    Unit.SECONDS,
                    "max by (room) (spis_overdue_seconds)",
                    "{{room}}",
                ),
            ),
        ),
    ),
)
