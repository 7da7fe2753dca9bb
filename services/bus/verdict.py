"""What to do about an event that could not be dealt with: a pure function of the error and of the attempts so far."""

from dataclasses import dataclass

from services.contracts.failures import Malformed, Refused, Unavailable

ATTEMPTS_MAX = 3


@dataclass(frozen=True, slots=True)
class Pass:
    """The rules refused it: note it and go on."""

    code: str


@dataclass(frozen=True, slots=True)
class Park:
    """Set it aside with a reason; a person will replay or drop it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The world is not ready: keep the event, wait, try again, without end."""


@dataclass(frozen=True, slots=True)
class Again:
    """Perhaps a passing fault of ours: try at once."""


Verdict = Pass | Park | Hold | Again


def verdict(error: Exception, attempt: int) -> Verdict:
    """The verdict on the `attempt`-th failure (from 1) of one event; a dependency's absence never counts against it."""
    match error:
        case Refused(code=code):
            return Pass(code)
        case Malformed(detail=detail):
            return Park(f"malformed: {detail}")
        case Unavailable():
            return Hold()
        case _ if attempt < ATTEMPTS_MAX:
            return Again()
        case _:
            # The message of a stranger's exception may quote the event, so only its kind is kept.
            return Park(f"bug: {type(error).__name__} after {attempt} attempts")
