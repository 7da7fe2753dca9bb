"""Which steps a page offers for a referral as it stands; `decide` and the table of rights say which are taken. Pure."""

from collections.abc import Callable, Mapping

from referral import rights
from referral.attempts import Need
from referral.forms import Shown, Standing
from services.contracts.codes import Outcome

STEPS: Mapping[Standing, tuple[str, ...]] = {
    Standing.WAITING: (rights.ACCEPT, rights.DECLINE, rights.WITHDRAW),
    Standing.ACCEPTED: (rights.START, rights.WITHDRAW),
    Standing.UNDER_WAY: (rights.COMPLETE,),
}

CAME_TO_NOTHING = frozenset({Standing.DECLINED, Standing.WITHDRAWN, Standing.NO_RECEIVER})
NOT_WHOLLY_MET = frozenset({Outcome.PARTLY_MET, Outcome.NOT_MET})


def offered(standing: Standing, may: Callable[[str], bool]) -> tuple[str, ...]:
    """The steps somebody may take from here, by the last word of their right."""
    return tuple(action.rpartition(".")[2] for action in STEPS.get(standing, ()) if may(action))


def may_ask_again(it: Shown, need: Need) -> bool:
    """Whether the need of a referral still looks for somebody: this was the last attempt, and it did not meet it."""
    ended = it.state in CAME_TO_NOTHING or it.outcome in NOT_WHOLLY_MET
    return ended and need.live is None and not need.case_closed and it.attempt == need.attempts
