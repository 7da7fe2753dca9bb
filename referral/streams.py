"""Referral's one kind of stream put together: rules, stored names, what leaves, what is shown, when to look again.

A stored name lives as long as the rows it stands on: it is never reused and never renamed.
"""

from referral import words
from referral.announcements import announce
from referral.referral import INITIAL, State, decide, evolve, next_step
from referral.views import show
from services.storage.decider import Decider

REFERRAL: Decider[State, words.Command, words.Event] = Decider(
    name="referral",
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    events={
        "ReferralSent.v1": words.Sent,
        "NeedUnserved.v1": words.Unserved,
        "ReferralAccepted.v1": words.Accepted,
        "ReferralDeclined.v1": words.Declined,
        "ServiceStarted.v1": words.Started,
        "ReferralCompleted.v1": words.Completed,
        "ReferralWithdrawn.v1": words.Withdrawn,
        "ReferralFellSilent.v1": words.FellSilent,
        "ReferralEscalated.v1": words.Escalated,
    },
    announce=announce,
    show=show,
    next_step=next_step,
)
